"""Data quality: is the window's data what the model was trained on? (data-quality.md)"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from kedge.analysis import remembered, suggest, summarize
from kedge.analysis.anomalies import Anomalies, Watch
from kedge.analysis.documents import Constraints, ConstraintViolations, Statistics, Violation
from kedge.analysis.evaluate import evaluate
from kedge.analysis.overrides import monitoring_configs
from kedge.analysis.patterns import patterns
from kedge.analysis.profile import Profile, together
from kedge.analysis.questions import NOTHING_ASKED, questions, recalled
from kedge.analysis.replay import Replayed
from kedge.analysis.report import Baseline, Documents, Finding, Mode, Reading, Report, Summary
from kedge.analysis.scores import score
from kedge.analysis.usual import Usual
from kedge.domain.dataset import Expectation
from kedge.domain.window import format_time
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedge.analysis.documents import DriftMethod, FeatureConstraints
    from kedge.analysis.items import Items
    from kedge.analysis.profile import Feature
    from kedge.analysis.questions import Answers
    from kedge.analysis.report import Stamp
    from kedge.ports import Source

KEYS = set(Violation.model_fields)


def learn(
    profiles: Sequence[Profile], reading: Reading, categorical_drift_method: DriftMethod = "LInfinity"
) -> Baseline:
    """Return what normal looks like: statistics, and the constraints that they suggest."""
    total = whole(profiles)
    return Baseline(
        statistics=summarize.statistics(total),
        constraints=suggest.constraints(total, categorical_drift_method=categorical_drift_method),
        profiles=tuple(profiles),
        reading=reading,
        source=", ".join(reading.inputs),
    )


def expectation(baseline: Baseline, mode: Mode, items: Items | None = None) -> Expectation:
    """Return what a baseline lets one expect of a window, before it is read.

    Raises
    ------
    DocumentError
        The constraints cannot be judged by, which is better said before hours are read than after.
    """
    monitoring_configs(baseline.constraints, mode, items.distances if items else None)
    features = baseline.constraints.features
    return Expectation(
        names=tuple(feature.name for feature in features),
        texts=frozenset(f.name for f in features if f.inferred_type == "String" or _has_domain(f)),
        shift=mode == "sagemaker",
        hashed=any(profile.hashed for profile in baseline.profiles),
    )


def _has_domain(feature: FeatureConstraints) -> bool:
    return bool(feature.string_constraints and feature.string_constraints.domains)


def watch(baseline: Baseline, mode: Mode, hashed: bool, empty: Anomalies) -> Watch | None:
    """Return what looks for single anomalies while a window is read; None where there is nothing to look for.

    ``empty`` says by which score, and what to keep. The service knows no anomalies, and neither does its mode.

    Raises
    ------
    SettingError
        There is no such score, or the baseline does not keep what it needs.
    MissingDependency
        The score needs a package that is not installed.
    """
    fit = score(empty.score)
    usual = {} if mode == "sagemaker" else _usual(baseline)
    if not usual:
        return None
    rows = [row for _, row in whole(baseline.profiles).sample.rows] if baseline.profiles else []
    raw_values = empty.raw_values and not hashed
    return Watch(usual, fit(usual, rows), empty.model_copy(update={"raw_values": raw_values}))


def _usual(baseline: Baseline) -> dict[str, Usual]:
    """Return what is usual of every numeric feature that is remembered and has a spread."""
    known, configs = remember(baseline), monitoring_configs(baseline.constraints)
    numeric = [f.name for f in baseline.constraints.features if f.inferred_type in ("Integral", "Fractional")]
    found = {name: Usual.of(known[name], configs[name].anomalies.limit) for name in numeric if name in known}
    return {name: usual for name, usual in found.items() if usual}


def remember(baseline: Baseline) -> dict[str, Feature]:
    """Return the baseline's features: from its profile, else from its statistics, else none."""
    if baseline.profiles:
        return whole(baseline.profiles).features
    return remembered.features(baseline.statistics) if baseline.statistics else {}


def whole(profiles: Sequence[Profile], statistics: Statistics | None = None) -> Profile:
    """Return the profile of all variants together, or, without any, what the statistics still tell."""
    if profiles or statistics is None:
        return together(profiles)
    return Profile(features=remembered.features(statistics), rows=statistics.dataset.item_count)


def outline(statistics: Statistics, violations: ConstraintViolations) -> Summary:
    """Return what can be told of a report that has no summary, since the service wrote it."""
    return Summary(
        kedge="",
        created=statistics.dataset.evaluation_time or "",
        mode="sagemaker",
        window_start=statistics.dataset.start_time,
        window_end=statistics.dataset.end_time,
        reading=Reading(rows=statistics.dataset.item_count),
        findings=[Finding(**violation.model_dump(include=KEYS)) for violation in violations.violations],
    )


def reread(url: str, profiles: Sequence[Profile], baseline: Baseline, mode: Mode) -> Reading:
    """Return the account of a window that is judged by its profile; its notes say what only the rows could tell.

    Raises
    ------
    InputError
        The profile remembers no row.
    """
    rows = sum(profile.rows for profile in profiles)
    if not rows:
        raise InputError(
            "Job inputs had no data: the profile remembers no row.",
            file=url,
            next_step="Give the profile of a window that has rows.",
        )
    features = whole(profiles).features
    texts = expectation(baseline, "default").texts or frozenset()
    uncounted = sorted(
        name for name in texts & features.keys() if features[name].categories.total < features[name].types.present
    )
    notes = []
    if uncounted:
        notes.append(
            f"The profile holds no categories of {', '.join(uncounted)}; their domain and drift need the rows."
        )
    if questions(baseline.constraints, mode):
        notes.append("Unique values and SQL need the rows, and are not judged.")
    return Reading(inputs=[url], format="profile", files=1, rows=rows, notes=notes)


