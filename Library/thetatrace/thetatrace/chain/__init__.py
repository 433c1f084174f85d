"""Option chains as columns: static facts once, quotes for the survivors, selections cached."""

from thetatrace.chain.cache import ChainCache
from thetatrace.chain.contracts import ContractTable
from thetatrace.chain.query import ChainQuery
from thetatrace.chain.snapshot import ChainGates, ChainSnapshot, PricedChain, QuoteReader, price_chain, take_snapshot

__all__ = [
    "ChainCache",
    "ChainGates",
    "ChainQuery",
    "ChainSnapshot",
    "ContractTable",
    "PricedChain",
    "QuoteReader",
    "price_chain",
    "take_snapshot",
]
