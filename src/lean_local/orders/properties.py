"""How long an order lives, and what else a broker may be told about it (semantics §5.8).

LEAN `Common/Orders/TimeInForces/*.cs`, `Common/Orders/*OrderProperties.cs`.
"""

import copy
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from lean_local.engine.clock import zone
from lean_local.enums import SecurityType
from lean_local.naming import LeanObject

if TYPE_CHECKING:
    from lean_local.securities.security import Security

ONE_DAY = timedelta(days=1)
_NEW_YORK = "America/New_York"
_CURRENCIES = (SecurityType.FOREX, SecurityType.CFD)
_COINS = (SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE)
_FOREX_END = time(17)  # New York


class TimeInForce(LeanObject):
    """How long an order lives."""

    kind: ClassVar[str] = "GTC"
    GOOD_TIL_CANCELED: "TimeInForce"
    DAY: "TimeInForce"
    GOOD_TIL_DATE: ClassVar[Callable[[datetime], "TimeInForce"]]

    @staticmethod
    def good_til_date(expiry: datetime) -> "TimeInForce":
        """Until a date, in the time zone of the exchange."""
        return GoodTilDateTimeInForce(expiry)

    def is_order_expired(self, security: "Security", order: Any) -> bool:  # noqa: ARG002
        """Whether the order is to be canceled now."""
        return False

    def is_fill_valid(self, security: "Security", order: Any, fill: Any) -> bool:  # noqa: ARG002
        """Whether a fill counts."""
        return True


class GoodTilCanceledTimeInForce(TimeInForce):
    """Until it is canceled."""


class DayTimeInForce(TimeInForce):
    """Until the close of the day: 17:00 New York for currencies, midnight for coins."""

    kind = "DAY"

    def is_order_expired(self, security: "Security", order: Any) -> bool:
        """See TimeInForce."""
        submitted = order.record.time_utc_ms
        if security.type in _CURRENCIES:
            return security.clock.utc_ms >= _forex_end(submitted, zone(_NEW_YORK).local_date(submitted))
        return _is_over(security, submitted)


class GoodTilDateTimeInForce(TimeInForce):
    """Until the close of a date: 17:00 New York for currencies, midnight for coins."""

    kind = "GTD"

    def __init__(self, expiry: datetime) -> None:
        self.expiry = expiry

    def is_order_expired(self, security: "Security", order: Any) -> bool:
        """See TimeInForce."""
        if security.type in _CURRENCIES:
            return security.clock.utc_ms >= _forex_end(order.record.time_utc_ms, _date(self.expiry))
        return _is_over(security, security.zone.midnight_utc_ms(_date(self.expiry)))


def _date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _forex_end(submitted_utc_ms: int, day: date) -> int:
    """17:00 New York of a date, or of the next one for what was sent later than that on the date."""
    york = zone(_NEW_YORK)
    local = york.to_local(submitted_utc_ms)
    if local.date() == day and local.time() > _FOREX_END:
        day += ONE_DAY
    return york.to_utc_ms(datetime.combine(day, _FOREX_END))


def _is_over(security: "Security", after_utc_ms: int) -> bool:
    """Whether the last regular close of a day after that moment has come; for coins, the end of its date."""
    day = security.zone.local_date(after_utc_ms)
    if security.type in _COINS:
        return security.local_time.date() > day
    return security.clock.utc_ms >= _last_close_after(security, day, after_utc_ms)


def _last_close_after(security: "Security", day: date, after_utc_ms: int) -> int:
    close = security.calendar.last_close(day)
    while close is None or close <= after_utc_ms:
        day += ONE_DAY
        close = security.calendar.last_close(day)
    return close


TimeInForce.GOOD_TIL_CANCELED = GoodTilCanceledTimeInForce()
TimeInForce.DAY = DayTimeInForce()
TimeInForce.GOOD_TIL_DATE = TimeInForce.good_til_date


class OrderProperties(LeanObject):
    """Properties of an order. `members` are those of its class in LEAN's order, with their defaults."""

    members: ClassVar[tuple[tuple[str, Any], ...]] = ()

    def __init__(self, exchange: Any = None) -> None:
        self.time_in_force = TimeInForce.GOOD_TIL_CANCELED
        self.exchange = exchange
        for name, default in self.members:
            setattr(self, name, copy.copy(default))

    def clone(self) -> "OrderProperties":
        """A copy: what an algorithm changes later is not the order's."""
        return copy.copy(self)


