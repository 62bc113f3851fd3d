"""One feature as the page shows it: everything is measured and said here, nothing is left to the template."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from kedge.adapters.presentation import charts, sentences, words
from kedge.adapters.presentation.told import told
from kedge.adapters.presentation.words import NOTHING, number, percent
from kedge.analysis.drift import exceeds
from kedge.analysis.profile import Feature
from kedge.analysis.statistics.completeness import completeness
from kedge.analysis.statistics.distinct_count import distinct_count
from kedge.analysis.statistics.max import max as largest
from kedge.analysis.statistics.mean import mean
from kedge.analysis.statistics.min import min as smallest
from kedge.analysis.statistics.quantile import quantile
from kedge.analysis.statistics.std_dev import std_dev
from kedge.analysis.statistics.type_shares import type_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kedge.adapters.presentation.told import Told
    from kedge.analysis.report import DriftDistance, Report, Sides
    from kedge.analysis.severity import Severity

    Row = tuple[str, Callable[[Feature], float | None], Callable[[float | None], str]]

_FACTS: tuple[Row, ...] = (
    ("present", completeness, percent),
    ("values", lambda feature: feature.types.present if feature.types.total else None, number),
    ("distinct", distinct_count, number),
    ("infinite", lambda feature: feature.moments.infinite or None, number),
    ("mean", mean, number),
    ("std deviation", std_dev, number),
    ("minimum", smallest, number),
    ("maximum", largest, number),
)
_QUANTILES: tuple[Row, ...] = tuple(
    (f"p{100 * q:g}", partial(quantile, q=q), number) for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
)
# In every row the threshold stands at a third of the bar.
_BAR_RATIO = 3
_FAR = 1e6


@dataclass(frozen=True)
class Line:
    """One line of a table: what it is of, in the baseline and in the window."""

    label: str
    baseline: str
    window: str


@dataclass(frozen=True)
class Drift:
    """A drift distance beside its threshold; ``ratio`` is 1 at the threshold and larger beyond."""

    distance: str
    threshold: str
    ratio: float
    over: bool

    @property
    def bar(self) -> float:
        """The length of the bar, 0 to 1."""
        return min(1.0, self.ratio / _BAR_RATIO)


@dataclass(frozen=True)
class Card:
    """What is known of one feature; ``demanded`` is the type that its constraint names."""

    place: int
    feature: str
    demanded: str | None
    findings: tuple[Told, ...]
    distance: DriftDistance | None
    baseline: Feature | None
    window: Feature | None
    statistics: Mapping[str, Sides] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """The name that links inside the page use."""
        return f"f{self.place}"

    @property
    def severity(self) -> Severity | None:
        """How much the worst of its violations matters."""
        return self.findings[0].severity if self.findings else None

    @property
    def name(self) -> str:
        """The feature's name, safe to show."""
        return words.plain(self.feature)

    @cached_property
    def sides(self) -> tuple[Feature, Feature]:
        """Baseline and window, where one is absent as a feature of which nothing was seen."""
        return self.baseline or Feature(), self.window or Feature()

    @property
    def type(self) -> str:
        """The type in the window, and the baseline's where that was another."""
        before, after = (side.types.inferred_type for side in self.sides)
        known = dict.fromkeys(str(kind) for kind in (before, after) if kind != "Unknown")
        return " → ".join(known) or self.demanded or "Unknown"

    @property
    def present(self) -> float | None:
        """The share of the window's rows that hold a value."""
        return completeness(self.sides[1])

    @property
    def change(self) -> str:
        """The mean in baseline and window, or for texts the number of distinct values."""
        numeric = any(side.moments.count for side in self.sides)
        before, after = (number((mean if numeric else distinct_count)(side)) for side in self.sides)
        return after if before in (after, NOTHING) else f"{before} → {after}"

    @property
    def of_window(self) -> bool:
        """Whether this is no feature, but demanded of the window as a whole."""
        return self.baseline is None and self.window is None and self.demanded is None

    @property
    def note(self) -> str:
        """What there is to say where nothing can be compared."""
        if self.of_window:
            return "This is demanded of the window as a whole."
        if self.window is None:
            return "The window does not have this column."
        if self.baseline is None and self.demanded is None:
            return "The baseline does not have this column."
        return "" if self.window.types.present else "Every value of the window is missing."

    @cached_property
    def drift(self) -> Drift | None:
        """The drift distance, where there is one."""
        if self.distance is None:
            return None
        distance, threshold = self.distance.distance, self.distance.threshold
        # A p-value is the farther the smaller it is.
        far, near = (threshold, distance) if self.distance.p_value else (distance, threshold)
        ratio = round(min(far / near, _FAR), 3) if near else _FAR * (far > 0)
        return Drift(words.distance(distance), number(threshold, 3), ratio, exceeds(self.distance))

    @cached_property
    def histogram(self) -> charts.Chart | None:
        """Both numeric distributions."""
        return charts.histogram(*self.sides)

    @cached_property
    def categories(self) -> list[charts.Category]:
        """The most frequent categories."""
        return charts.categories(*self.sides)

    @cached_property
    def spark(self) -> charts.Chart | None:
        """The small chart of the table; the large one shows the same paths again."""
        return self.histogram or charts.bars(self.categories)

    @property
    def facts(self) -> list[Line]:
        """Counts and moments, what statistics of plugins say, and how the types divide where there is more than one."""
        shares = [type_shares(side) or {} for side in self.sides]
        kinds = [kind for kind in shares[0] or shares[1] if any(side.get(kind) for side in shares)]
        types = [Line(kind, *(percent(side.get(kind)) for side in shares)) for kind in kinds]
        plugged = [Line(words.plain(name), number(s.baseline), number(s.window)) for name, s in self.statistics.items()]
        return self._lines(_FACTS) + plugged + (types if len(types) > 1 else [])

    @cached_property
    def quantiles(self) -> list[Line]:
        """Quantiles, denser towards the ends."""
        return self._lines(_QUANTILES)

    def _lines(self, rows: Iterable[Row]) -> list[Line]:
        lines = (Line(label, *(say(of(side)) for side in self.sides)) for label, of, say in rows)
        return [line for line in lines if {line.baseline, line.window} != {NOTHING}]


def cards(report: Report) -> list[Card]:
    """Return a card for every feature, those with violations first, the worst of them before all."""
    fired = told(report).by_subject
    demanded = {feature.name: feature.inferred_type for feature in report.baseline.constraints.features}
    return [
        Card(
            place,
            name,
            demanded.get(name),
            tuple(fired.get(name, ())),
            report.summary.distances.get(name),
            report.baseline_features.get(name),
            report.profile.features.get(name),
            {key: found[name] for key, found in report.summary.statistics.items() if name in found},
        )
        for place, name in enumerate(dict.fromkeys([*fired, *sentences.names(report)]))
    ]
