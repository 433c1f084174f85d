"""Brokers told by tables: what they refuse and what they charge."""

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from lean_local.enums import AccountType, BrokerageName, Market, OrderType, SecurityType
from lean_local.orders.properties import AlpacaOrderProperties, OrderProperties, TimeInForce, WebullOrderProperties
from lean_local.orders.records import OrderRecord
from lean_local.orders.views import Order
from lean_local.securities.brokerages_crypto import MODELS, brokerage_model
from lean_local.securities.fees import InteractiveBrokersFeeModel
from lean_local.securities.fees_others import (
    AlpacaFeeModel,
    AxosFeeModel,
    ExanteFeeModel,
    FxcmFeeModel,
    PublicFeeModel,
    SamcoFeeModel,
    TradeStationFeeModel,
    WebullFeeModel,
    WolverineFeeModel,
    ZerodhaFeeModel,
)
from lean_local.symbols import Symbol

SPY = Symbol.create_equity("SPY")


def _security(kind=SecurityType.EQUITY, symbol=SPY, price="100", held=0):
    exact = Decimal(price)
    return SimpleNamespace(
        type=kind,
        symbol=symbol,
        price_exact=exact,
        bid_exact=exact - 1,
        ask_exact=exact + 1,
        multiplier_exact=Decimal(1),
        lot_exact=Decimal(1),
        conversion_rate=Decimal(1),
        has_data=True,
        is_internal=False,
        base_cash=SimpleNamespace(symbol="BTC"),
        quote_cash=SimpleNamespace(symbol="USD"),
        holdings=SimpleNamespace(quantity_exact=Decimal(held)),
        symbol_properties=SimpleNamespace(minimum_order_exact=None, tick_exact=Decimal("0.01")),
        calendar=SimpleNamespace(is_open=lambda _ms: False),
    )


def _order(kind=OrderType.MARKET, quantity=10, properties=None, symbol=SPY, **prices):
    exact = {name: Decimal(value) for name, value in prices.items()}
    return OrderRecord(1, kind, symbol, Decimal(quantity), 0, properties=properties or OrderProperties(), **exact)


def _with(kind, **values):
    made = kind()
    for name, value in values.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize("name", sorted(MODELS), ids=str)
def test_every_brokerage_has_a_model_with_a_benchmark_and_markets(name):
    account = AccountType.CASH if "US" in name.name.split("_") or name == BrokerageName.COINBASE else AccountType.MARGIN
    model = brokerage_model(name, account)
    assert model.name == name
    assert model.get_benchmark(None) is not None
    assert model.default_markets


@pytest.mark.parametrize(
    ("name", "kind", "order", "said"),
    [
        ("ALPACA", SecurityType.CFD, _order(), "does not support Cfd security type"),
        ("ALPACA", SecurityType.OPTION, _order(OrderType.STOP_MARKET), "Only supports [Market,Limit]"),
        (
            "ALPACA",
            SecurityType.EQUITY,
            _order(properties=_with(AlpacaOrderProperties, outside_regular_trading_hours=True)),
            "outside regular hours",
        ),
        ("AXOS", SecurityType.EQUITY, _order(quantity="1.5"), "Order Quantity must be Integer, but provided 1.5."),
        ("EXANTE", SecurityType.EQUITY, _order(), "Price is not set."),
        (
            "OANDA_BROKERAGE",
            SecurityType.FOREX,
            _order(properties=_with(OrderProperties, time_in_force=TimeInForce.DAY)),
            "The OandaBrokerageModel does not support DayTimeInForce time in force.",
        ),
        ("FXCM_BROKERAGE", SecurityType.FOREX, _order(OrderType.LIMIT, limit_price="101"), "must be below market"),
        ("FXCM_BROKERAGE", SecurityType.CFD, _order(OrderType.LIMIT, limit_price="40"), "is too far from"),
        ("FTX", SecurityType.CRYPTO, _order(OrderType.STOP_MARKET, stop_price="50"), "Trigger price too low"),
        ("TRADING_TECHNOLOGIES", SecurityType.FUTURE, _order(OrderType.STOP_MARKET, stop_price="99"), "must be above"),
        ("TRADE_STATION", SecurityType.EQUITY, _order(OrderType.MARKET_ON_OPEN, -20), "cross the zero holdings"),
        (
            "WEBULL",
            SecurityType.OPTION,
            _order(OrderType.LIMIT, -1, WebullOrderProperties(), limit_price="1"),
            "Option sell orders only support DayTimeInForce time in force",
        ),
        ("SAMCO", SecurityType.FOREX, _order(), "does not support Forex"),
        ("DYDX", SecurityType.CRYPTO, _order(), "does not support Crypto security type"),
    ],
)
def test_a_broker_refuses_what_its_table_lacks(name, kind, order, said):
    taken, message = brokerage_model(BrokerageName[name], AccountType.MARGIN).can_submit_order(
        _security(kind, held=10), Order(order)
    )
    assert not taken
    assert said in message.message