def _kind(name: str, *members: tuple[str, Any], base: type[OrderProperties] = OrderProperties) -> type[OrderProperties]:
    text = f"Properties of orders for this broker. LEAN `{name}.cs`."
    return type(name, (base,), {"members": members + base.members, "__doc__": text})


_POST = ("post_only", False)
_OUTSIDE = ("outside_regular_trading_hours", False)
_FIX: tuple[tuple[str, Any], ...] = (("additional_properties", {}), ("handle_instruction", None), ("notes", None))

AlpacaOrderProperties = _kind("AlpacaOrderProperties", _OUTSIDE)
BinanceOrderProperties = _kind("BinanceOrderProperties", _POST)
BitfinexOrderProperties = _kind("BitfinexOrderProperties", _POST, ("hidden", False))
BybitOrderProperties = _kind("BybitOrderProperties", _POST, ("reduce_only", None))
CharlesSchwabOrderProperties = _kind("CharlesSchwabOrderProperties", ("extended_regular_trading_hours", False))
CoinbaseOrderProperties = _kind("CoinbaseOrderProperties", _POST, ("self_trade_prevention_id", False))
GDAXOrderProperties = _kind("GDAXOrderProperties", base=CoinbaseOrderProperties)
DYDXOrderProperties = _kind(
    "dYdXOrderProperties", ("gas_limit", 1_000_000), ("reduce_only", False), ("good_til_block_offset", 20)
)
FTXOrderProperties = _kind("FTXOrderProperties", _POST, ("reduce_only", False))
FixOrderProperties = _kind("FixOrderProperties", *_FIX)
BloombergFixOrderProperties = _kind("BloombergFixOrderProperties", base=FixOrderProperties)
TradingTechnologiesOrderProperties = _kind("TradingTechnologiesOrderProperties", base=FixOrderProperties)
InteractiveBrokersFixOrderProperties = _kind("InteractiveBrokersFixOrderProperties", ("account", None))
InteractiveBrokersOrderProperties = _kind(
    "InteractiveBrokersOrderProperties",
    ("account", None),
    ("fa_group", None),
    ("fa_method", None),
    ("fa_percentage", 0),
    ("fa_profile", None),
    _OUTSIDE,
)
KrakenOrderProperties = _kind(
    "KrakenOrderProperties",
    _POST,
    ("fee_in_base", False),
    ("fee_in_quote", False),
    ("no_market_price_protection", False),
    ("conditional_order", None),
)
PublicOrderProperties = _kind("PublicOrderProperties", _OUTSIDE, ("use_margin", None))
RBIOrderProperties = _kind("RBIOrderProperties")
TDAmeritradeOrderProperties = _kind("TDAmeritradeOrderProperties")
TastytradeOrderProperties = _kind("TastytradeOrderProperties")
TradeStationOrderProperties = _kind("TradeStationOrderProperties", ("all_or_none", False), _OUTSIDE, _POST)
TradierOrderProperties = _kind("TradierOrderProperties", _OUTSIDE)
WebullOrderProperties = _kind("WebullOrderProperties", _OUTSIDE)
WolverineOrderProperties = _kind(
    "WolverineOrderProperties", ("exchange_post_fix", None), ("locate_broker", None), ("position_side", None)
)


class EzeOrderProperties(OrderProperties):
    """Properties of orders for this broker. LEAN `EzeOrderProperties.cs`."""

    members = (("route", None), ("account", None), ("notes", None), ("account_type", None))

    def __init__(
        self,
        route: str | None = None,
        account: str | None = None,
        notes: str | None = None,
        account_type: str | None = None,
    ) -> None:
        super().__init__()
        self.route, self.account, self.notes, self.account_type = route, account, notes, account_type


class IndiaOrderProperties(OrderProperties):
    """Properties of orders for Indian brokers: exchange, and MIS, CNC or NRML. LEAN `IndiaOrderProperties.cs`."""

    members = (("product_type", None),)
    IndiaProductType: ClassVar[Any]

    def __init__(self, exchange: Any, product_type: Any = None) -> None:
        super().__init__(exchange)
        self.product_type = None if product_type is None else str(product_type)


class IndiaProductType(LeanObject):
    """LEAN's enum of this name; its members print as themselves."""

    MIS = "MIS"
    CNC = "CNC"
    NRML = "NRML"


IndiaOrderProperties.IndiaProductType = IndiaProductType
BROKERS: tuple[type[OrderProperties], ...] = tuple(
    kind for kind in list(globals().values()) if isinstance(kind, type) and issubclass(kind, OrderProperties)
)
"""Every class of properties."""
