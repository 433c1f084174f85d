"""Where LEAN keeps the data of a symbol: folders, zip names, entry names (`Common/Util/LeanData.cs`), in lower case."""

from datetime import date
from functools import lru_cache

from lean_local.contract_rules import future_contract_month
from lean_local.data.columns import ContractKey
from lean_local.enums import OptionStyle, Resolution, SecurityType, TickType
from lean_local.identifiers import DEFAULT_DATE
from lean_local.symbols import Symbol

OPTIONS = frozenset({SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION})
FUTURES = frozenset({SecurityType.FUTURE, SecurityType.CRYPTO_FUTURE})
SCALED = frozenset({SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION})
"""Types whose files hold prices times 10000."""

TICK_TEXT = {TickType.TRADE: "trade", TickType.QUOTE: "quote", TickType.OPEN_INTEREST: "openinterest"}
PRICE_SCALE = 10_000.0


def is_dated(resolution: Resolution) -> bool:
    """Whether files of a resolution span many dates (hour and daily)."""
    return resolution in {Resolution.HOUR, Resolution.DAILY}


def period_ms(resolution: Resolution) -> int:
    """Length of a bar; raises `KeyError` for ticks, which have none."""
    return {
        Resolution.SECOND: 1_000,
        Resolution.MINUTE: 60_000,
        Resolution.HOUR: 3_600_000,
        Resolution.DAILY: 86_400_000,
    }[resolution]


def file_ticker(symbol: Symbol) -> str:
    """Ticker in paths: an equity option's underlying, a future's or other option's root, else the ticker."""
    kind = symbol.security_type
    if kind == SecurityType.OPTION and symbol.underlying is not None:
        return symbol.underlying.value.lower()
    if kind in FUTURES or kind in OPTIONS:
        return symbol.id.symbol.lower()
    return symbol.value.lower()


def type_folder(symbol: Symbol) -> str:
    """Folder of a security type and market: `indexoption/usa`."""
    return f"{symbol.security_type.csharp_name.lower()}/{symbol.id.market}"


def month_folder(symbol: Symbol) -> str:
    """Subfolder of a future option: "/" and the contract month of its future."""
    assert symbol.underlying is not None
    return f"/{future_contract_month(symbol.underlying.id.symbol, symbol.underlying.id.date):%Y%m}"


def day_folder(symbol: Symbol, resolution: Resolution, ticker: str | None = None) -> str:
    """Folder with one zip per date (minute, second, tick); `ticker` replaces the symbol's own."""
    folder = f"{type_folder(symbol)}/{resolution.csharp_name.lower()}/{ticker or file_ticker(symbol)}"
    return f"{folder}{month_folder(symbol)}" if symbol.security_type == SecurityType.FUTURE_OPTION else folder


def style_text(symbol: Symbol) -> str:
    """Return "american" or "european"."""
    return "american" if symbol.id.option_style == OptionStyle.AMERICAN else "european"


def day_zip(symbol: Symbol, resolution: Resolution, tick: TickType, day: date, ticker: str | None = None) -> str:
    """Path of the zip with one date of a symbol's data."""
    style = f"_{style_text(symbol)}" if symbol.security_type in OPTIONS else ""
    return f"{day_folder(symbol, resolution, ticker)}/{day:%Y%m%d}_{TICK_TEXT[tick]}{style}.zip"


def dated_zip(symbol: Symbol, resolution: Resolution, tick: TickType, year: int, ticker: str | None = None) -> str:
    """Path of the zip with all hour or daily rows of a symbol (options: those of one year)."""
    folder = f"{type_folder(symbol)}/{resolution.csharp_name.lower()}"
    name, kind = ticker or file_ticker(symbol), symbol.security_type
    if kind in OPTIONS:
        if kind == SecurityType.FUTURE_OPTION:
            folder = f"{folder}/{name}{month_folder(symbol)}"
        return f"{folder}/{name}_{year}_{TICK_TEXT[tick]}_{style_text(symbol)}.zip"
    if kind in FUTURES or kind == SecurityType.CRYPTO:
        return f"{folder}/{name}_{TICK_TEXT[tick]}.zip"
    return f"{folder}/{name}.zip"


def contract_suffix(symbol: Symbol) -> str:
    """End of a contract's entry name, without extension: `call_32000000_20210115`, `201312` or `perp`."""
    if symbol.security_type in OPTIONS:
        right = symbol.id.option_right.csharp_name.lower()
        return f"{right}_{round(symbol.id.strike_price * 10_000)}_{symbol.id.date:%Y%m%d}"
    if symbol.id.date == DEFAULT_DATE:
        return "perp"
    return f"{future_contract_month(symbol.id.symbol, symbol.id.date):%Y%m}"


def entry_name(
    symbol: Symbol, resolution: Resolution, tick: TickType, day: date | None, ticker: str | None = None
) -> str:
    """Name of the zip entry of one option or future contract."""
    parts = [ticker or file_ticker(symbol), TICK_TEXT[tick]]
    if day is not None:
        parts = [f"{day:%Y%m%d}", parts[0], resolution.csharp_name.lower(), parts[1]]
    if symbol.security_type in OPTIONS:
        parts.append(style_text(symbol))
    if symbol.security_type in OPTIONS or symbol.security_type in FUTURES:
        parts.append(contract_suffix(symbol))
    elif day is None:
        parts = parts[:1]
    return "_".join(parts) + ".csv"


@lru_cache(maxsize=200_000)
def _contract_key(style: str, right: str, strike: str, expiry: str) -> ContractKey | None:
    if style not in {"american", "european"} or right not in {"call", "put"} or len(expiry) != 8:
        return None
    try:
        day = date(int(expiry[:4]), int(expiry[4:6]), int(expiry[6:]))
        return ContractKey(day, int(strike) / PRICE_SCALE, right, style)
    except ValueError:
        return None


def contract_of_entry(name: str) -> ContractKey | None:
    """Option contract of a zip entry name, None when the name is not one of a contract."""
    parts = name.removesuffix(".csv").rsplit("_", 4)
    return _contract_key(*parts[1:]) if len(parts) == 5 else None
