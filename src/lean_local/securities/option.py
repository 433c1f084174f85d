"""Option contracts and the canonical option of a chain."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import DataNormalizationMode, OptionRight, SecurityType, SettlementType
from lean_local.securities.cache import decimal_of, market_decimal
from lean_local.securities.option_models import DefaultExerciseModel, DefaultOptionAssignmentModel
from lean_local.securities.security import Security

if TYPE_CHECKING:
    from lean_local.api.filters import OptionFilter

ZERO, ONE = Decimal(0), Decimal(1)
_CENT = Decimal("0.01")


class Option(Security):
    """One option contract, or (canonical) the chain of a root."""

    underlying: Any = None  # the underlying Security
    chain_filter: "OptionFilter | None" = None  # canonical only

    def set_up_contract(self, underlying: Any) -> None:
        """Fill in what the symbol says. Engine only."""
        self.underlying = underlying
        identifier = self.symbol.id
        self.strike_exact = market_decimal(identifier.strike_price)
        self.is_call = identifier.option_right == OptionRight.CALL
        self.expiry_day = identifier.date.date()
        self.scaled_strike_exact = self.strike_exact * self.symbol_properties.strike_multiplier_exact
        # An option on a future delivers one future, whatever its price is multiplied by (LEAN `SecurityService.cs`).
        delivers_one = self.symbol.security_type == SecurityType.FUTURE_OPTION
        self.unit_of_trade_exact = ONE if delivers_one else Decimal(int(self.multiplier_exact))
        self.option_price_model: Any = None
        self.option_assignment_model: Any = DefaultOptionAssignmentModel()
        self.option_exercise_model: Any = DefaultExerciseModel()
        cash = self.symbol.security_type == SecurityType.INDEX_OPTION
        self.exercise_settlement = SettlementType.CASH if cash else SettlementType.PHYSICAL_DELIVERY

    @property
    def bid_exact(self) -> Decimal:
        """Last bid, 0 when never quoted (LEAN's Option has no fallback to the price)."""
        return self.prices.bid()

    @property
    def ask_exact(self) -> Decimal:
        """Last ask, 0 when never quoted."""
        return self.prices.ask()

    @property
    def bid_price(self) -> float:
        """Last bid, 0 when never quoted. Read for whole chains every bar, so without a decimal in between."""
        return self.prices.bid_value()

    @property
    def ask_price(self) -> float:
        """Last ask, 0 when never quoted."""
        return self.prices.ask_value()

    @property
    def strike_price(self) -> float:
        """Strike."""
        return float(self.strike_exact)

    @property
    def scaled_strike_price(self) -> float:
        """Strike times the strike multiplier."""
        return float(self.scaled_strike_exact)

    @property
    def expiry(self) -> datetime:
        """Expiry date at midnight."""
        return self.symbol.id.date

    @property
    def right(self) -> Any:
        """Call or put."""
        return self.symbol.id.option_right

    @property
    def style(self) -> Any:
        """American or European."""
        return self.symbol.id.option_style

    @property
    def contract_multiplier(self) -> int:
        """Units of the underlying per contract."""
        return int(self.multiplier_exact)

    @property
    def contract_unit_of_trade(self) -> int:
        """Shares (or futures) delivered per contract."""
        return int(self.unit_of_trade_exact)

    @property
    def is_option_chain(self) -> bool:
        """Whether this is the canonical option."""
        return self.symbol.is_canonical()

    @property
    def is_option_contract(self) -> bool:
        """Whether this is a contract."""
        return not self.symbol.is_canonical()

    def get_aggregate_exercise_amount(self) -> float:
        """What one contract's shares cost at the strike."""
        return float(self.strike_exact * self.multiplier_exact)

    def get_exercise_quantity(self, exercise_order_quantity: float | None = None) -> float:
        """Signed shares that an exercise (negative order quantity) or assignment moves; by default of the position."""
        order = (
            -self.holdings.quantity_exact if exercise_order_quantity is None else decimal_of(exercise_order_quantity)
        )
        return float((-1 if self.is_call else 1) * order * self.unit_of_trade_exact)

    def set_data_normalization_mode(self, mode: Any) -> None:
        """Options are always raw; raises ArgumentException for another mode."""
        from lean_local.orders.requests import ArgumentException  # noqa: PLC0415  breaks an import cycle

        if mode != DataNormalizationMode.RAW:
            raise ArgumentException("DataNormalizationMode.Raw must be used with options")
        super().set_data_normalization_mode(mode)

    def intrinsic_exact(self, price: Decimal) -> Decimal:
        """Intrinsic value per unit at that underlying price."""
        difference = price - self.scaled_strike_exact
        return max(difference if self.is_call else -difference, ZERO)

    def out_of_the_money_exact(self, price: Decimal) -> Decimal:
        """How far out of the money, per unit."""
        difference = self.scaled_strike_exact - price
        return max(difference if self.is_call else -difference, ZERO)

    def is_auto_exercised_exact(self, price: Decimal) -> bool:
        """Whether the contract is exercised at expiry: at least one cent in the money."""
        return self.intrinsic_exact(price) >= _CENT

    def get_intrinsic_value(self, underlying_price: float) -> float:
        """Intrinsic value per unit."""
        return float(self.intrinsic_exact(decimal_of(underlying_price)))

    def get_pay_off(self, underlying_price: float) -> float:
        """Signed payoff per unit (negative out of the money)."""
        difference = decimal_of(underlying_price) - self.scaled_strike_exact
        return float(difference if self.is_call else -difference)

    def out_of_the_money_amount(self, underlying_price: float) -> float:
        """How far out of the money, per unit."""
        return float(self.out_of_the_money_exact(decimal_of(underlying_price)))

    def is_auto_exercised(self, underlying_price: float) -> bool:
        """Whether the contract is exercised at expiry at that price."""
        return self.is_auto_exercised_exact(decimal_of(underlying_price))

    def set_filter(self, *arguments: Any, **named: Any) -> None:
        """Set the universe filter of the chain: numbers, spans, or a function of the filter universe."""
        if self.chain_filter is None:
            raise ValueError(f"{self.symbol.value} is a contract; only the canonical option of a chain has a filter.")
        self.chain_filter.set(*arguments, **named)

    def set_option_assignment_model(self, model: Any) -> None:
        """Set the assignment model; needs `get_assignment(parameters)`."""
        self.option_assignment_model = model

    def set_option_exercise_model(self, model: Any) -> None:
        """Set the exercise model; needs `option_exercise(option, order)`."""
        self.option_exercise_model = model

    @property
    def price_model(self) -> Any:
        """The model of implied volatility and Greeks: its own, else its chain's, else LEAN's default."""
        from lean_local.api.quantlib_models import default_price_model  # noqa: PLC0415  import cycle

        if self.option_price_model is None:
            self.option_price_model = default_price_model(self.symbol)
        return self.option_price_model

    @price_model.setter
    def price_model(self, model: Any) -> None:
        self.option_price_model = model

    def set_price_model(self, model: Any) -> None:
        """Set the model that prices implied volatility and Greeks; needs `evaluate(parameters)`."""
        self.option_price_model = model

    def evaluate_price_model(self, current: Any, contract: Any) -> Any:
        """Price a contract with this security's model."""
        from lean_local.api.option_price_models import OptionPriceModelParameters  # noqa: PLC0415  import cycle
        from lean_local.securities.models import method  # noqa: PLC0415  import cycle

        return method(self.price_model, "evaluate")(OptionPriceModelParameters(self, current, contract))
