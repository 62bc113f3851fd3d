"""Model quality: does the model foretell what turns out to be true? (model-quality.md)"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, ClassVar

from kedge.analysis.profile import Profile, together
from kedge.analysis.quality import suggest, summarize
from kedge.analysis.quality.changes import changes
from kedge.analysis.quality.documents import (
    QualityConstraints,
    QualityStatistics,
    QualityViolation,
    QualityViolations,
    is_quality,
)
from kedge.analysis.quality.evaluate import evaluate, held_back
from kedge.analysis.quality.measures import undefined
from kedge.analysis.quality.quality import Quality
from kedge.analysis.quality.remarks import remarks
from kedge.analysis.quality.report import MetricFinding
from kedge.analysis.quality.selection import selection
from kedge.analysis.quality.summary import Coverage, MetricSides, QualityBaseline, QualityReport, QualitySummary
from kedge.analysis.report import Documents, Mode, Reading
from kedge.analysis.retraining.recent import KEPT
from kedge.domain.dataset import Expectation
from kedge.domain.documents import to_document
from kedge.domain.roles import Problem, Roles, named
from kedge.domain.wire import GROUND_TRUTH_DATA, RECENT_FILE
from kedge.errors import InputError, SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.analysis.metrics import Metric
    from kedge.analysis.report import Joined, Stamp
    from kedge.ports import Source

SEGMENT_ROWS = 200
KEYS = set(QualityViolation.model_fields)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for; None leaves a role to the baseline, or to the defaults of :class:`Roles`.

    Below ``segment_rows`` rows, 200 by default, a segment is not judged.
    """

    problem: Problem | None = None
    label: str | None = None
    prediction: str | None = None
    probability: str | None = None
    threshold: float | None = None
    positive: str | None = None
    segments: tuple[str, ...] = ()
    segment_rows: int | None = None

    def roles(self, known: Roles | None = None) -> Roles:
        """Return the roles, those that the baseline knows where nothing else was named."""
        named = {f.name: value for f in fields(Roles) if (value := getattr(self, f.name, None)) not in (None, ())}
        if known:
            if self.prediction or self.probability:  # who names one means all
                known = replace(known, **{"prediction": None, "probability": None} | named)
            return replace(known, **named)
        for role, option in (("problem", "--problem-type"), ("label", "--label")):
            if role not in named:
                raise SettingError(
                    f"Model quality needs to know the {role}.", field=option, next_step=f"Give {option}."
                )
        return Roles(**named)


NOTHING_NAMED = Asked()


def remembered(profiles: Sequence[Profile]) -> Quality | None:
    """Return what profiles remember of labels and predictions; None where they are of another monitor."""
    found = together(profiles).joints.get("quality")
    return found if isinstance(found, Quality) else None


def known_roles(baseline: QualityBaseline) -> Roles | None:
    """Return the roles of a baseline's columns, its prediction columns in their order; None of one without profile."""
    quality = remembered(baseline.profiles)
    if quality is None:
        return None
    features = list(together(baseline.profiles).features)
    roles = quality.roles.within(features)
    answers = {roles.prediction, roles.probability}
    return replace(roles, answers=tuple(name for name in features if name in answers))


def outline(statistics: QualityStatistics, violations: QualityViolations) -> QualitySummary:
    """Return what can be told of a report that has no summary, since the service wrote it."""
    return QualitySummary(
        kedge="",
        created=statistics.dataset.evaluation_time or "",
        mode="sagemaker",
        window_start=statistics.dataset.start_time,
        window_end=statistics.dataset.end_time,
        reading=Reading(rows=statistics.dataset.item_count),
        findings=[MetricFinding(**violation.model_dump(include=KEYS)) for violation in violations.violations],
        problem=statistics.problem,
        metrics=_sides(statistics, None, None),
    )


def stored(
    summary: QualitySummary,
    statistics: QualityStatistics,
    constraints: QualityConstraints | None,
    violations: QualityViolations,
    profiles: tuple[Profile, ...],
) -> QualityReport:
    """Return the report whose files these are."""
    return QualityReport(summary, statistics, constraints or suggest.constraints(statistics), violations, profiles)


