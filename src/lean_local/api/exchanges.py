"""Exchanges of ticks and fundamentals by name and code (LEAN `Common/Exchange.cs`, `Extensions.GetPrimaryExchange`)."""

from lean_local.enums import Market, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.exchange import SecurityExchange, SecurityExchangeHours
from lean_local.symbols import SecurityIdentifier, Symbol

__all__ = ["EquityExchange", "Exchange"]

_EQUITY_EXCHANGES = {
    "NASDAQ": "Q T NASDAQ NASDAQ_OMX",
    "NASDAQ_SC": "S NASDAQ_SC",
    "BATS": "Z BATS BATS_Z",
    "ARCA": "P ARCA",
    "NYSE": "N NYSE",
    "NSE": "C NSX NSE",
    "FINRA": "D FINRA",
    "ISE": "I ISE",
    "CSE": "M CSE",
    "CBOE": "W CBOE",
    "AMEX": "A AMEX",
    "SIAC": "SIAC",
    "EDGA": "J EDGA",
    "EDGX": "K EDGX",
    "NASDAQ_BX": "B NASDAQ_BX",
    "NASDAQ_PSX": "X NASDAQ_PSX",
    "BATS_Y": "Y BATS_Y BYX",
    "BOSTON": "BB BOSTON",
    "BSE": "BSE",
    "IEX": "V IEX",
    "SMART": "SMART",
    "OTCX": "OTCX",
    "MIAX_PEARL": "H MP MIAX_PEARL",
    "LTSE": "L LTSE",
    "MEMX": "U MM MEMX",
    "CSFB": "CSFB",
}
_OPTION_EXCHANGES = {
    "AMEX": "A AMEX",
    "MIAX": "M MIAX",
    "MIAX_EMERALD": "ME MIAX_EMERALD",
    "MIAX_PEARL": "MP MIAX_PEARL",
    "ISE": "I ISE",
    "ISE_GEMINI": "H ISE_GEMINI",
    "ISE_MERCURY": "J ISE_MERCURY",
    "OPRA": "O OPRA",
    "C2": "W C2",
    "XNDQ": "XNDQ",
    "ARCX": "ARCX",
    "CBOE": "CBOE",
    "BOX": "B BOX",
    "PHLX": "X PHLX",
    "EDGO": "EDGO",
    "MIAX_SAPPHIRE": "SPHR MIAX_SAPPHIRE",
}
_FUTURE_EXCHANGES = {name: name for name in ("CME", "CBOT", "NYMEX", "ICE", "CFE", "COMEX", "NYSELIFFE", "EUREX")}


def _by_code(names: dict[str, str]) -> dict[str, str]:
    return {code: name for name, codes in names.items() for code in codes.split()}


_OPTION_CODES, _FUTURE_CODES = _by_code(_OPTION_EXCHANGES), _by_code(_FUTURE_EXCHANGES)
_CODES = {
    SecurityType.EQUITY: _by_code(_EQUITY_EXCHANGES),
    SecurityType.OPTION: _OPTION_CODES,
    SecurityType.INDEX_OPTION: _OPTION_CODES,
    SecurityType.FUTURE: _FUTURE_CODES,
    SecurityType.FUTURE_OPTION: _FUTURE_CODES,
}


def exchange_name(code: str, security_type: SecurityType) -> str:
    """Name of the exchange of a tick's code: `P` is `ARCA`; empty for a code that LEAN does not know."""
    return _CODES.get(security_type, {}).get(code.strip().upper().replace(" ", "_"), "")


_EQUITY, _OPTION, _FUTURE = (SecurityType.EQUITY,), (SecurityType.OPTION,), (SecurityType.FUTURE,)
_TYPES = {
    "CBOE": (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION),
    "MIAX_PEARL": (SecurityType.OPTION, SecurityType.EQUITY),
    "EUREX": (SecurityType.FUTURE, SecurityType.INDEX),
    **dict.fromkeys(("EDGO", "BOX", "MIAX_SAPPHIRE", "PHLX", "XNDQ"), (SecurityType.OPTION, SecurityType.INDEX_OPTION)),
    **dict.fromkeys(("CME", "CBOT", "NYMEX", "NYSELIFFE"), (SecurityType.FUTURE, SecurityType.FUTURE_OPTION)),
}
_OWN_CODES = {"MIAX_PEARL": "MP", "MEMX": "MM", "IEX": "IEX", "NSE": "NSE"}  # not the first of those it is known by
_INDIA = frozenset({"BSE", "NSE"})


class Exchange(LeanObject):
    """An exchange; its text is its name. `Exchange.ARCA` and the others."""

    def __init__(
        self, name: str = "", code: str = "", market: str = "", security_types: tuple[SecurityType, ...] = ()
    ) -> None:
        self.name, self.code = name, code or name
        self.market, self.security_types = market, list(security_types)

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return str(other) == self.name

    def __hash__(self) -> int:
        return hash(self.name)


Exchange.UNKNOWN = Exchange()  # type: ignore[attr-defined]
for _names, _kinds in ((_FUTURE_EXCHANGES, _FUTURE), (_OPTION_EXCHANGES, _OPTION), (_EQUITY_EXCHANGES, _EQUITY)):
    for _name, _codes in _names.items():
        _market = _name.lower() if _kinds is _FUTURE else "india" if _name in _INDIA else "usa"
        _code = _OWN_CODES.get(_name, _codes.split()[0])
        setattr(Exchange, _name, Exchange(_name, _code, _market, _TYPES.get(_name, _kinds)))
Exchange.NSX = Exchange("NSE", "C", "usa", _EQUITY)  # type: ignore[attr-defined]  # its namesake is Indian


class EquityExchange(SecurityExchange):
    """The exchange of shares: those of the USA, unless other hours are given."""

    def __init__(self, exchange_hours: SecurityExchangeHours | None = None) -> None:
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        run = current_run()
        any_share = Symbol(SecurityIdentifier.generate("", SecurityType.EQUITY, Market.USA), "")
        calendar = run.subscriptions.calendar(any_share) if exchange_hours is None else exchange_hours.calendar
        super().__init__(calendar, run.state.clock)

    @property
    def trading_days_per_year(self) -> int:
        """Trading days of a year."""
        return 252
