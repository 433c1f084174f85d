"""Order methods of QCAlgorithm (semantics §5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lean_local.api.algorithm_targets import TargetMethods
from lean_local.api.order_parts import Leg
from lean_local.engine.state import RunState
from lean_local.enums import OrderType, Resolution, SecurityType
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.properties import GoodTilDateTimeInForce, OrderProperties, TimeInForce
from lean_local.orders.records import OrderGroup
from lean_local.orders.requests import (
    ArgumentException,
    InvalidCastException,
    InvalidOperationException,
    NewOrder,
    within_close_buffer,
)
from lean_local.orders.shortability import shortable
from lean_local.orders.ticket import OrderTicket
from lean_local.securities.cache import order_decimal
from lean_local.securities.manager import as_symbol
from lean_local.securities.option import Option
from lean_local.securities.security import Security
from lean_local.securities.shortable import borrowable

ZERO = Decimal(0)
_CLOSED = (
    "Warning: market orders submitted while the market is closed are automatically converted into MarketOnOpen orders "
    "to fill at the next market open."
)
_DAILY = (
    "Warning: market orders on daily resolution data sent during market hours are automatically converted into "
    "MarketOnClose orders (or MarketOnOpen near the close) to avoid filling at the stale previous close. Note: in live "
    "trading this conversion is not applied, as the order fills at the current market price."
)
_AUCTIONS = (OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE)


class TradingMethods(TargetMethods):
    """Order methods; `_state` and `_orders` come from the run."""

    _state: RunState
    _orders: OrderProcessor
    _run: Any
    default_order_properties: OrderProperties
    settings: Any
    _add_for_order: Any

    # --- single orders -----------------------------------------------------------------------------------------
    def _security(self, key: Any) -> Security:
        found = self._state.securities.find(key)
        if found is None or (found.symbol.security_type == SecurityType.INDEX and not found.is_tradable):
            symbol = as_symbol(key)
            made = self._add_for_order(key if symbol is None else symbol) if found is None else None
            if made is None:
                name = key if symbol is None else symbol
                raise InvalidOperationException(
                    f"The symbol {name} is not found in the algorithm's securities collection and cannot be re-added "
                    "due to it being delisted or no longer tradable."
                )
            self._run.last_known.seed(made)
            found = made
        return found

    def _submit(self, kind: OrderType, symbol: Any, quantity: Any, extras: "OrderExtras", **prices: Any) -> OrderTicket:
        security = self._security(symbol)
        request = self._request(kind, security, order_decimal(quantity), extras, **prices)
        refused = self._orders.refuse(request)
        return refused if refused is not None else self._orders.submit(request)

    def _request(
        self, kind: OrderType, security: Security, quantity: Decimal, extras: "OrderExtras", **prices: Any
    ) -> NewOrder:
        own = (extras.properties or self.default_order_properties).clone()
        if kind in _AUCTIONS and isinstance(own.time_in_force, GoodTilDateTimeInForce):
            own.time_in_force = TimeInForce.GOOD_TIL_CANCELED
            self._state.warn_once(
                "Warning: Good-Til-Date Time-In-Force is not supported for MOO and MOC orders. "
                "The time-in-force will be reset to Good-Til-Canceled (GTC)."
            )
        exact: dict[str, Any] = {
            k: order_decimal(v) if k.endswith(("price", "amount")) and v is not None else v for k, v in prices.items()
        }
        exact |= {"tag": extras.tag or "", "properties": own, "asynchronous": extras.asynchronous}
        return NewOrder(kind, security.symbol, quantity, **exact)

    def market_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """Market order; becomes market-on-open while the exchange is closed, market-on-close with daily data."""
        security, extras = self._security(symbol), OrderExtras(tag, order_properties, asynchronous)
        kind, now = OrderType.MARKET, self._state.clock.utc_ms
        if security.symbol.security_type in (SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
            return self._submit(kind, security, quantity, extras)  # extended hours are traded too
        warning = ""
        if not security.calendar.is_open(now) and self._state.locked:
            kind, warning = OrderType.MARKET_ON_OPEN, _CLOSED
        elif security.resolution == Resolution.DAILY and not security.calendar.always_open:
            kind = OrderType.MARKET_ON_OPEN if within_close_buffer(self._state, security) else OrderType.MARKET_ON_CLOSE
            warning = _DAILY
        ticket = self._submit(kind, security, quantity, extras)
        if warning and ticket.submit_request.response.is_success:
            self._state.warn_once(warning)
        return ticket

    def order(self, symbol: Any, quantity: Any, *rest: Any, **named: Any) -> Any:
        """Market order, or (OptionStrategy, quantity) as a combo market order."""
        if hasattr(symbol, "option_legs"):
            return self._strategy_order(symbol, quantity, *rest, **named)
        return self.market_order(symbol, quantity, *rest, **named)

    def buy(self, symbol: Any, quantity: Any, *rest: Any, **named: Any) -> Any:
        """Buy at the market."""
        return self.order(symbol, abs(quantity), *rest, **named)

    def sell(self, symbol: Any, quantity: Any, *rest: Any, **named: Any) -> Any:
        """Sell at the market."""
        return self.order(symbol, -abs(quantity), *rest, **named)

    def limit_order(
        self,
        symbol: Any,
        quantity: float,
        limit_price: float,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> OrderTicket:
        """Limit order."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        return self._submit(OrderType.LIMIT, symbol, quantity, extras, limit_price=limit_price)

    def stop_market_order(
        self,
        symbol: Any,
        quantity: float,
        stop_price: float,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> OrderTicket:
        """Stop order."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        return self._submit(OrderType.STOP_MARKET, symbol, quantity, extras, stop_price=stop_price)

    def stop_limit_order(
        self,
        symbol: Any,
        quantity: float,
        stop_price: float,
        limit_price: float,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> OrderTicket:
        """Stop-limit order."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        return self._submit(
            OrderType.STOP_LIMIT,
            symbol,
            quantity,
            extras,
            stop_price=stop_price,
            limit_price=limit_price,
        )

    def limit_if_touched_order(
        self,
        symbol: Any,
        quantity: float,
        trigger_price: float,
        limit_price: float,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> OrderTicket:
        """Limit-if-touched order."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        return self._submit(
            OrderType.LIMIT_IF_TOUCHED,
            symbol,
            quantity,
            extras,
            trigger_price=trigger_price,
            limit_price=limit_price,
        )

    def trailing_stop_order(
        self, symbol: Any, quantity: float, *arguments: Any, tag: str = "", order_properties: Any = None, **named: Any
    ) -> OrderTicket:
        """`trailing_stop_order(symbol, quantity, [stop_price,] trailing_amount, trailing_as_percentage)`."""
        names = ["trailing_amount", "trailing_as_percentage"]
        if len(arguments) > 2 and isinstance(arguments[2], bool):
            names.insert(0, "stop_price")
        given = dict(zip(names, arguments, strict=False)) | named
        asynchronous = bool(given.pop("asynchronous", False))
        percentage = bool(given.get("trailing_as_percentage", False))
        extras = OrderExtras(tag, order_properties, asynchronous)
        return self._submit(
            OrderType.TRAILING_STOP,
            symbol,
            quantity,
            extras,
            stop_price=given.get("stop_price"),
            trailing_amount=given["trailing_amount"],
            trailing_as_percentage=percentage,
        )

    def market_on_open_order(
        self,
        symbol: Any,
        quantity: float,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> OrderTicket:
        """Market-on-open order."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        return self._submit(OrderType.MARKET_ON_OPEN, symbol, quantity, extras)

    def market_on_close_order(
        self,
        symbol: Any,
        quantity: float,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> OrderTicket:
        """Market-on-close order."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        return self._submit(OrderType.MARKET_ON_CLOSE, symbol, quantity, extras)

    def exercise_option(
        self,
        option_symbol: Any,
        quantity: int,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """Exercise long contracts now; the order's quantity is what it does to the holding."""
        security = self._security(option_symbol)
        if not isinstance(security, Option):
            name = type(security).__name__
            raise InvalidCastException(
                f"Unable to cast object of type 'QuantConnect.Securities.{name}.{name}' to type "
                "'QuantConnect.Securities.Option.Option'."
            )
        extras = OrderExtras(tag, order_properties, asynchronous)
        return self._submit(OrderType.OPTION_EXERCISE, security, -abs(quantity), extras)

    # --- short selling -----------------------------------------------------------------------------------------
    def shortable(self, symbol: Any, short_quantity: float = 0, update_order_id: int | None = None) -> bool:
        """Whether that many shares more can be sold short; the order that is to be changed does not count."""
        security = self._state.securities[symbol]
        return shortable(security, order_decimal(short_quantity), self._orders.open_tickets(), update_order_id)

    def shortable_quantity(self, symbol: Any) -> int:
        """Shares that can be borrowed; 0 also where any number can."""
        return borrowable(self._state.securities[symbol]) or 0

    # --- combos ------------------------------------------------------------------------------------------------
    def combo_market_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """All legs at the market, or none."""
        extras = OrderExtras(tag, order_properties, asynchronous)
        return self._combo(OrderType.COMBO_MARKET, legs, quantity, ZERO, extras)

    def combo_limit_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        limit_price: float,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> list[OrderTicket]:
        """All legs at a net price per unit combo, or none."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        if not limit_price:
            raise ArgumentException("ComboLimitOrder requires a limit price")
        if any(leg.order_price is not None for leg in legs):
            raise ArgumentException("ComboLimitOrder does not support limit prices for individual legs")
        return self._combo(OrderType.COMBO_LIMIT, legs, quantity, order_decimal(limit_price), extras)

    def combo_leg_limit_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        *rest: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
    ) -> list[OrderTicket]:
        """All legs at their own limits, or none."""
        extras = _tail(rest, tag, order_properties, asynchronous)
        if any(not leg.order_price for leg in legs):
            raise ArgumentException("ComboLegLimitOrder requires a limit price for each leg")
        return self._combo(OrderType.COMBO_LEG_LIMIT, legs, quantity, ZERO, extras)

    def _combo(
        self, kind: OrderType, legs: Sequence[Leg], quantity: Any, limit: Decimal, extras: "OrderExtras"
    ) -> list[OrderTicket]:
        group = OrderGroup(self._orders.next_group_id(), order_decimal(quantity), len(legs), limit)
        requests = []
        for leg in legs:
            security = self._security(leg.symbol)
            price = leg.order_price if kind == OrderType.COMBO_LEG_LIMIT else None
            request = self._request(
                kind,
                security,
                order_decimal(leg.quantity) * group.quantity,
                extras,
                limit_price=price,
                group=group,
            )
            refused = self._orders.refuse(request)
            if refused is not None:
                return [refused]
            requests.append(request)
        return [self._orders.submit(request) for request in requests]

    def _strategy_order(
        self,
        strategy: Any,
        quantity: Any,
        asynchronous: bool = False,
        tag: str = "",
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        extras = OrderExtras(tag, order_properties, asynchronous)
        return self._combo(OrderType.COMBO_MARKET, strategy.legs(), quantity, ZERO, extras)


@dataclass(slots=True)
class OrderExtras:
    """What order methods take besides prices. Asynchronous orders are like any in a backtest: OrderProcessor.submit."""

    tag: str | None = ""
    properties: Any = None
    asynchronous: bool = False


def _tail(rest: tuple[Any, ...], tag: str, properties: Any, asynchronous: bool) -> OrderExtras:
    """Positional leftovers of order methods: [asynchronous,] tag, order properties."""
    extras = OrderExtras(tag, properties, asynchronous)
    for item in rest:
        if isinstance(item, str):
            extras.tag = item
        elif isinstance(item, bool):
            extras.asynchronous = item
        elif item is not None:
            extras.properties = item
    return extras