@dataclass(frozen=True)
class ModelQuality:
    """The monitor.

    Parameters
    ----------
    metrics
        What is measured, by name.
    asked
        What somebody asked for.
    previous
        An earlier verdict on the same window.
    """

    documents: ClassVar[Documents] = Documents(
        monitor="model-quality",
        statistics=QualityStatistics,
        constraints=QualityConstraints,
        violations=QualityViolations,
        summary=QualitySummary,
        owns=is_quality,
        outline=outline,
        baseline=QualityBaseline,
        report=stored,
    )

    needs_labels: ClassVar[bool] = True

    metrics: Mapping[str, Metric]
    asked: Asked = field(default_factory=Asked)
    previous: QualityReport | None = None

    def learn(self, source: Source) -> QualityBaseline:
        """Return how well the model does on data that is known to be good."""
        profiles, reading = source.profile(Expectation(), joints={"quality": Quality(self.asked.roles())})
        quality, _ = _seen(profiles, self.asked)
        statistics = summarize.statistics(quality, self.metrics)
        return QualityBaseline(
            statistics=statistics,
            constraints=suggest.constraints(statistics, self.asked.segment_rows or SEGMENT_ROWS),
            profiles=tuple(profiles),
            reading=reading.noted(remarks(quality)),
            source=", ".join(reading.inputs),
        )

    def check(self, source: Source, baseline: QualityBaseline, mode: Mode, stamp: Stamp) -> QualityReport:
        """Hold rows against a baseline."""
        expectation, roles = self.expected(baseline)
        profiles, reading = source.profile(expectation, joints={"quality": Quality(roles)})
        report = self._judged(baseline, profiles, reading, coverage_of(source.joined), mode, stamp)
        recent = source.recent(expectation, roles, KEPT)
        if recent:
            report = replace(report, files={RECENT_FILE: json.dumps(to_document(recent)).encode()})
        others = source.unlabelled(expectation)
        if not others or mode == "sagemaker":
            return report
        selected = selection(together(profiles), together(others))
        return replace(report, summary=report.summary.model_copy(update={"selection": selected}))

    def judge(
        self, url: str, profiles: Sequence[Profile], baseline: QualityBaseline, mode: Mode, stamp: Stamp
    ) -> QualityReport:
        """Hold stored profiles against a baseline; how much of the traffic they cover is not known."""
        rows = sum(profile.rows for profile in profiles)
        if remembered(profiles) is None:
            raise InputError(
                "The profile remembers no labels and predictions.",
                file=url,
                next_step="Give the profile of a report of model quality.",
            )
        reading = Reading(inputs=[url], format="profile", files=1, rows=rows)
        return self._judged(baseline, profiles, reading, None, mode, stamp)

    def expected(self, baseline: QualityBaseline) -> tuple[Expectation, Roles]:
        """Return what the baseline lets one expect, and the roles of a window's columns."""
        known = known_roles(baseline)
        asked = self.asked
        if known is None:
            problem, label = baseline.constraints.problem, asked.label or GROUND_TRUTH_DATA
            asked = replace(asked, problem=asked.problem or problem, label=label)
        roles = asked.roles(known)
        taken = {roles.label, *roles.answers, *((known and (known.label, known.prediction, known.probability)) or ())}
        names = tuple(name for name in together(baseline.profiles).features if name not in taken)
        hashed = any(profile.hashed for profile in baseline.profiles)
        return Expectation(names=names, indexed=True, hashed=hashed), roles

    def _judged(
        self,
        baseline: QualityBaseline,
        profiles: Sequence[Profile],
        reading: Reading,
        coverage: Coverage | None,
        mode: Mode,
        stamp: Stamp,
    ) -> QualityReport:
        quality, roles = _seen(profiles, self.asked)
        labelled = quality.rows - quality.unlabelled
        coverage = coverage or Coverage(captures=quality.rows, labelled=labelled)
        statistics = summarize.statistics(
            quality,
            self.metrics,
            mode,
            window=together(profiles).window,
            evaluated=stamp.created,
            ground_truth=coverage.document(),
        )
        waiting = held_back(baseline.constraints, coverage.share, labelled) if mode == "default" else None
        found, notes = evaluate(baseline.constraints, baseline.statistics, statistics, mode)
        summary = QualitySummary(
            kedge=stamp.version,
            created=stamp.created,
            mode=mode,
            baseline=baseline.source,
            window_start=statistics.dataset.start_time,
            window_end=statistics.dataset.end_time,
            reading=reading.noted([*remarks(quality), *notes]),
            findings=[] if waiting else found,
            problem=statistics.problem,
            roles=_told(roles),
            metrics=_sides(statistics, baseline.statistics, baseline.constraints),
            undefined=undefined(quality, self.metrics),
            ground_truth=coverage,
            held_back=waiting,
        )
        return QualityReport(
            summary=self._compared(summary, statistics),
            statistics=statistics,
            constraints=suggest.constraints(statistics, self.asked.segment_rows or SEGMENT_ROWS),
            violations=QualityViolations(
                violations=[QualityViolation(**f.model_dump(include=KEYS)) for f in summary.findings]
            ),
            profiles=tuple(profiles),
            baseline=baseline,
        )

    def _compared(self, summary: QualitySummary, statistics: QualityStatistics) -> QualitySummary:
        """Say what changed, where the window was judged before."""
        before = self.previous
        times = (summary.window_start, summary.window_end)
        if before is None or times != (before.summary.window_start, before.summary.window_end):
            return summary
        said = changes(before.statistics, statistics, before.summary.findings, summary.findings)
        return summary.model_copy(update={"changes": said})


