"""The modules whose public names option algorithms import."""

from lean_local.api import (
    dividend_yields,
    net_exceptions,
    option_indicators,
    option_price_models,
    option_strategies,
    option_symbols,
    quantlib_models,
)
from lean_local.securities import option_models, positions, volatility

MODULES = (
    dividend_yields,
    net_exceptions,
    option_indicators,
    option_price_models,
    option_strategies,
    option_symbols,
    quantlib_models,
    option_models,
    positions,
    volatility,
)
