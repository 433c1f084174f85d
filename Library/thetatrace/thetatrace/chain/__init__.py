"""Option chains as columns: static facts once, quotes for the survivors, selections cached."""

from thetatrace.chain.cache import ChainCache
from thetatrace.chain.contracts import ContractTable
from thetatrace.chain.gates import ChainGates, QuoteReason, gate
from thetatrace.chain.liquidity import Liquidity
from thetatrace.chain.live import LiveChain, PricingClock, QuoteReader, RecordedQuotes
from thetatrace.chain.query import ChainContext, ChainQuery, NarrowedChain
from thetatrace.chain.selection import StrikeChoice, StrikeRule, choose
from thetatrace.chain.snapshot import ChainSnapshot, PricedChain, price_chain, snapshot_of, years_to_settlement

__all__ = [
    "ChainCache",
    "ChainContext",
    "ChainGates",
    "ChainQuery",
    "ChainSnapshot",
    "ContractTable",
    "Liquidity",
    "LiveChain",
    "NarrowedChain",
    "PricedChain",
    "PricingClock",
    "QuoteReader",
    "QuoteReason",
    "RecordedQuotes",
    "StrikeChoice",
    "StrikeRule",
    "choose",
    "gate",
    "price_chain",
    "snapshot_of",
    "years_to_settlement",
]