def test_brokers_of_margin_accounts_refuse_cash():
    with pytest.raises(ValueError, match="Oanda brokerage can only be used with a Margin account type"):
        brokerage_model(BrokerageName.OANDA_BROKERAGE, AccountType.CASH)


RELIANCE = Symbol.create("RELIANCE", SecurityType.EQUITY, Market.INDIA)
SPX = Symbol.create_option(Symbol.create("SPX", SecurityType.INDEX, "usa"), "usa", 1, 0, 4000, datetime(2021, 3, 19))


@pytest.mark.parametrize(
    ("model", "security", "order", "amount", "currency"),
    [
        (AxosFeeModel(), _security(), _order(quantity=1000), "3.5", "USD"),
        (WolverineFeeModel(), _security(), _order(quantity=1000), "0", "USD"),
        (TradeStationFeeModel(), _security(SecurityType.OPTION), _order(), "6", "USD"),
        (TradeStationFeeModel(us_resident=False), _security(), _order(), "5", "USD"),
        (ExanteFeeModel(), _security(), _order(), "0.2", "USD"),
        (FxcmFeeModel(), _security(SecurityType.FOREX), _order(quantity=-2000), "0.12", "USD"),
        (AlpacaFeeModel(), _security(SecurityType.CRYPTO), _order(), "0.025", "BTC"),
        (AlpacaFeeModel(), _security(SecurityType.CRYPTO), _order(OrderType.LIMIT, -10, limit_price=1), "1.5", "USD"),
        (PublicFeeModel(), _security(), _order(), "2.99", "USD"),
        (PublicFeeModel(), _security(SecurityType.CRYPTO, price="5"), _order(), "1.19", "USD"),
        (WebullFeeModel(), _security(SecurityType.INDEX_OPTION, SPX, "0.5"), _order(), "10.7", "USD"),
        (SamcoFeeModel(), _security(), _order(), "0.30", "INR"),
        (ZerodhaFeeModel(), _security(), _order(quantity=-10), "0.64", "INR"),
        (InteractiveBrokersFeeModel(), _security(), _order(quantity=1000), "5", "USD"),
        (InteractiveBrokersFeeModel(), _security(price="0.1"), _order(quantity=1000), "0.5", "USD"),
        (InteractiveBrokersFeeModel(), _security(symbol=RELIANCE), _order(), "6", "INR"),
        (InteractiveBrokersFeeModel(), _security(symbol=RELIANCE), _order(quantity=1000), "10", "INR"),
    ],
)
def test_fees_are_those_of_leans_tables(model, security, order, amount, currency):
    money = model.money(security, order)
    assert (money.amount_exact, money.currency) == (Decimal(amount), currency)


def test_alpha_streams_charges_shares_as_interactive_brokers_and_takes_a_ten_thousandth_as_slippage():
    model, shares = brokerage_model(BrokerageName.ALPHA_STREAMS, AccountType.MARGIN), _security()
    fees = model.get_fee_model(shares)
    assert fees.money(shares, _order(quantity=1000)).amount_exact == Decimal(5)
    assert model.get_slippage_model(shares).get_slippage_approximation(shares, None) == 0.01
    assert model.get_leverage(shares) == 1
    pair = _security(SecurityType.FOREX)
    assert model.get_leverage(pair) == 10
    assert model.get_slippage_model(pair).get_slippage_approximation(pair, None) == 0
    assert fees.money(_security(SecurityType.FUTURE), _order(quantity=3)).amount_exact == Decimal("1.5")
    assert fees.money(shares, _order(OrderType.OPTION_EXERCISE)).amount_exact == 0
    with pytest.raises(ValueError, match="Unsupported security type: IndexOption"):
        fees.money(_security(SecurityType.INDEX_OPTION), _order())
    with pytest.raises(ValueError, match="does not currently support Cash trading"):
        brokerage_model(BrokerageName.ALPHA_STREAMS, AccountType.CASH)
