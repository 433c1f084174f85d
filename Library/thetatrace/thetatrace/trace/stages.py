"""The stages of a decision, as data: code, tables, charts and documents take their words and targets from here."""

from dataclasses import dataclass
from enum import IntEnum


class Stage(IntEnum):
    """Stages in the order the data takes. The first eight are compute stages, the last two happen at the market."""

    DATA = 0
    REGIME = 1
    CHAIN = 2
    GREEKS = 3
    SIGNAL = 4
    RISK = 5
    ORDER = 6
    SUBMIT = 7
    ACK = 8
    FILL = 9


class DecisionKind(IntEnum):
    """Why a decision was made on a bar."""

    OBSERVE = 0  # no strategy was due: market state is kept up to date, nothing else
    ENTRY = 1
    MANAGE = 2  # an open or pending position was looked after


@dataclass(frozen=True, slots=True)
class StageInfo:
    """What is said about a stage wherever it is shown. `target_ms` is the p99 goal, None where the market decides."""

    stage: Stage
    label: str
    description: str
    target_ms: float | None

    @property
    def is_compute(self) -> bool:
        """True for stages timed with the monotonic clock, False for the market's own."""
        return self.stage < Stage.ACK


STAGES: tuple[StageInfo, ...] = (
    StageInfo(Stage.DATA, "data", "prices, session state and position marks read from the engine", 50.0),
    StageInfo(Stage.REGIME, "regime", "VIX level, hysteresis, rate of change and data gates", 1.0),
    StageInfo(Stage.CHAIN, "chain", "contracts narrowed by static columns, quotes read for the survivors", 2.0),
    StageInfo(Stage.GREEKS, "greeks", "implied volatility and Greeks of the narrowed chain, one vectorised call", 2.0),
    StageInfo(Stage.SIGNAL, "signal", "the strategy's rules: enter what, exit why, or refuse", 300.0),
    StageInfo(Stage.RISK, "risk", "buying power, planned and maximum loss, event calendar, size", 200.0),
    StageInfo(Stage.ORDER, "order", "legs, limit price and tick rounding of the combo", 10.0),
    StageInfo(Stage.SUBMIT, "submit", "the engine's order call, until it returns", 500.0),
    StageInfo(Stage.ACK, "ack", "sent until acknowledged", None),
    StageInfo(Stage.FILL, "fill", "sent until filled", None),
)
COMPUTE_STAGES: tuple[StageInfo, ...] = tuple(info for info in STAGES if info.is_compute)
MARKET_STAGES: tuple[StageInfo, ...] = tuple(info for info in STAGES if not info.is_compute)
UNATTRIBUTED = "unattributed"
