"""Trading units of a security. LEAN `SymbolProperties.cs`."""

from dataclasses import dataclass
from decimal import Decimal

from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of

ONE = Decimal(1)


@dataclass(slots=True)
class SymbolProperties(LeanObject):
    """Row of the symbol-properties database."""

    description: str
    quote_currency: str
    multiplier_exact: Decimal
    tick_exact: Decimal
    lot_exact: Decimal
    market_ticker: str = ""
    minimum_order_exact: Decimal | None = None
    magnifier_exact: Decimal = ONE
    strike_multiplier_exact: Decimal = ONE

    def __post_init__(self) -> None:
        """Numbers of an algorithm become decimals."""
        for name in ("multiplier_exact", "tick_exact", "lot_exact", "magnifier_exact", "strike_multiplier_exact"):
            setattr(self, name, decimal_of(getattr(self, name)))

    @classmethod
    def get_default(cls, quote_currency: str) -> "SymbolProperties":
        """The units of a security without a row."""
        return cls("", quote_currency.upper(), ONE, Decimal("0.01"), ONE)

    @property
    def minimum_order_size(self) -> float | None:
        """Smallest order, None when there is no limit."""
        return None if self.minimum_order_exact is None else float(self.minimum_order_exact)

    @property
    def contract_multiplier(self) -> float:
        """Units of the underlying per contract."""
        return float(self.multiplier_exact)

    @property
    def minimum_price_variation(self) -> float:
        """Smallest price step of the database row."""
        return float(self.tick_exact)

    @property
    def lot_size(self) -> float:
        """Smallest quantity step."""
        return float(self.lot_exact)

    @property
    def price_magnifier(self) -> float:
        """What prices are divided by."""
        return float(self.magnifier_exact)

    @property
    def strike_multiplier(self) -> float:
        """Scale between strike and underlying price."""
        return float(self.strike_multiplier_exact)
