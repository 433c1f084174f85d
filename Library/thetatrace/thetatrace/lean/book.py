"""All positions of the desk together: what the risk gate and the reconciliation look at."""

from AlgorithmImports import QCAlgorithm

from thetatrace.orders import ComboPosition, PositionState
from thetatrace.risk import Account


class Book:
    """Positions of every strategy that are not final yet."""

    def __init__(self, algorithm: QCAlgorithm) -> None:
        self._algorithm = algorithm
        self._positions: list[ComboPosition] = []

    def add(self, position: ComboPosition) -> None:
        """Take a new position before its first order is sent, or one that a late fill brought back."""
        if not any(position is known for known in self._positions):
            self._positions.append(position)

    def open_positions(self) -> list[ComboPosition]:
        """Return the positions that are not final, and forget the others."""
        self._positions = [position for position in self._positions if not position.is_final]
        return self._positions

    def account(self, day_start_equity_usd: float) -> Account:
        """Return the account's facts, with the loss that entries at work have reserved counted as used margin."""
        portfolio, positions = self._algorithm.portfolio, self.open_positions()
        reserved_usd = sum(
            position.maximum_loss_usd * position.contracts
            for position in positions
            if position.state is PositionState.ENTERING
        )
        return Account(
            equity_usd=portfolio.total_portfolio_value,
            margin_used_usd=portfolio.total_margin_used + reserved_usd,
            day_start_equity_usd=day_start_equity_usd,
            open_positions=len(positions),
        )

    def holds_unknown(self) -> bool:
        """True when the account holds something, or has orders out, although no position here is open."""
        if self.open_positions():
            return False
        return self._algorithm.portfolio.invested or bool(self._algorithm.transactions.get_open_orders())
