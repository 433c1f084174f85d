"""Black's formula and its sensitivities, as QuantLib's `BlackCalculator` defines them."""

import math
from dataclasses import dataclass

_TINY = 2.0**-52


def normal_cdf(x: float) -> float:
    """Cumulative normal distribution."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def normal_density(x: float) -> float:
    """Density of the normal distribution."""
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """What an engine gives; None where it does not. Theta per year, vega and rho per 1.00, elasticity = lambda."""

    value: float
    delta: float | None = None
    gamma: float | None = None
    theta: float | None = None
    vega: float | None = None
    rho: float | None = None
    elasticity: float | None = None


class BlackCalculator:
    """A call (`right` +1) or put (-1) on a forward with a standard deviation up to expiry."""

    def __init__(self, right: int, strike: float, forward: float, deviation: float, discount: float) -> None:
        self.strike, self.forward, self.deviation, self.discount = strike, forward, deviation, discount
        if deviation >= _TINY:
            self.d1 = math.log(forward / strike) / deviation + 0.5 * deviation
            self.d2 = self.d1 - deviation
            inside, cash = normal_cdf(self.d1), normal_cdf(self.d2)
            self._n1, self._n2 = normal_density(self.d1), -normal_density(self.d2)
        else:
            self.d1 = self.d2 = self._n1 = self._n2 = 0.0
            inside = cash = 1.0 if forward > strike else 0.0
        self._alpha = inside if right > 0 else inside - 1
        self._beta = -cash if right > 0 else 1 - cash

    @property
    def value(self) -> float:
        """Price."""
        return self.discount * (self.forward * self._alpha + self.strike * self._beta)

    def delta(self, spot: float) -> float:
        """Change per unit of spot. Raises ZeroDivisionError without deviation, like the others below."""
        width = self.deviation * spot
        slope = self._n1 / width * self.forward + self._alpha * self.forward / spot + self._n2 / width * self.strike
        return self.discount * slope

    def gamma(self, spot: float) -> float:
        """Change of delta per unit of spot."""
        width = self.deviation * spot
        a, b = self._n1 / width, self._n2 / width
        bend_a = -a / spot * (1 + self.d1 / self.deviation)
        bend_b = -b / spot * (1 + self.d2 / self.deviation)
        return self.discount * (bend_a * self.forward + 2 * a * self.forward / spot + bend_b * self.strike)

    def theta(self, spot: float, years: float) -> float:
        """Change per year that passes."""
        if not years:
            return 0.0
        drift = math.log(self.discount) * self.value + math.log(self.forward / spot) * spot * self.delta(spot)
        return -(drift + 0.5 * self.deviation * self.deviation * spot * spot * self.gamma(spot)) / years

    def vega(self, years: float) -> float:
        """Change per 1.00 of volatility."""
        shift = math.log(self.strike / self.forward) / (self.deviation * self.deviation)
        slope = self._n1 * (shift + 0.5) * self.forward + self._n2 * (shift - 0.5) * self.strike
        return self.discount * math.sqrt(years) * slope

    def rho(self, years: float) -> float:
        """Change per 1.00 of the rate."""
        a, b = self._n1 / self.deviation, self._n2 / self.deviation
        slope = a * self.forward + self._alpha * self.forward + b * self.strike
        return years * (self.discount * slope - self.value)

    def elasticity(self, spot: float) -> float:
        """Relative change per relative change of spot."""
        value, delta = self.value, self.delta(spot)
        if value > _TINY:
            return delta / value * spot
        return 0.0 if abs(delta) < _TINY else math.copysign(math.inf, delta)

    def everything(self, spot: float, years: float) -> Sensitivities:
        """All of it."""
        return Sensitivities(
            self.value,
            self.delta(spot),
            self.gamma(spot),
            self.theta(spot, years),
            self.vega(years),
            self.rho(years),
            self.elasticity(spot),
        )
