"""What the pricing functions hand back: reason codes and the columns of an answer.

Units are those of the whole product: delta per 1.00 of underlying, gamma per 1.00 squared, theta per calendar day,
vega per volatility point (0.01), rho per rate point (0.01).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]
ReasonArray = NDArray[np.uint8]


class PriceReason(IntEnum):
    """Why a row has no number (stored as uint8; `OK` means it has one).

    When several apply to a row the one with the lowest non-zero code is given.
    """

    OK = 0
    """The row has its number."""
    NOT_FINITE = 1
    """An input is NaN or infinite."""
    BAD_RIGHT = 2
    """`right` is neither +1 (call) nor -1 (put)."""
    NON_POSITIVE_INPUT = 3
    """Price, spot, strike or volatility is zero or negative."""
    EXPIRED = 4
    """`years` is zero or negative."""
    UNSUPPORTED_RATES = 5
    """American style with two exercise boundaries (put: dividend_yield < rate <= 0; call: the two swapped)."""
    BELOW_INTRINSIC = 6
    """The price is below the least value any volatility gives (European: discounted forward; American: exercise)."""
    ABOVE_BOUND = 7
    """The price is at or above the most any volatility gives (call: spot side; put: strike side)."""
    UNDETERMINED = 8
    """Rounding of the price alone moves the volatility by more than 1 part in 10,000 (vega near zero)."""
    OUT_OF_RANGE = 9
    """The inputs are so extreme that the result leaves the range of a double or of the method."""
    BAD_DIVIDENDS = 10
    """A dividend before expiry is NaN, infinite or negative, its date is NaN, or it is more than the forward price."""


@dataclass(frozen=True, slots=True)
class ImpliedVolatility:
    """Implied volatilities of a batch.

    `volatility`: float64, annual (0.2 = 20 %), NaN exactly where `reason` is not `PriceReason.OK`.
    `reason`: uint8 codes of `PriceReason`. Both have the broadcast shape of the inputs.
    """

    volatility: FloatArray
    reason: ReasonArray


@dataclass(frozen=True, slots=True)
class Greeks:
    """Price and Greeks of a batch; every array has the broadcast shape of the inputs, NaN where `reason` is not OK.

    `price` in currency; `delta` per 1.00; `gamma` per 1.00 squared; `theta` per calendar day passing;
    `vega` per 0.01 volatility; `rho` per 0.01 rate. On request (else None): `vanna` change of delta per 0.01
    volatility; `volga` change of vega per 0.01 volatility; `charm` change of delta per calendar day passing.
    """

    price: FloatArray
    delta: FloatArray
    gamma: FloatArray
    theta: FloatArray
    vega: FloatArray
    rho: FloatArray
    reason: ReasonArray
    vanna: FloatArray | None = None
    volga: FloatArray | None = None
    charm: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class ImpliedGreeks:
    """Implied volatility and the Greeks at it (units of `Greeks`), arrays of the broadcast shape of the inputs.

    `reason` is that of the volatility, or OUT_OF_RANGE where a Greek leaves the range of a double; every column is NaN
    where it is not OK. `price` is the model's at the volatility found: the price given, but for rounding (European) or
    within 1.5e-5 (American: the search and the Greeks table their boundaries over different ranges of volatility).
    """

    volatility: FloatArray
    price: FloatArray
    delta: FloatArray
    gamma: FloatArray
    theta: FloatArray
    vega: FloatArray
    rho: FloatArray
    reason: ReasonArray
    vanna: FloatArray | None = None
    volga: FloatArray | None = None
    charm: FloatArray | None = None
