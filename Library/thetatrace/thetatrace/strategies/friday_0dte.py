"""Friday 0DTE: sell same-day SPX credit spreads or condors in the late morning, flat by mid-afternoon.

Rules: docs/strategy.md §Friday 0DTE. Every refusal has a reason code; every number is a setting.
"""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from thetatrace.chain.liquidity import Liquidity
from thetatrace.chain.query import ChainQuery
from thetatrace.chain.selection import StrikeRule, choose, standing_bid
from thetatrace.chain.snapshot import PricedChain
from thetatrace.config import require_order, setting, validate_settings
from thetatrace.orders.combo import entry_credit
from thetatrace.reasons import Reason
from thetatrace.strategies.plans import EntryPlan, ExitPlan, MarketView, PlannedLeg, Structure
from thetatrace.volatility import RegimeReading, VixAction

FRIDAY = 4
CALL, PUT = 1, -1


@dataclass(frozen=True, slots=True)
class Friday0dteSettings:
    """Settings of the Friday 0DTE strategy. Times are exchange time (New York); points are index points."""

    entry_start: time = setting(time(10, 30), "first minute an entry may be sent")
    entry_end: time = setting(time(11, 0), "last minute an entry may be sent")
    time_stop: time = setting(time(15, 0), "positions are closed from here")
    forced_flat: time = setting(time(15, 30), "whatever is left is closed at the market")
    directional_move: float = setting(0.005, "move since the open from which one side is sold", minimum=0, maximum=0.1)
    maximum_move: float = setting(0.015, "gap or move beyond which the day is skipped", minimum=0.001, maximum=0.2)
    atr_directional: float = setting(0.7, "short strike distance in daily ATRs, one-sided", minimum=0, maximum=3)
    atr_condor: float = setting(0.5, "short strike distance in daily ATRs, condor", minimum=0, maximum=3)
    maximum_delta: float = setting(0.25, "largest absolute delta of a short strike", minimum=0.01, maximum=0.5)
    width_points: float = setting(30.0, "distance from short to long strike", minimum=1, maximum=500)
    minimum_credit_fraction: float = setting(0.10, "credit after costs as a fraction of width", minimum=0, maximum=1)
    cost_per_leg_usd: float = setting(1.0, "commission and fees per contract and leg, entry and exit", minimum=0)
    spread_fraction: float = setting(0.10, "largest bid-ask spread as a fraction of mid", minimum=0, maximum=2)
    spread_points: float = setting(0.50, "bid-ask spread always accepted, in points", minimum=0, maximum=10)
    first_limit: float = setting(0.40, "first limit: share of the spread given up", minimum=0, maximum=1)
    limit_step: float = setting(0.20, "further into the spread on each retry", minimum=0.01, maximum=1)
    limit_patience_minutes: int = setting(1, "minutes an order works before it is priced again", minimum=1, maximum=30)
    limit_steps: int = setting(3, "times the limit gives way on retries", minimum=0, maximum=20)
    cross_at_last: bool = setting(True, "after the last limit, take the natural price if it still pays enough")
    tick_points: float = setting(0.05, "price step of the combo order", minimum=0.001, maximum=1)
    profit_fraction: float = setting(0.50, "take profit at this share of the credit", minimum=0.05, maximum=1)
    stop_multiple: float = setting(2.0, "stop when the loss is this multiple of the credit", minimum=0.1, maximum=20)
    vix_floor: float = setting(0.0, "no entries below this VIX", minimum=0, maximum=100)
    vix_ceiling: float = setting(40.0, "no entries at or above this VIX", minimum=1, maximum=200)
    chain_reach: float = setting(0.06, "strike band read around the underlying", minimum=0.01, maximum=0.5)
    minimum_valid_share: float = setting(0.80, "share of two-sided quotes that must be sound", minimum=0, maximum=1)
    minimum_open_interest: float = setting(50.0, "least open interest of a short strike; 0 asks for none", minimum=0)
    maximum_quote_age_minutes: float = setting(60.0, "a leg quoted longer ago is stale", minimum=0.1, maximum=60)

    def __post_init__(self) -> None:
        validate_settings(self)
        require_order(self, "entry_start", "entry_end", "time_stop", "forced_flat")
        require_order(self, "directional_move", "maximum_move")
        require_order(self, "vix_floor", "vix_ceiling")