def _seen(profiles: Sequence[Profile], asked: Asked) -> tuple[Quality, Roles]:
    """Return what was seen of labels and predictions, and in which columns.

    Raises
    ------
    InputError
        A column is not there, or no row has a label; a segment that only the baseline has may be missing.
    """
    names = list(together(profiles).features)
    quality = remembered(profiles)
    if quality is None:
        raise InputError("There is no row.", next_step="Check the path and the window (--from, --to).")
    kept = [segment for segment in quality.roles.segments if segment in asked.segments or named(segment, names)]
    roles = replace(quality.roles, segments=tuple(kept)).within(names)
    if quality.unlabelled == quality.rows:
        raise InputError(
            "No row has a label, so nothing can be said of the model.",
            field=roles.label,
            next_step="Wait for the labels, or upload them: kedge ground-truth upload.",
        )
    return replace(quality, segments={segment: quality.segments[segment] for segment in kept}), roles


def coverage_of(joined: Joined | None) -> Coverage | None:
    """Return the account of a join."""
    if joined is None:
        return None
    return Coverage(
        captures=joined.captures.rows,
        labelled=joined.labelled,
        labels=joined.truth.rows,
        orphans=joined.orphans,
        corrected=joined.corrected,
        age_p50_seconds=joined.age_p50,
        age_p90_seconds=joined.age_p90,
        unreadable=joined.truth.unreadable,
        examples=joined.truth.examples,
        orphan_ids=list(joined.orphan_keys),
        unlabelled_ids=list(joined.unlabelled_keys),
    )


def _told(roles: Roles) -> dict[str, str]:
    """Return the columns of the roles, for a person."""
    named = {role: getattr(roles, role) for role in ("label", "prediction", "probability")}
    return {role: column for role, column in named.items() if column}


def _sides(
    window: QualityStatistics, baseline: QualityStatistics | None, constraints: QualityConstraints | None
) -> dict[str, MetricSides]:
    """Return every metric of the window, beside the baseline's and what is demanded."""
    known = baseline.metrics.scalars if baseline else {}
    demanded = constraints.metrics if constraints else {}
    return {
        name: MetricSides(
            value=found.value,
            standard_deviation=found.spread,
            baseline=known[name].value if name in known else None,
            baseline_standard_deviation=known[name].spread if name in known else None,
            threshold=demanded[name].threshold if name in demanded else None,
            operator=demanded[name].comparison_operator if name in demanded else None,
        )
        for name, found in window.metrics.scalars.items()
    }
