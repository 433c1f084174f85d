"""Interactive Brokers' fees per contract of futures and their options (LEAN `InteractiveBrokersFeeModel.cs`)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from lean_local.enums import SecurityType
from lean_local.errors import NotInLeanLocalError

if TYPE_CHECKING:
    from lean_local.securities.security import Security

_REGULATORY = Decimal("0.02")
_MICROS = "MYM M2K MES MNQ 2YY 5YY 10Y 30Y MCL MGC SIL"
_MICRO_FX = "M6E M6A M6B MCD MJY MSF M6J MIR M6C M6S MNH"
_AMERICAN = frozenset({"cmeglobex", "nymex", "cbot", "ice", "cfe", "comex", "cme", "nyseliffe", "usa"})
_KOREAN_RATE = Decimal("0.00004")


def _rates(table: dict[str, str]) -> dict[str, Decimal]:
    return {root: Decimal(rate) for roots, rate in table.items() for root in roots.split()}


_BROKER = _rates(
    {_MICROS: "0.25", "BTC": "5", "MBT MIB": "2.25", "ETH": "3", "MET MRB": "0.20", "E7 J7": "0.50", _MICRO_FX: "0.15"}
)
_EXCHANGE = _rates(
    {
        "ES NQ YM RTY EMD": "1.28",
        _MICROS: "0.30",
        "BTC": "6",
        "MBT MIB": "2.5",
        "ETH": "4",
        "MET MRB": "0.20",
        "E7 J7": "0.85",
        _MICRO_FX: "0.24",
    }
)
_OPTION_BROKER = _rates({_MICROS: "0.25", "BTC": "5", "MBT MIB": "1.25", "ETH": "3", "MET MRB": "0.10"})
_OPTION_EXCHANGE = _rates(
    {"ES NQ YM RTY EMD": "0.55", _MICROS: "0.20", "BTC": "5", "MBT MIB": "2.5", "ETH": "4", "MET MRB": "0.20"}
)
_HONG_KONG = {"CNH": Decimal(13), "HKD": Decimal(20), "USD": Decimal("2.40")}


def future_fee_per_contract(security: "Security") -> tuple[Decimal, str]:
    """Fee of one contract and its currency.

    :raises NotInLeanLocalError: for a market LEAN's model has no fees for
    """
    symbol, market = security.symbol, security.symbol.id.market
    currency = security.symbol_properties.quote_currency
    is_option = symbol.security_type == SecurityType.FUTURE_OPTION
    root = symbol.underlying.id.symbol if is_option and symbol.underlying is not None else symbol.id.symbol
    if market in _AMERICAN:
        broker = (_OPTION_BROKER if is_option else _BROKER).get(root, Decimal("0.85"))
        return broker + (_OPTION_EXCHANGE if is_option else _EXCHANGE).get(root, Decimal("1.60")) + _REGULATORY, "USD"
    if market == "hkfe" and (root == "HSI" or currency in _HONG_KONG):
        return (Decimal(40), "HKD") if root == "HSI" else (_HONG_KONG[currency] * Decimal("1.5"), currency)
    if market == "eurex" and not is_option:
        return 1 + _REGULATORY, "EUR"
    if market == "krx":
        return _KOREAN_RATE * security.price_exact * security.multiplier_exact, currency
    raise NotInLeanLocalError(f"InteractiveBrokersFeeModel for futures of the market {market}")
