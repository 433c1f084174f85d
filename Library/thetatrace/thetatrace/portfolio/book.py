"""A multi-asset book as columns, and its net and beta-weighted Greeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thetatrace.pricing import greeks

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Book:
    """Holdings as columns of shape [n]; make it with `Book.of`, which broadcasts and checks.

    `right` is +1 call, −1 put, 0 the underlying itself (shares, index, future). `quantity` is signed; `multiplier`
    units of the underlying per contract (1 for shares); `spot` price of each holding's underlying in its currency;
    `beta` of the underlying to the benchmark; `american` exercise style. Rates are continuously compounded. An option
    on a future has the future's price as `spot` and `rate` as `dividend_yield`.
    """

    quantity: Floats
    multiplier: Floats
    spot: Floats
    strike: Floats
    years: Floats
    volatility: Floats
    right: Floats
    rate: Floats
    dividend_yield: Floats
    beta: Floats
    american: Mask

    def __len__(self) -> int:
        return len(self.quantity)

    @classmethod
    def of(
        cls,
        quantity: ArrayLike,
        multiplier: ArrayLike,
        spot: ArrayLike,
        right: ArrayLike,
        *,
        strike: ArrayLike = np.nan,
        years: ArrayLike = np.nan,
        volatility: ArrayLike = np.nan,
        rate: ArrayLike = 0.0,
        dividend_yield: ArrayLike = 0.0,
        beta: ArrayLike = 1.0,
        american: ArrayLike = False,
    ) -> Book:
        """Make a book of n holdings; scalars hold for all of them.

        :raises ValueError: if the shapes do not broadcast to one column
        """
        given = (quantity, multiplier, spot, strike, years, volatility, right, rate, dividend_yield, beta, american)
        columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in given))
        if columns[0].ndim != 1:
            raise ValueError(f"a book is columns; the shape was {columns[0].shape}")
        a, b, c, d, e, f, g, h, i, j, exercise = columns
        return cls(a, b, c, d, e, f, g, h, i, j, exercise != 0)


@dataclass(frozen=True, slots=True)
class NetGreeks:
    """Sums over a book; NaN as soon as one holding's Greeks, or its beta in the beta-weighted ones, are undetermined.

    `undetermined` bool[n] marks those holdings.

    `delta_usd` value of the underlyings the book moves like; `gamma_usd` change of that per 1 % move; `theta_usd` per
    calendar day; `vega_usd` per volatility point; `rho_usd` per rate point; `beta_delta` in units of the benchmark,
    each underlying's move taken as beta times the benchmark's; `beta_gamma_usd` change of the beta-weighted delta's
    value per 1 % of the benchmark.
    """

    delta_usd: float
    gamma_usd: float
    theta_usd: float
    vega_usd: float
    rho_usd: float
    beta_delta: float
    beta_gamma_usd: float
    undetermined: Mask


def net_greeks(book: Book, benchmark_price: float) -> NetGreeks:
    """Net Greeks of a book. Money is in the currency of its prices.

    :param benchmark_price: price of what betas refer to; not above zero gives NaN beta-weighted figures
    """
    units = book.quantity * book.multiplier
    delta, gamma, theta, vega, rho = _per_unit(book)
    undetermined = np.isnan(delta + gamma + theta + vega + rho) | ~np.isfinite(units * book.spot * book.beta)
    value = units * delta * book.spot
    move_gamma = units * gamma * book.spot**2 / 100
    price = benchmark_price if 0 < benchmark_price < np.inf else np.nan
    return NetGreeks(
        delta_usd=float(value.sum()),
        gamma_usd=float(move_gamma.sum()),
        theta_usd=float((units * theta).sum()),
        vega_usd=float((units * vega).sum()),
        rho_usd=float((units * rho).sum()),
        beta_delta=float((value * book.beta).sum() / price),
        beta_gamma_usd=float((move_gamma * book.beta**2).sum() * (price / price)),
        undetermined=undetermined,
    )


def _per_unit(book: Book) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Delta, gamma, theta, vega and rho of one unit of each holding; one call per exercise style."""
    found = [np.where(book.right == 0, each, np.nan) for each in (1.0, 0.0, 0.0, 0.0, 0.0)]
    for style, chosen in (("european", ~book.american), ("american", book.american)):
        rows = np.flatnonzero(chosen & (book.right != 0))
        if len(rows):
            priced = greeks(
                book.spot[rows], book.strike[rows], book.years[rows], book.volatility[rows], book.rate[rows],
                book.dividend_yield[rows], book.right[rows], style=style,
            )  # fmt: skip
            for column, name in zip(found, ("delta", "gamma", "theta", "vega", "rho"), strict=True):
                column[rows] = getattr(priced, name)
    delta, gamma, theta, vega, rho = found
    return delta, gamma, theta, vega, rho
