"""Every facet's two sides, and every metric of them, with how far chance may have moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.bias.contingency import NO_GROUP, Contingency, Flips
from kedge.analysis.bias.neighbours import Sampled
from kedge.analysis.bias.plan import BETWEEN, threshold
from kedge.analysis.bias.states import AMONG, BEYOND, MISSING, NAMES
from kedge.analysis.bias.tally import ANSWERS, LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from kedge.analysis.bias.bias import Answered, Bias
    from kedge.analysis.bias.plan import Facet
    from kedge.analysis.bias.tally import Tally
    from kedge.analysis.bias_metrics import BiasMetric

CONFIDENCE: Final = 1.959963984540054  # standard deviations of a normal 95 % interval
MANY_VALUES: Final = "The facet has more than 100 values: name those that may be at a disadvantage"
MANY_GROUPS: Final = "The group variable has too many values, so groups are not told apart"
NO_THRESHOLD: Final = "A facet of numbers needs a threshold: give its value_or_threshold"


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of two sides; without ``value`` the ``error`` says why.

    The standard deviation is that of the 50 replicas of a bootstrap, or None where not even half of them have a value.
    """

    name: str
    description: str
    value: float | None = None
    standard_deviation: float | None = None
    error: str | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The normal bootstrap interval: with 95 % confidence the metric lies in it."""
        if self.value is None or self.standard_deviation is None:
            return None
        reach = CONFIDENCE * self.standard_deviation
        return self.value - reach, self.value + reach


@dataclass(frozen=True, slots=True)
class Sides:
    """Two sides of a facet: who is at a disadvantage, in the service's words, and the counts.

    ``counts`` is None where there is an ``error`` for every metric.
    """

    facet: str
    told: str
    counts: Contingency | None = None
    error: str | None = None

    def measures(self, metrics: Mapping[str, BiasMetric]) -> list[Measure]:
        """Return every metric, in order; one that fails says so and no other does."""
        return [self._measure(metric) for metric in metrics.values()]

    def _measure(self, metric: BiasMetric) -> Measure:
        error = self.error if self.counts is None else metric.error(self.counts)
        if self.counts is None or error:
            return Measure(metric.name, metric.description, error=error)
        values = metric(self.counts)
        return Measure(metric.name, metric.description, float(values[0]), _spread(values))


@dataclass(frozen=True)
class Reader:
    """Reads a sketch whose columns' kinds are decided; without ``flip`` there is no flip test."""

    bias: Bias
    flip: bool = True

    def sides(self) -> Iterator[Sides]:
        """Yield the sides of every facet, then of every intersection."""
        for key, part in self.bias.plan.parts.items():
            if part[0].values:
                told = BETWEEN.join(map(self._told, part))
                yield self._sides(key, part, told, {"\x1f".join(map(self._state, part))})
            else:
                yield from self._each(part[0])

    @property
    def positive(self) -> str:
        """The positive labels, in the service's words."""
        plan = self.bias.plan
        return ",".join(map(str, plan.positive)) if not self._continuous("") else self._interval("", plan.positive)

    @property
    def everybody(self) -> Contingency:
        """All rows on one side."""
        tally = next((tally for tally in self.bias.facets.values() if not tally.many_values), None)
        return Contingency.of([], []) if tally is None else self._contingency(tally, set())

    def _each(self, facet: Facet) -> Iterator[Sides]:
        """Yield each value of a facet against all others."""
        tally = self.bias.facets[facet.key]
        if self._continuous(facet.key):
            yield Sides(facet.name, "", error=NO_THRESHOLD)
        elif tally.many_values:
            yield Sides(facet.name, "", error=MANY_VALUES)
        else:
            yield from (self._sides(facet.key, (facet,), value, {value}) for value in tally.values if value)

    def _sides(self, key: str, part: tuple[Facet, ...], told: str, texts: set[str]) -> Sides:
        counts = self._contingency(self.bias.facets[key], texts)
        flips = self._flips(part, texts) if self.flip else Flips()
        return Sides(BETWEEN.join(facet.name for facet in part), told, replace(counts, flips=flips))

    def _contingency(self, tally: Tally, texts: set[str]) -> Contingency:
        side = np.array([value in texts for value in tally.values], np.int64)
        counts = np.stack([tally.counts[:, side == 0].sum(1), tally.counts[:, side == 1].sum(1)], 2)
        labels = np.arange(LABELS) == (BEYOND if self._continuous("") else AMONG)
        told = np.stack([counts[..., ~labels, :].sum(-2), counts[..., labels, :].sum(-2)], -2).astype(np.float64)
        answers, none = self._positive(np.arange(ANSWERS)), np.arange(ANSWERS) == MISSING
        answered = np.stack([told[..., ~answers & ~none].sum(-1), told[..., answers].sum(-1)], -1)
        strata = np.array(
            [self.bias.plan.group is not None and not tally.many_groups and g != "" for g in tally.groups]
        )
        why = MANY_GROUPS if tally.many_groups else NO_GROUP
        return Contingency(told.sum(-1), answered, strata.astype(bool), why)

    def _positive(self, states: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return which states of an answer are positive."""
        bit = BEYOND if self._continuous("") else AMONG
        found: NDArray[np.bool_] = (states & bit).astype(bool)
        return found

    @cached_property
    def _sampled(self) -> Sampled:
        return Sampled.of(self.bias)

    def _flips(self, part: tuple[Facet, ...], texts: set[str]) -> Flips:
        def side(told: Answered) -> NDArray[np.bool_]:
            found = told.crossed(part)
            return np.array([text in texts for text in found.texts], bool)[found.places]

        return self._sampled.flips([facet.name for facet in part], side, lambda told: self._positive(told.answer))

    def _state(self, facet: Facet) -> str:
        return NAMES[BEYOND if self._continuous(facet.key) else AMONG]

    def _told(self, facet: Facet) -> str:
        return self._interval(facet.name, facet.values) if self._continuous(facet.key) else facet.told

    def _continuous(self, key: str) -> bool:
        return self.bias.plan.kinds.get(key) == "continuous"

    def _interval(self, name: str, values: tuple[object, ...]) -> str:
        """Return the interval above a threshold, closed by the highest number that was seen."""
        low = threshold(values)  # type: ignore[arg-type]
        if low is None:
            return ""
        top = max(self.bias.tops.get(name, low), low)
        whole = low.is_integer() and top.is_integer() and not isinstance(values[0], float)
        return f"({int(low)}, {int(top)}]" if whole else f"({low}, {top}]"


def _spread(values: NDArray[np.float64]) -> float | None:
    drawn = values[1:]
    finite = drawn[np.isfinite(drawn)]
    return float(finite.std()) if math.isfinite(values[0]) and 2 * len(finite) >= max(len(drawn), 4) else None
