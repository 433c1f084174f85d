"""The modules whose public names option algorithms import."""

from lean_local.api import dividend_yields, option_indicators, option_strategies

MODULES = (dividend_yields, option_indicators, option_strategies)
