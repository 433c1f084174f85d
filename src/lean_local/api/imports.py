"""The namespace of `from AlgorithmImports import *` (semantics §8.1) and the module names it answers to."""

import datetime as datetime_module
import json
import math
import os
import sys
import types
import typing
from decimal import Decimal
from importlib import import_module
from typing import Any

import numpy as np

from lean_local import enums, symbols
from lean_local.api import (
    algorithm,
    bars,
    chains,
    commands,
    custom_data,
    extensions,
    filters,
    future_chains,
    future_filters,
    futures,
    lean_data,
    market_databases,
    order_parts,
    schedule_rules,
    ticks,
    times,
    universe_rows,
)
from lean_local.api import changes as changes_module
from lean_local.api import slice as slice_module
from lean_local.lean_api import exported_types
from lean_local.naming import LeanObject, placeholder, runtime_types
from lean_local.orders import event_views, order_requests, properties, requests, ticket, views
from lean_local.securities import (
    benchmarks,
    brokerage,
    brokerages_crypto,
    brokerages_us,
    buying_power,
    buying_power_parts,
    cache_view,
    cash,
    crypto_margin,
    equity_fills,
    fees,
    fees_crypto,
    fill_models,
    future,
    future_models,
    initializers,
    interest,
    margin,
    margin_call_models,
    option,
    pairs,
    security,
    settlement,
    shortable,
    slippage,
    symbol_properties,
)
from lean_local.securities.brokerages_abroad import ABROAD
from lean_local.securities.brokerages_others import OTHERS
from lean_local.securities.fees_others import FEES
from lean_local.startup import LazyModule

_CLASSES: dict[types.ModuleType, tuple[str, ...]] = {
    algorithm: ("AlgorithmSettings", "QCAlgorithm"),
    order_parts: ("Leg",),
    properties: (
        "DayTimeInForce",
        "GoodTilCanceledTimeInForce",
        "GoodTilDateTimeInForce",
        "IndiaProductType",
        "TimeInForce",
    ),
    bars: (
        "Bar",
        "BaseData",
        "DataDictionary",
        "Delisting",
        "Dividend",
        "MarginInterestRate",
        "QuoteBar",
        "Split",
        "SymbolChangedEvent",
        "TradeBar",
    ),
    chains: ("Greeks", "OptionChain", "OptionChains", "OptionContract", "OptionContracts"),
    changes_module: (),
    commands: ("CallbackCommand", "Command", "CommandResultPacket", "NotificationManager"),
    custom_data: (
        "BaseDataCollection",
        "DynamicData",
        "PythonData",
        "SubscriptionDataConfig",
        "SubscriptionDataSource",
    ),
    cache_view: ("SecurityCache",),
    extensions: ("Extensions", "OrderExtensions"),
    filters: ("OptionFilterUniverse",),
    future_chains: ("FuturesChain", "FuturesChains", "FuturesContract", "FuturesContracts"),
    future_filters: ("FutureFilterUniverse", "FutureUniverse"),
    lean_data: ("LeanData",),
    market_databases: ("MarketHoursDatabase", "SymbolPropertiesDatabase"),
    futures: ("FutureExpirationCycles", "Futures"),
    slice_module: ("Slice",),
    ticks: ("OpenInterest", "Tick"),
    times: ("Time", "TimeSpan"),
    universe_rows: ("OptionUniverse",),
    schedule_rules: ("DateRules", "TimeRules"),
    requests: ("SubmitOrderRequest",),
    order_requests: (
        "CancelOrderRequest",
        "OrderRequest",
        "OrderResponse",
        "UpdateOrderFields",
        "UpdateOrderRequest",
    ),
    ticket: ("OrderTicket",),
    event_views: ("OrderEvent",),
    views: ("Order",),
    brokerage: ("BrokerageMessageEvent", "DefaultBrokerageModel"),
    brokerages_us: (
        "CharlesSchwabBrokerageModel",
        "InteractiveBrokersBrokerageModel",
        "InteractiveBrokersFixModel",
        "TastytradeBrokerageModel",
        "TradierBrokerageModel",
    ),
    brokerages_crypto: (
        "BinanceBrokerageModel",
        "BinanceCoinFuturesBrokerageModel",
        "BinanceFuturesBrokerageModel",
        "BinanceUSBrokerageModel",
        "BitfinexBrokerageModel",
        "BybitBrokerageModel",
        "CoinbaseBrokerageModel",
        "KrakenBrokerageModel",
    ),
    benchmarks: ("FuncBenchmark", "SecurityBenchmark"),
    buying_power: (
        "BuyingPowerModel",
        "ConstantBuyingPowerModel",
        "NullBuyingPowerModel",
        "PatternDayTradingMarginModel",
        "SecurityMarginModel",
    ),
    buying_power_parts: (
        "BuyingPower",
        "GetMaximumOrderQuantityResult",
        "HasSufficientBuyingPowerForOrderResult",
        "InitialMarginParameters",
        "MaintenanceMarginParameters",
        "InitialMargin",
        "MaintenanceMargin",
        "ReservedBuyingPowerForPosition",
    ),
    cash: ("Cash", "CashAmount", "CashBook", "ConvertibleCashAmount"),
    crypto_margin: ("CashBuyingPowerModel", "CryptoFutureMarginModel"),
    equity_fills: ("EquityFillModel",),
    fees: (
        "CharlesSchwabFeeModel",
        "ConstantFeeModel",
        "FeeModel",
        "InteractiveBrokersFeeModel",
        "OrderFee",
        "OrderFeeParameters",
        "TastytradeFeeModel",
    ),
    fees_crypto: (
        "BinanceCoinFuturesFeeModel",
        "BinanceFeeModel",
        "BinanceFuturesFeeModel",
        "BitfinexFeeModel",
        "BybitFeeModel",
        "BybitFuturesFeeModel",
        "CoinbaseFeeModel",
        "KrakenFeeModel",
    ),
    future: ("Future",),
    future_models: ("FutureFillModel", "FutureMarginModel", "FutureSettlementModel", "FuturesOptionsMarginModel"),
    fill_models: ("FillModel", "FillModelParameters", "ImmediateFillModel"),
    interest: (
        "BinanceFutureMarginInterestRateModel",
        "BybitFutureMarginInterestRateModel",
        "MarginInterestRateModel",
        "MarginInterestRateParameters",
        "ShortMarginInterestRateModel",
    ),
    margin: ("OptionMarginModel",),
    initializers: (
        "BrokerageModelSecurityInitializer",
        "CompositeSecurityInitializer",
        "FuncSecurityInitializer",
        "FuncSecuritySeeder",
        "SecuritySeeder",
    ),
    margin_call_models: ("DefaultMarginCallModel", "MarginCallModel"),
    shortable: ("InteractiveBrokersShortableProvider", "LocalDiskShortableProvider", "NullShortableProvider"),
    slippage: ("ConstantSlippageModel", "NullSlippageModel", "VolumeShareSlippageModel"),
    option: ("Option",),
    pairs: ("Cfd", "Crypto", "CryptoFuture", "Forex"),
    security: ("Equity", "Index", "Security"),
    settlement: (
        "AccountCurrencyImmediateSettlementModel",
        "ApplyFundsSettlementModelParameters",
        "DelayedSettlementModel",
        "ImmediateSettlementModel",
        "ScanSettlementModelParameters",
    ),
    symbol_properties: ("SymbolProperties",),
    symbols: ("SecurityIdentifier", "Symbol", "SymbolCache"),
}