def replay(
    report: str, stored: Report, constraints: Constraints, baseline: dict[str, Feature], items: Items
) -> Replayed:
    """Hold a stored window against other constraints, in the mode of its report."""
    sides, summary = _alike(baseline, stored.profile.features), stored.summary
    said = _with(recalled(constraints, summary.findings, summary.mode), summary.anomalies)
    found, _ = evaluate(constraints, *sides, summary.mode, said, items)
    return Replayed(
        report=report,
        window_start=stored.summary.window_start,
        window_end=stored.summary.window_end,
        then=stored.violations.violations,
        now=found,
    )


def _with(answers: Answers, anomalies: Anomalies | None) -> Answers:
    return replace(answers, outside=anomalies.features) if anomalies else answers


def _alike(baseline: dict[str, Feature], window: dict[str, Feature]) -> tuple[dict[str, Feature], dict[str, Feature]]:
    """Return both sides with hashes in place of their texts, where either has no texts to compare."""
    if not any(feature.categories.hashed for feature in (*baseline.values(), *window.values())):
        return baseline, window
    return _without_texts(baseline), _without_texts(window)


def _without_texts(features: dict[str, Feature]) -> dict[str, Feature]:
    return {name: feature.without_texts() for name, feature in features.items()}


def judge(
    baseline: Baseline,
    profiles: Sequence[Profile],
    reading: Reading,
    mode: Mode,
    stamp: Stamp,
    items: Items,
    answers: Answers = NOTHING_ASKED,
    anomalies: Anomalies | None = None,
) -> Report:
    """Hold a window against its baseline."""
    total = whole(profiles)
    known, seen = _alike(remember(baseline), total.features)
    total = replace(total, features=seen)
    said = _with(answers, anomalies)
    findings, distances = evaluate(baseline.constraints, known, total.features, mode, said, items)
    notes = [*reading.notes, *_unknown(baseline, known, seen)]
    return Report(
        summary=Summary(
            kedge=stamp.version,
            created=stamp.created,
            mode=mode,
            baseline=baseline.source,
            window_start=format_time(total.window.start) if total.window else None,
            window_end=format_time(total.window.end) if total.window else None,
            reading=reading.model_copy(update={"notes": notes}),
            findings=findings,
            patterns=patterns(findings, baseline.constraints, known, total.features),
            distances=distances,
            statistics=items.measured(known, total.features),
            anomalies=anomalies,
        ),
        statistics=summarize.statistics(total, evaluated=stamp.created),
        constraints=suggest.constraints(total),
        violations=ConstraintViolations(violations=[Violation(**f.model_dump(include=KEYS)) for f in findings]),
        profiles=tuple(profiles),
        profile=total,
        baseline=baseline,
        baseline_features=known,
    )


def _unknown(baseline: Baseline, known: Mapping[str, Feature], seen: Mapping[str, Feature]) -> Iterator[str]:
    """Yield a note of the demanded features that a baseline of more than constraints does not remember."""
    demanded = [feature.name for feature in baseline.constraints.features]
    names = [name for name in demanded if name in seen and name not in known]
    if known and names:
        yield f"The baseline remembers nothing of {', '.join(names)}, so there is no distance."


def stored(
    summary: Summary,
    statistics: Statistics,
    constraints: Constraints | None,
    violations: ConstraintViolations,
    profiles: tuple[Profile, ...],
) -> Report:
    """Return the report whose files these are."""
    constraints = constraints or Constraints(features=[])
    nothing = Baseline(None, Constraints(features=[]), source=summary.baseline)
    return Report(summary, statistics, constraints, violations, profiles, whole(profiles, statistics), nothing, {})


@dataclass(frozen=True)
class DataQuality:
    """The monitor: judges with ``items``; ``no_anomalies`` says how they are looked for and what is kept."""

    documents: ClassVar[Documents] = Documents(
        monitor="data-quality",
        statistics=Statistics,
        constraints=Constraints,
        violations=ConstraintViolations,
        summary=Summary,
        owns=lambda document: "features" in document,
        outline=outline,
        baseline=Baseline,
        report=stored,
    )

    needs_labels: ClassVar[bool] = False

    items: Items
    no_anomalies: Anomalies
    categorical_drift_method: DriftMethod = "LInfinity"

    def learn(self, source: Source) -> Baseline:
        """Return what normal looks like in the data."""
        profiles, reading = source.profile(Expectation())
        return learn(profiles, reading, self.categorical_drift_method)

    def check(self, source: Source, baseline: Baseline, mode: Mode, stamp: Stamp) -> Report:
        """Hold rows against a baseline: one pass for the sketches, the questions and the anomalies."""
        known = expectation(baseline, mode, self.items)
        asked = questions(baseline.constraints, mode)
        known = replace(known, texts=asked.texts | (known.texts or frozenset()))
        odd = watch(baseline, mode, known.hashed, self.no_anomalies)
        with source.rows(asked) if asked else nullcontext() as rows:
            profiles, reading = source.profile(known, [watch for watch in (rows, odd) if watch])
            answers = rows.answers() if rows else NOTHING_ASKED
        seen = odd.seen if odd else None
        return judge(baseline, profiles, reading, mode, stamp, self.items, answers, seen)

    def judge(self, url: str, profiles: Sequence[Profile], baseline: Baseline, mode: Mode, stamp: Stamp) -> Report:
        """Hold stored profiles against a baseline."""
        return judge(baseline, profiles, reread(url, profiles, baseline, mode), mode, stamp, self.items)
