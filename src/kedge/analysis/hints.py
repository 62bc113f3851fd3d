"""What may be behind a drift: a conversion that turns the baseline into the window, such as miles to kilometres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.statistics.mean import mean
from kedge.analysis.statistics.std_dev import std_dev

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kedge.analysis.profile import Feature
    from kedge.analysis.sketches.kll import Kll

# How many of the first make one of the second: units that are taken for each other.
_UNITS = (
    (1.609344, "kilometres", "miles"),
    (3.280839895, "feet", "metres"),
    (12.0, "inches", "feet"),
    (2.54, "centimetres", "inches"),
    (2.2046226218, "pounds", "kilograms"),
    (28.349523125, "grams", "ounces"),
    (3.785411784, "litres", "gallons"),
    (3.6, "kilometres an hour", "metres a second"),
    (60.0, "seconds", "minutes"),
    (3600.0, "seconds", "hours"),
    (24.0, "hours", "days"),
    (10.0, "tenths", "whole units"),
    (100.0, "percent", "shares"),
    (1000.0, "thousandths", "whole units"),
    (1e6, "millionths", "whole units"),
)
_SHARES = np.arange(1, 20) / 20
_FEWEST_PLACES = 5
# Beyond, products of factors overflow.
_LARGEST = 1e150
# c(alpha) of the Kolmogorov-Smirnov test at alpha = 0.01, and how much of it small samples are granted.
_CRITICAL, _MOST_CHANCE = 1.63, 0.15
_SMALL_GAP = 0.05
# The normal quantile at 0.995, and within which bounds, in standard deviations, it lets means lie apart.
_NORMAL, _MEANS_APART = 2.58, (0.02, 0.06)
_BETTER = 3
_BLUR = 0.02


@dataclass(frozen=True)
class Conversion:
    """``factor * value + offset``, and what it would mean."""

    factor: float
    offset: float
    meaning: str

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return converted values, ascending where the values are: a negative factor turns their order round."""
        return (self.factor * values + self.offset)[:: 1 if self.factor > 0 else -1]


def hint(baseline: Feature, window: Feature) -> str:
    """Return in a sentence which conversion of the baseline gives the window; empty where none does.

    Known are the ratios of common units, a turned sign, temperatures, and values standardised by the
    baseline's own mean and deviation. The one is taken whose quantiles at 0.05, 0.1 … 0.95 lie nearest to
    those of the window, and it is said only where the whole distribution agrees: the largest difference of
    the two distribution functions is at most a third of what it was before the conversion, and at most 0.05
    or what chance explains, 1.63 √((n + m) / (n m)), of which no more than 0.15 is granted; and the means lie
    no farther apart than 2.58 of their standard errors, at least 0.02 and at most 0.06 standard deviations.
    Conversions round, so values count as equal within 2 % of the window's interquartile range, whole numbers
    within a half.

    Nothing is said where the quantiles of either side take fewer than five values: too much would fit them.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> baseline, window = (Feature().update(column([u * i * i for i in range(1000)])) for u in (1.0, 1.609344))
    >>> hint(baseline, window)
    'Every part of the distribution is about 1.61 times what it was, as if kilometres were sent for miles.'
    """
    chance = _chance(baseline.kll.count, window.kll.count)
    if chance > _MOST_CHANCE:
        return ""
    before, after = (feature.kll.quantile(_SHARES) for feature in (baseline, window))
    if min(len(np.unique(before)), len(np.unique(after))) < _FEWEST_PLACES or np.abs(before).max() > _LARGEST:
        return ""
    best = min(_conversions(baseline), key=lambda conversion: float(np.abs(conversion(before) - after).sum()))
    blur = max(_BLUR * float(after[14] - after[4]), 0.0 if window.types.fractional else 0.5)
    left = _gap(baseline.kll, window.kll, blur, best)
    fits = left <= max(_SMALL_GAP, chance) and _BETTER * left <= _gap(baseline.kll, window.kll, blur)
    return best.meaning if fits and _means_agree(baseline, window, best) else ""


def _chance(n: int, m: int) -> float:
    return _CRITICAL * ((n + m) / (n * m)) ** 0.5 if n and m else np.inf


def _means_agree(baseline: Feature, window: Feature, conversion: Conversion) -> bool:
    """Return whether the means are one after the conversion: of a wide distribution they tell more than its shape."""
    before, after, spread = mean(baseline), mean(window), std_dev(window)
    if before is None or after is None or spread is None:
        return False
    chance = _NORMAL * (1 / baseline.moments.count + 1 / window.moments.count) ** 0.5
    apart = abs(conversion.factor * before + conversion.offset - after)
    return apart <= spread * float(np.clip(chance, *_MEANS_APART))


def _conversions(baseline: Feature) -> Iterator[Conversion]:
    for ratio, small, large in _UNITS:
        yield _ratio(ratio, small, large)
        yield _ratio(1 / ratio, large, small)
    yield Conversion(-1, 0, "The distribution is what it was with the sign turned.")
    fahrenheit, celsius, kelvin = "degrees Fahrenheit", "degrees Celsius", "kelvins"
    yield Conversion(1.8, 32, f"The distribution is 1.8 times what it was, plus 32, {_as_if(fahrenheit, celsius)}")
    yield Conversion(
        1 / 1.8, -32 / 1.8, f"The distribution is what it was less 32, divided by 1.8, {_as_if(celsius, fahrenheit)}"
    )
    yield Conversion(1, 273.15, f"The distribution is what it was plus 273.15, {_as_if(kelvin, celsius)}")
    yield Conversion(1, -273.15, f"The distribution is what it was less 273.15, {_as_if(celsius, kelvin)}")
    centre, spread = mean(baseline), std_dev(baseline)
    if centre is not None and spread:
        meaning = f"The distribution is what it was in standard deviations, {_as_if('standardised values', 'raw ones')}"
        yield Conversion(1 / spread, -centre / spread, meaning)


def _ratio(ratio: float, sent: str, expected: str) -> Conversion:
    times = f"{float(f'{ratio:.3g}'):,.10g}"
    return Conversion(
        ratio, 0, f"Every part of the distribution is about {times} times what it was, {_as_if(sent, expected)}"
    )


def _as_if(sent: str, expected: str) -> str:
    return f"as if {sent} were sent for {expected}."


def _gap(baseline: Kll, window: Kll, blur: float, conversion: Conversion | None = None) -> float:
    """Return the largest difference of two distribution functions, where values within ``blur`` count as equal."""
    values, weights = baseline.items()
    if conversion:
        values, weights = conversion(values), weights[:: 1 if conversion.factor > 0 else -1]
    shares = np.concatenate([[0], np.cumsum(weights)]) / weights.sum()
    points = np.concatenate([values + blur, window.items()[0]])
    most = shares[np.searchsorted(values, points + blur, side="right")]
    least = shares[np.searchsorted(values, points - blur, side="right")]
    seen = window.cdf(points)
    return float(np.maximum(seen - most, least - seen).max())