class TimeZones(LeanObject):
    """LEAN's TimeZones: IANA names."""

    UTC = Utc = "UTC"
    NEW_YORK = NewYork = "America/New_York"
    CHICAGO = Chicago = "America/Chicago"
    LOS_ANGELES = LosAngeles = "America/Los_Angeles"
    LONDON = London = "Europe/London"
    BERLIN = Berlin = "Europe/Berlin"
    TOKYO = Tokyo = "Asia/Tokyo"
    HONG_KONG = HongKong = "Asia/Hong_Kong"
    TORONTO = Toronto = "America/Toronto"


class Globals(LeanObject):
    """LEAN's Globals; `data_folder` is set by the run."""

    data_folder = ""
    DataFolder = ""


_LATE_MODULES = (
    "charting",
    "consolidators",
    "data_filter",
    "exchanges",
    "fields",
    "file_universes",
    "iconic_types",
    "indicator_extensions",
    "indicator_windows",
    "indicators",
    "indicators_bars",
    "indicators_channels",
    "indicators_composite",
    "indicators_pairs",
    "indicators_trends",
    "indicators_volume",
    "moving_averages",
    "rates",
    "renko",
    "sessions",
    "statistics_results",
    "trade_builder",
    "universe_data",
    "universes",
)


FRAMEWORK = (
    "alphas",
    "chain_selection",
    "construction",
    "etf_baskets",
    "execution",
    "fundamental_selection",
    "future_selection",
    "insight",
    "insights",
    "models",
    "optimization",
    "optimizers",
    "pairs",
    "risk",
    "selection",
    "signal_exports",
    "targets",
    "weighting",
)


def namespace() -> dict[str, Any]:
    """Every name the module exports."""
    names: dict[str, Any] = {
        "np": np,
        "pd": LazyModule("pandas"),
        "json": json,
        "math": math,
        "datetime": datetime_module.datetime,
        "date": datetime_module.date,
        "time": datetime_module.time,
        "timedelta": datetime_module.timedelta,
        "timezone": datetime_module.timezone,
        "Decimal": Decimal,
        "TimeZones": TimeZones,
        "Globals": Globals,
        "os": os,
        "sys": sys,
        "Fill": fill_models.FillOfOrders,
        "QCAlgorithmFramework": algorithm.QCAlgorithm,
        "SecurityChanges": changes_module.SecurityChangesView,
        "String": str,
        "Exception": Exception,
    }
    names |= {n: getattr(typing, n) for n in typing.__all__ if n not in ("Text", "final")}
    for name in enums.__all__:
        names[name] = getattr(enums, name)
    for module, wanted in _CLASSES.items():
        names |= {n: getattr(module, n) for n in wanted}
    kinds: list[type] = [*properties.BROKERS, *views.ORDER_CLASSES, *ABROAD, *OTHERS, *FEES]
    names |= {kind.__name__: kind for kind in kinds}
    late = [f"lean_local.api.{name}" for name in _LATE_MODULES] + [f"lean_local.framework.{n}" for n in FRAMEWORK]
    late += ["lean_local.securities.buying_power_extensions", "lean_local.securities.market_impact"]
    late += ["lean_local.securities.alpha_streams"]
    late += ["lean_local.api.net", "lean_local.api.currencies"]
    extras = [import_module(name) for name in late]  # late: they import algorithm's parts
    for extra in (*extras, *import_module("lean_local.api.option_exports").MODULES):
        names |= {n: getattr(extra, n) for n in extra.__all__}
    offered = runtime_types()
    for name in exported_types():
        names.setdefault(name, offered.get(name) or placeholder(name))
    return names
