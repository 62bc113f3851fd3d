"""Bias drift: is somebody treated worse than others, and worse than before? (bias.md)"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from kedge.analysis.bias import summarize
from kedge.analysis.bias.bias import Bias
from kedge.analysis.bias.documents import BiasAnalysis, BiasViolation, BiasViolations, is_bias
from kedge.analysis.bias.evaluate import evaluate
from kedge.analysis.bias.kinds import kinds
from kedge.analysis.bias.ranges import ranges
from kedge.analysis.bias.remarks import remarks
from kedge.analysis.bias.report import BiasFinding
from kedge.analysis.bias.summary import BiasBaseline, BiasReport, BiasSides, BiasSummary
from kedge.analysis.bias_metrics import STAGES
from kedge.analysis.profile import together
from kedge.analysis.quality.summary import Coverage
from kedge.analysis.report import Documents, Mode, Reading
from kedge.domain.dataset import Expectation
from kedge.domain.window import format_time
from kedge.domain.wire import ANALYSIS_FILE, GROUND_TRUTH_DATA
from kedge.errors import InputError, SettingError
from kedge.monitors.model_quality import coverage_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.analysis.bias.config import BiasConfig
    from kedge.analysis.bias.plan import Plan
    from kedge.analysis.bias_metrics import BiasMetric
    from kedge.analysis.profile import Profile
    from kedge.analysis.report import Stamp
    from kedge.ports import Source

KEYS = set(BiasViolation.model_fields)
# What a plan says of columns, which may be called otherwise in a window.
COLUMNS = ("label", "prediction", "probability", "threshold", "answers")
# What a plan calls otherwise than the configuration that it comes from.
WRITTEN = {
    "positive": "label_values_or_threshold",
    "facets": "facet",
    "group": "group_variable",
    "excluded": "excluded_columns",
    "classes": "label_headers",
    "kinds": "data_types",
    "least": "minimum_group_rows",
}


@dataclass(frozen=True, slots=True)
class BiasAsked:
    """What somebody asked for beside the configuration; None leaves a role to it, or to the baseline."""

    label: str | None = None
    prediction: str | None = None
    probability: str | None = None
    threshold: float | None = None

    def over(self, plan: Plan) -> Plan:
        """Return a plan with what was asked for in place of what it had."""
        told = {name: value for name in ("label", "threshold") if (value := getattr(self, name)) is not None}
        if self.probability and not self.prediction and plan.classes:  # a list of probabilities tells a prediction
            told |= {"prediction": self.probability}
        elif self.prediction or self.probability:  # who names one means both
            told |= {"prediction": self.prediction, "probability": self.probability, "classes": ()}
        return replace(plan, **told)


def remembered(profiles: Sequence[Profile]) -> Bias | None:
    """Return what profiles remember of facets; None where they are of another monitor."""
    found = together(profiles).joints.get("bias")
    return found if isinstance(found, Bias) else None


def outline(statistics: BiasAnalysis, violations: BiasViolations) -> BiasSummary:
    """Return what can be told of a report that has no summary, since the service wrote it."""
    return BiasSummary(
        kedge="",
        created="",
        mode="sagemaker",
        findings=[BiasFinding(**violation.model_dump(include=KEYS)) for violation in violations.violations],
        metrics=_sides(statistics, None, {}),
    )


def stored(
    summary: BiasSummary,
    statistics: BiasAnalysis,
    constraints: BiasAnalysis | None,
    violations: BiasViolations,
    profiles: tuple[Profile, ...],
) -> BiasReport:
    """Return the report whose files these are."""
    return BiasReport(summary, statistics, constraints or statistics, violations, profiles)


@dataclass(frozen=True)
class BiasDrift:
    """The monitor.

    Parameters
    ----------
    metrics
        What is measured, by name.
    config
        Whom to look at; a baseline of kedge knows it, and one that says otherwise is refused.
    asked
        What somebody asked for beside it.
    """

    documents: ClassVar[Documents] = Documents(
        monitor="bias",
        statistics=BiasAnalysis,
        constraints=BiasAnalysis,
        violations=BiasViolations,
        summary=BiasSummary,
        owns=is_bias,
        outline=outline,
        baseline=BiasBaseline,
        report=stored,
        statistics_file=ANALYSIS_FILE,
        constraints_file=ANALYSIS_FILE,
    )

    needs_labels: ClassVar[bool] = True

    metrics: Mapping[str, BiasMetric]
    config: BiasConfig | None = None
    asked: BiasAsked = field(default_factory=BiasAsked)

    def learn(self, source: Source) -> BiasBaseline:
        """Return how differently the two sides of each facet are treated in data that is known."""
        plan = self._configured()
        headers = tuple((self.config and self.config.headers) or ())
        expectation = Expectation(names=headers, vector=_listed(plan))
        profiles, reading = source.profile(expectation, joints={"bias": Bias(plan)})
        profiles, bias = self._seen(profiles)
        statistics = summarize.analysis(bias, self._chosen())
        return BiasBaseline(
            statistics=statistics,
            constraints=statistics,
            profiles=profiles,
            reading=reading.noted(remarks(bias, together(profiles).features)),
            source=", ".join(reading.inputs),
        )

    def check(self, source: Source, baseline: BiasBaseline, mode: Mode, stamp: Stamp) -> BiasReport:
        """Hold rows against a baseline."""
        expectation, plan = self._expected(baseline)
        profiles, reading = source.profile(expectation, joints={"bias": Bias(plan)})
        return self._judged(baseline, profiles, reading, coverage_of(source.joined), mode, stamp)

    def judge(
        self, url: str, profiles: Sequence[Profile], baseline: BiasBaseline, mode: Mode, stamp: Stamp
    ) -> BiasReport:
        """Hold stored profiles against a baseline; how much of the traffic they cover is not known."""
        bias = remembered(profiles)
        if bias is None:
            raise InputError(
                "The profile remembers no facets.", file=url, next_step="Give the profile of a report of bias."
            )
        self._agreed(bias.plan)
        rows = sum(profile.rows for profile in profiles)
        reading = Reading(inputs=[url], format="profile", files=1, rows=rows)
        return self._judged(baseline, profiles, reading, None, mode, stamp)

    def _configured(self) -> Plan:
        if self.config is None:
            raise SettingError(
                "Bias needs to know whom to look at.",
                field="--config",
                next_step="Give --config bias.json, with the facets and the labels to be wished for.",
            )
        asked = self.asked
        return self.config.plan(
            label=asked.label, prediction=asked.prediction, probability=asked.probability, threshold=asked.threshold
        )

    def _chosen(self) -> dict[str, BiasMetric]:
        """Return the metrics that the configuration asks for; all where there is none."""
        if self.config is None:
            return dict(self.metrics)
        return summarize.chosen(self.metrics, {stage: self.config.chosen(stage) for stage in STAGES})

    def _expected(self, baseline: BiasBaseline) -> tuple[Expectation, Plan]:
        """Return what the baseline lets one expect, and what to count of a window."""
        bias, features = remembered(baseline.profiles), together(baseline.profiles).features
        if bias is None:
            plan = self._configured()
            plan = plan if plan.label else replace(plan, label=GROUND_TRUTH_DATA)
            headers = (self.config and self.config.headers) or []
            names = tuple(name for name in headers if name != plan.label)
            return Expectation(names=names, indexed=True, vector=_listed(plan)), plan
        columns = bias.plan.columns(features)
        told = [columns["prediction"], columns["probability"]]
        known = self._agreed(replace(bias.plan, answers=tuple(name for name in features if name in told)))
        taken = {*columns.values(), self.asked.prediction, self.asked.probability, self.asked.label}
        hashed = any(profile.hashed for profile in baseline.profiles)
        names = tuple(name for name in features if name not in taken)
        return Expectation(names=names, indexed=True, hashed=hashed, vector=_listed(known)), known

    def _agreed(self, known: Plan) -> Plan:
        """Return a baseline's plan, with the columns that the configuration and somebody named.

        Raises
        ------
        SettingError
            The configuration looks at others than the baseline does.
        """
        if self.config is None:
            return self.asked.over(known)
        told = self.config.plan()
        columns = BiasAsked(told.label or None, told.prediction, threshold=self.config.probability_threshold)
        known = columns.over(known)
        of_columns = {name: getattr(known, name) for name in COLUMNS}
        classes = known.classes and (self.config.classes or known.classes)
        if name := replace(told, classes=classes, **of_columns).agrees(known):
            raise SettingError(
                f"The configuration has another {WRITTEN.get(name, name)} than that of the baseline.",
                field="--config",
                next_step="Leave it out, or learn a baseline by it: kedge baseline --monitor bias --config.",
            )
        return self.asked.over(known)

    def _seen(self, profiles: Sequence[Profile]) -> tuple[tuple[Profile, ...], Bias]:
        """Return profiles in which the kinds of all columns are decided, and what they remember together.

        Raises
        ------
        InputError
            A column is not there, or no row has a label.
        """
        bias, features = remembered(profiles), together(profiles).features
        if bias is None:
            raise InputError("There is no row.", next_step="Check the path and the window (--from, --to).")
        bias.plan.within(features)
        if bias.unlabelled == bias.rows:
            raise InputError(
                "No row has a label, so nothing can be said of bias.",
                field=bias.plan.label,
                next_step="Wait for the labels, or upload them: kedge ground-truth upload.",
            )
        plan = bias.plan.deciding(kinds(bias.plan, features))
        return tuple(_decided(profile, plan) for profile in profiles), bias.deciding(plan)

    def _judged(
        self,
        baseline: BiasBaseline,
        profiles: Sequence[Profile],
        reading: Reading,
        coverage: Coverage | None,
        mode: Mode,
        stamp: Stamp,
    ) -> BiasReport:
        profiles, bias = self._seen(profiles)
        statistics = summarize.analysis(bias, self._demanded(baseline.constraints))
        findings, notes = evaluate(baseline.constraints, statistics, self.metrics, mode)
        whole = together(profiles)
        window = whole.window
        labelled = bias.rows - bias.unlabelled
        summary = BiasSummary(
            kedge=stamp.version,
            created=stamp.created,
            mode=mode,
            baseline=baseline.source,
            window_start=format_time(window.start) if window else None,
            window_end=format_time(window.end) if window else None,
            reading=reading.noted([*remarks(bias, whole.features), *notes]),
            findings=findings,
            roles={role: name for role, name in bias.plan.columns(whole.features).items() if name},
            metrics=_sides(statistics, baseline.constraints, self.metrics if mode == "default" else {}),
            ground_truth=coverage or Coverage(captures=bias.rows, labelled=labelled),
        )
        violations = [BiasViolation(**finding.model_dump(include=KEYS)) for finding in findings]
        return BiasReport(
            summary=summary,
            statistics=statistics,
            constraints=statistics,
            violations=BiasViolations(violations=violations),
            profiles=profiles,
            baseline=baseline,
        )

    def _demanded(self, constraints: BiasAnalysis) -> dict[str, BiasMetric]:
        """Return the metrics that the baseline has, of those asked for: no other can be judged."""
        names = {metric.name for _, entry in constraints.entries() for metric in entry.metrics}
        return {name: metric for name, metric in self._chosen().items() if name in names}


def _listed(plan: Plan) -> str | None:
    """Return the column that holds lists of probabilities."""
    return plan.prediction if plan.classes else None


def _decided(profile: Profile, plan: Plan) -> Profile:
    """Return a profile with the kinds decided; the rows of the flip test go where none is to be kept."""
    bias = profile.joints["bias"]
    if not isinstance(bias, Bias):
        return profile
    kept = bias.without_rows() if profile.hashed else bias
    return replace(profile, joints={**profile.joints, "bias": kept.deciding(plan)})


def _sides(window: BiasAnalysis, baseline: BiasAnalysis | None, metrics: Mapping[str, BiasMetric]) -> list[BiasSides]:
    """Return every metric of the window, beside the baseline's and where it may lie."""
    known = baseline.facets if baseline else {}
    places = ranges(baseline, window, metrics) if baseline and metrics else {}
    found = []
    for (facet, key), entry in window.facets.items():
        before = {metric.name: metric for metric in known[facet, key].metrics} if (facet, key) in known else {}
        for metric in entry.metrics:
            was = before.get(metric.name)
            found.append(
                BiasSides(
                    facet=facet,
                    facet_value=entry.value_or_threshold,
                    metric_name=metric.name,
                    value=metric.value,
                    interval=metric.confidence_interval,
                    baseline=was.value if was else None,
                    allowed_range=places.get((facet, key, metric.name)),
                    error=metric.error,
                )
            )
    return found
