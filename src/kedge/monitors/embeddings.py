"""Embeddings: do the vectors of texts, images or anything else still point where those of the training set did?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from kedge.analysis.embeddings import summarize
from kedge.analysis.embeddings.documents import (
    METRICS,
    EmbeddingConstraints,
    EmbeddingStatistics,
    EmbeddingViolations,
    is_embeddings,
)
from kedge.analysis.embeddings.embeddings import KEPT
from kedge.analysis.embeddings.embeddings import Embeddings as Sketch
from kedge.analysis.embeddings.evaluate import evaluate, refuse_unknown
from kedge.analysis.embeddings.summary import (
    EmbeddingsBaseline,
    EmbeddingsFinding,
    EmbeddingsReport,
    EmbeddingsSummary,
)
from kedge.analysis.embeddings.watch import Watch
from kedge.analysis.profile import together
from kedge.analysis.quality.documents import QualityViolation
from kedge.analysis.quality.summary import MetricSides
from kedge.analysis.report import Documents, Mode, Reading
from kedge.analysis.vector_distances import vector_distances
from kedge.domain.dataset import Expectation
from kedge.errors import InputError, SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.analysis.embeddings.directions import Directions
    from kedge.analysis.profile import Profile
    from kedge.analysis.report import Stamp
    from kedge.ports import Source

KEYS = set(QualityViolation.model_fields)


def remembered(profiles: Sequence[Profile]) -> Sketch | None:
    """Return what profiles remember of vectors; None where they are of another monitor."""
    found = together(profiles).joints.get("embeddings")
    return found if isinstance(found, Sketch) else None


def sides(baseline: EmbeddingsBaseline | None, profiles: Sequence[Profile]) -> tuple[Directions, Directions] | None:
    """Return the vectors of baseline and window that can be compared; None where a side has none."""
    known, seen = (remembered(found) for found in (baseline.profiles if baseline else (), profiles))
    if known is None or seen is None or known.size is None or known.size not in seen.lengths:
        return None
    return known.lengths[known.size], seen.lengths[known.size]


def outline(statistics: EmbeddingStatistics, violations: EmbeddingViolations) -> EmbeddingsSummary:
    """Return what can be told of a report that lost its summary."""
    return EmbeddingsSummary(
        kedge="",
        created=statistics.dataset.evaluation_time or "",
        reading=Reading(rows=statistics.dataset.item_count),
        findings=[EmbeddingsFinding(**violation.model_dump(include=KEYS)) for violation in violations.violations],
        column=statistics.embedding_metrics.column,
        dimension=statistics.embedding_metrics.dimension,
        metrics=_sides(statistics, None),
    )


def stored(
    summary: EmbeddingsSummary,
    statistics: EmbeddingStatistics,
    constraints: EmbeddingConstraints | None,
    violations: EmbeddingViolations,
    profiles: tuple[Profile, ...],
) -> EmbeddingsReport:
    """Return the report whose files these are."""
    if constraints is None:
        raise InputError("The report has no constraints.", next_step="Check the window again.")
    return EmbeddingsReport(summary, statistics, constraints, violations, profiles)


@dataclass(frozen=True)
class Embeddings:
    """The monitor.

    Parameters
    ----------
    column
        The column of the vectors; None takes the baseline's.
    kept
        How many vectors a profile keeps; 0 keeps none, and no other column of a row either.
    """

    documents: ClassVar[Documents] = Documents(
        monitor="embeddings",
        statistics=EmbeddingStatistics,
        constraints=EmbeddingConstraints,
        violations=EmbeddingViolations,
        summary=EmbeddingsSummary,
        owns=is_embeddings,
        outline=outline,
        baseline=EmbeddingsBaseline,
        report=stored,
    )

    needs_labels: ClassVar[bool] = False

    column: str | None = None
    kept: int = KEPT

    def learn(self, source: Source) -> EmbeddingsBaseline:
        """Return where vectors that are known to be good point."""
        if self.column is None:
            raise SettingError(
                "Embeddings need to know the column of the vectors.", field="--column", next_step="Give --column."
            )
        watch = Watch(self.column, None)
        profiles, reading = source.profile(
            Expectation(vector=self.column), [watch], {"embeddings": Sketch(self.column, self.kept)}
        )
        found = _seen(profiles, self.column, reading)
        constraints = summarize.constraints(found)
        if constraints is None:
            raise InputError(
                f"No vector can be used. {watch.unusable[0].reason if watch.unusable else ''}".rstrip(),
                file=", ".join(reading.inputs),
                field=self.column,
                next_step="Give a column whose values are lists of numbers.",
            )
        return EmbeddingsBaseline(
            statistics=summarize.statistics(found, found.size),
            constraints=constraints,
            profiles=tuple(profiles),
            reading=reading.noted([*_unusable(found, found.size), *watch.notes(", ".join(reading.inputs))]),
            source=", ".join(reading.inputs),
        )

    def check(self, source: Source, baseline: EmbeddingsBaseline, mode: Mode, stamp: Stamp) -> EmbeddingsReport:
        """Hold rows against a baseline."""
        known, direction = _known(baseline)
        column = self.column or known.column
        hashed = any(profile.hashed for profile in baseline.profiles)
        kept = 0 if hashed else self.kept
        watch = Watch(column, known.size, direction.mean, raw_values=kept > 0)
        profiles, reading = source.profile(self.expected(baseline), [watch], {"embeddings": Sketch(column, kept)})
        _seen(profiles, column, reading)
        noted = reading.noted(list(watch.notes(", ".join(reading.inputs))))
        report = self._judged(baseline, profiles, noted, mode, stamp)
        told = {"farthest": watch.farthest, "unusable": watch.unusable}
        return replace(report, summary=report.summary.model_copy(update=told))

    def judge(
        self, url: str, profiles: Sequence[Profile], baseline: EmbeddingsBaseline, mode: Mode, stamp: Stamp
    ) -> EmbeddingsReport:
        """Hold stored profiles against a baseline; which rows are the farthest is not known."""
        if remembered(profiles) is None:
            raise InputError(
                "The profile remembers no vectors.", file=url, next_step="Give the profile of a report of embeddings."
            )
        rows = sum(profile.rows for profile in profiles)
        reading = Reading(inputs=[url], format="profile", files=1, rows=rows)
        return self._judged(baseline, profiles, reading, mode, stamp)

    def expected(self, baseline: EmbeddingsBaseline) -> Expectation:
        """Return what the baseline lets one expect."""
        column = self.column or baseline.constraints.embedding_constraints.column
        hashed = any(profile.hashed for profile in baseline.profiles)
        return Expectation(names=tuple(together(baseline.profiles).features), hashed=hashed, vector=column)

    def _judged(
        self, baseline: EmbeddingsBaseline, profiles: Sequence[Profile], reading: Reading, mode: Mode, stamp: Stamp
    ) -> EmbeddingsReport:
        known, direction = _known(baseline)
        seen = remembered(profiles) or Sketch(known.column)
        items = vector_distances()
        refuse_unknown(baseline.constraints, items)
        window = together(profiles).window
        statistics = summarize.statistics(seen, known.size, direction, items, window=window, evaluated=stamp.created)
        findings, notes = evaluate(baseline.constraints, known, seen, statistics, mode)
        summary = EmbeddingsSummary(
            kedge=stamp.version,
            created=stamp.created,
            mode=mode,
            baseline=baseline.source,
            window_start=statistics.dataset.start_time,
            window_end=statistics.dataset.end_time,
            reading=reading.noted([*_unusable(seen, known.size), *notes]),
            findings=findings,
            column=seen.column,
            dimension=known.size,
            metrics=_sides(statistics, baseline),
            tests=statistics.embedding_metrics.tests,
        )
        return EmbeddingsReport(
            summary=summary,
            statistics=statistics,
            constraints=summarize.constraints(seen) or baseline.constraints,
            violations=EmbeddingViolations(
                violations=[QualityViolation(**finding.model_dump(include=KEYS)) for finding in findings]
            ),
            profiles=tuple(profiles),
            baseline=baseline,
        )


def _known(baseline: EmbeddingsBaseline) -> tuple[Sketch, Directions]:
    """Return the vectors of a baseline, all and those that count.

    Raises
    ------
    InputError
        It has none, as where its profile is away.
    """
    known = remembered(baseline.profiles)
    size = baseline.constraints.embedding_constraints.dimension
    if known is None or size not in known.lengths:
        raise InputError(
            f"The baseline remembers no vectors of {size} numbers.",
            file=baseline.source,
            next_step="Keep its profile.json beside the constraints, or learn it anew: kedge baseline.",
        )
    return known, known.lengths[size]


def _seen(profiles: Sequence[Profile], column: str, reading: Reading) -> Sketch:
    found = remembered(profiles)
    if found is None or found.missing == found.rows:
        raise InputError(
            f"No row has a vector in the column {column!r}.",
            file=", ".join(reading.inputs),
            next_step="Name the column whose values are lists of numbers: --column.",
        )
    return found


def _unusable(found: Sketch, size: int | None) -> list[str]:
    """Return how many vectors cannot be used, in sentences."""
    others = {f"have {other:,} numbers, not {size:,}": side.count for other, side in found.lengths.items()
              if size and other != size}  # fmt: skip
    reasons = {"are missing": found.missing, "are all zeros": found.zero, "are not finite": found.not_finite, **others}
    return [f"Of {found.rows:,} vectors {rows:,} {why}." for why, rows in reasons.items() if rows]


def _sides(window: EmbeddingStatistics, baseline: EmbeddingsBaseline | None) -> dict[str, MetricSides]:
    """Return every metric of the window, beside the baseline's and what is demanded."""
    known = baseline.statistics.embedding_metrics.scalars if baseline and baseline.statistics else {}
    demanded = baseline.constraints.embedding_constraints.metrics if baseline else {}
    found = window.embedding_metrics.scalars
    return {
        name: MetricSides(
            value=found[name].value,
            standard_deviation=found[name].spread,
            baseline=known[name].value if name in known else None,
            baseline_standard_deviation=known[name].spread if name in known else None,
            threshold=demanded[name].threshold if name in demanded else None,
            operator=demanded[name].comparison_operator if name in demanded else None,
        )
        for name in METRICS
        if name in found
    }
