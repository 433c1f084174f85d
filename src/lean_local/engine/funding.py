"""Funding rates of perpetual futures: `cryptofuture/<market>/margin_interest/<symbol>.csv` (semantics §2.4)."""

from datetime import UTC, datetime

from lean_local.api.bars import MarginInterestRate
from lean_local.data.folder import DataFolder
from lean_local.engine.point_feed import Points
from lean_local.errors import DataFormatError
from lean_local.symbols import Symbol


def read_rates(folder: DataFolder, symbol: Symbol, start_ms: int, end_ms: int) -> Points:
    """Rates that become known in [start, end]; none when there is no file.

    :raises DataFormatError: when a row is not a time and a number
    """
    relative = f"cryptofuture/{symbol.id.market}/margin_interest/{symbol.id.symbol.lower()}.csv"
    path = folder.find(relative)
    if path is None:
        return
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), 1):
        moment, _, text = line.partition(",")
        try:
            known = datetime.strptime(moment, "%Y%m%d %H:%M:%S").replace(tzinfo=UTC)
            rate = float(text)
        except ValueError as error:
            raise DataFormatError(f"Line {number} is no funding rate", path=path, fix="Replace the file.") from error
        utc_ms = round(known.timestamp() * 1000)
        if start_ms <= utc_ms <= end_ms:
            yield utc_ms, MarginInterestRate(known.replace(tzinfo=None), symbol, rate)