class Friday0dte:
    """The rules. Holds settings only; all state lives in the position and the engine."""

    name = "friday_0dte"

    def __init__(self, settings: Friday0dteSettings | None = None) -> None:
        self.settings = settings or Friday0dteSettings()
        # Ages are asked of the legs alone: LEAN gives one for the price of forty quotes.
        asked = Liquidity(minimum_open_interest=self.settings.minimum_open_interest)
        self.query = ChainQuery(0, 0, self.settings.chain_reach, liquidity=asked)
        self._rules = {
            side: StrikeRule(
                side, maximum_delta=self.settings.maximum_delta, width=self.settings.width_points, liquidity=asked
            )
            for side in (PUT, CALL)
        }

    def entry_in(self, now: datetime) -> timedelta | None:
        """Time from New York time `now` to today's entry window, None on a day without one or once it has begun."""
        if now.weekday() != FRIDAY or now.time() >= self.settings.entry_start:
            return None
        return datetime.combine(now.date(), self.settings.entry_start) - now

    def entry_due(self, view: MarketView) -> bool:
        """True on Fridays inside the entry window."""
        return view.now.weekday() == FRIDAY and self.settings.entry_start <= view.now.time() <= self.settings.entry_end

    def refusal_before_chain(self, view: MarketView, regime: RegimeReading) -> Reason | None:
        """Return why no entry is made whatever the chain says, None when the chain is worth reading."""
        if regime.entry_reason is not None or regime.level is None:
            return regime.entry_reason or Reason.VIX_MISSING
        if regime.level >= self.settings.vix_ceiling:
            return Reason.VIX_CEILING
        if regime.level < self.settings.vix_floor:
            return Reason.VIX_FLOOR
        if view.spot is None or view.session_open is None:
            return Reason.UNDERLYING_MISSING if view.session_open is None else Reason.UNDERLYING_STALE
        if view.average_true_range is None or view.move is None or view.gap is None:
            return Reason.HISTORY_MISSING
        if max(abs(view.move), abs(view.gap)) > self.settings.maximum_move:
            return Reason.MOVE_TOO_LARGE
        return None

    def structure(self, view: MarketView) -> Structure:
        """Sell the side the market moved towards: up sells calls, down sells puts, in between a condor."""
        move = view.move
        if move is None:
            raise ValueError("the session's move is unknown; refusal_before_chain catches that first")
        if move > self.settings.directional_move:
            return Structure.CALL_SPREAD
        return Structure.PUT_SPREAD if move < -self.settings.directional_move else Structure.IRON_CONDOR

    def plan_entry(self, view: MarketView, chain: PricedChain, attempt: int, multiplier: float) -> EntryPlan | Reason:
        """Choose strikes and the limit from the priced chain, or say why not.

        :param attempt: 0 for the first limit of the day; later ones give more of the spread
        :param multiplier: currency units per point and contract
        """
        if view.average_true_range is None:
            return Reason.HISTORY_MISSING
        structure = self.structure(view)
        legs: list[PlannedLeg] = []
        multiple = self.settings.atr_condor if structure is Structure.IRON_CONDOR else self.settings.atr_directional
        for side in (PUT, CALL):
            wanted = Structure.CALL_SPREAD if side == CALL else Structure.PUT_SPREAD
            if structure in (Structure.IRON_CONDOR, wanted):
                found = self._sell_side(chain, side, multiple * view.average_true_range)
                if isinstance(found, Reason):
                    return found
                legs.extend(found)
        return self._price(structure, tuple(legs), attempt, multiplier)

    def _sell_side(self, chain: PricedChain, side: int, distance: float) -> tuple[PlannedLeg, PlannedLeg] | Reason:
        """Return (long wing, short strike) of one side: the nearest strike beyond both the ATR and the delta rule."""
        found = choose(chain, self._rules[side], distance_points=distance)
        if isinstance(found, Reason):
            return found
        if found.wing is None:
            return Reason.NO_WING
        return self._leg(chain, found.wing, 1), self._leg(chain, found.strike, -1)

    @staticmethod
    def _leg(chain: PricedChain, position: int, ratio: int) -> PlannedLeg:
        snapshot = chain.snapshot
        ask = float(snapshot.ask[position])
        return PlannedLeg(
            row=int(snapshot.rows[position]),
            ratio=ratio,
            right=int(snapshot.right[position]),
            strike=float(snapshot.strike[position]),
            bid=standing_bid(float(snapshot.bid[position]), ask),
            ask=ask,
            delta=float(chain.delta[position]),
        )

    def _price(
        self, structure: Structure, legs: tuple[PlannedLeg, ...], attempt: int, multiplier: float
    ) -> EntryPlan | Reason:
        settings = self.settings
        for leg in legs:
            allowed = max(settings.spread_points, settings.spread_fraction * (leg.bid + leg.ask) / 2)
            if leg.ask - leg.bid > allowed + 1e-9:
                return Reason.SPREAD_TOO_WIDE
        best = sum(-leg.ratio * (leg.ask if leg.ratio < 0 else leg.bid) for leg in legs)
        natural = sum(-leg.ratio * (leg.bid if leg.ratio < 0 else leg.ask) for leg in legs)
        tick, steps = settings.tick_points, min(attempt, settings.limit_steps)
        costs = 2 * settings.cost_per_leg_usd * len(legs) / multiplier
        asked = settings.minimum_credit_fraction * settings.width_points + costs
        least = max(math.ceil(asked / tick - 1e-9), 1) * tick  # a limit of 0 is none (LEAN, ComboLimitOrder)
        first, limit = (
            entry_credit(best, natural, step, settings.first_limit, settings.limit_step, tick) for step in (0, steps)
        )
        if first < least - 1e-9:
            return Reason.CREDIT_TOO_SMALL
        crosses = settings.cross_at_last and attempt > settings.limit_steps and natural >= least - 1e-9
        # The limit gives way, but never below what the rules ask for.
        credit = natural if crosses else max(limit, round(least, 10))
        return EntryPlan(
            structure=structure,
            legs=legs,
            credit=credit,
            at_market=crosses,
            best_credit=best,
            natural_credit=natural,
            least_credit=least,
            multiplier=multiplier,
            planned_loss_usd=(settings.stop_multiple * credit + costs) * multiplier,
            maximum_loss_usd=(settings.width_points - credit + costs) * multiplier,
        )

    def exit_without_prices(self, view: MarketView, regime: RegimeReading) -> ExitPlan | None:
        """Return the exit that clock or VIX demand, which no missing quote may stop; None when they demand none."""
        settings, clock = self.settings, view.now.time()
        if clock >= settings.forced_flat:
            return ExitPlan(Reason.EXIT_FORCED)
        if clock >= settings.time_stop:
            return ExitPlan(Reason.EXIT_TIME)
        return ExitPlan(Reason.EXIT_VOLATILITY) if regime.action >= VixAction.FLATTEN else None

    def _says_nothing(self, mark: float, natural: float) -> bool:
        """Shorts whose quotes together are wider than the structure say nothing of its worth, which lies within it."""
        return natural - mark > self.settings.width_points / 2

    def bounded(self, plan: ExitPlan, mark: float | None, natural: float | None) -> ExitPlan:
        """The exit that clock or VIX demand, for the structure's width at most where its quotes say nothing.

        More than its width it cannot cost, not even at expiry. Parameters as in `exit_by_price`.
        """
        if mark is None or natural is None or not self._says_nothing(mark, natural):
            return plan
        return ExitPlan(plan.reason, self.settings.width_points)

    def exit_by_price(self, credit: float, mark: float | None, natural: float | None) -> ExitPlan | Reason:
        """Return the exit that prices demand, or why the position is kept.

        :param credit: points received at entry per contract, from fills
        :param mark: points to close per contract at fair value, None when a short leg is not offered
        :param natural: points to close at the far side, None likewise; beyond `mark` by half the shorts' spreads
        """
        settings = self.settings
        if mark is None or natural is None or self._says_nothing(mark, natural):
            return Reason.WAITING_FOR_QUOTES
        if mark >= credit * (1 + settings.stop_multiple):
            return ExitPlan(Reason.EXIT_STOP)
        # The limit is the target itself, a tick at least: marketable when the natural price is strictly below it.
        tick = settings.tick_points
        target = max(math.floor(credit * (1 - settings.profit_fraction) / tick + 1e-9), 1) * tick
        if natural <= target - tick + 1e-9:
            return ExitPlan(Reason.EXIT_PROFIT, round(target, 10))
        return Reason.HOLD
