"""Feature attribution: do the model's answers still come from the same features? (explainability.md)"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

from kedge.analysis.attribution.answers import answers
from kedge.analysis.attribution.attribution import ROWS, Attribution
from kedge.analysis.attribution.background import background
from kedge.analysis.attribution.documents import (
    AttributionAnalysis,
    AttributionViolation,
    AttributionViolations,
    is_attribution,
)
from kedge.analysis.attribution.evaluate import evaluate
from kedge.analysis.attribution.local import local_files
from kedge.analysis.attribution.measure import analysis, measure
from kedge.analysis.attribution.summary import (
    AttributionBaseline,
    AttributionFinding,
    AttributionReport,
    AttributionSummary,
)
from kedge.analysis.attribution.table import Table
from kedge.analysis.profile import Profile, together
from kedge.analysis.report import Documents, Mode, Reading
from kedge.analysis.sketches.sample import Sample
from kedge.domain.dataset import Expectation
from kedge.domain.window import format_time
from kedge.domain.wire import ANALYSIS_FILE
from kedge.errors import InputError, SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedge.analysis.attribution.config import AttributionConfig
    from kedge.analysis.attribution.measure import Measured
    from kedge.analysis.report import Stamp
    from kedge.analysis.sketches.sample import Row
    from kedge.ports import Predictor, Source

SKETCH: Final = "attribution"
KEYS = set(AttributionViolation.model_fields)


def outline(window: AttributionAnalysis, violations: AttributionViolations) -> AttributionSummary:
    """Return what can be told of a report that has no summary, since the service wrote it."""
    return AttributionSummary(
        kedge="",
        created="",
        mode="sagemaker",
        reading=Reading(rows=window.rows_explained or 0),
        findings=[AttributionFinding(**violation.model_dump(include=KEYS)) for violation in violations.violations],
        rows_explained=window.rows_explained,
    )


def stored(
    summary: AttributionSummary,
    statistics: AttributionAnalysis,
    constraints: AttributionAnalysis | None,
    violations: AttributionViolations,
    profiles: tuple[Profile, ...],
) -> AttributionReport:
    """Return the report whose files these are."""
    return AttributionReport(summary, statistics, constraints or statistics, violations, profiles)


@dataclass(frozen=True)
class FeatureAttribution:
    """The monitor.

    Parameters
    ----------
    predictor
        Answers rows as the model does; nothing is explained without.
    config
        How; None leaves it to the baseline.
    rows
        How many rows of a window are explained, at most.
    """

    documents: ClassVar[Documents] = Documents(
        monitor="attribution",
        statistics=AttributionAnalysis,
        constraints=AttributionAnalysis,
        violations=AttributionViolations,
        summary=AttributionSummary,
        owns=is_attribution,
        outline=outline,
        baseline=AttributionBaseline,
        report=stored,
        statistics_file=ANALYSIS_FILE,
        constraints_file=ANALYSIS_FILE,
    )

    needs_labels: ClassVar[bool] = False

    predictor: Predictor | None = None
    config: AttributionConfig | None = None
    rows: int = ROWS

    def learn(self, source: Source) -> AttributionBaseline:
        """Return what the model's answers come from on data that is known to be good.

        The analysis keeps its configuration, in which the features, the background and all that was chosen are told.
        """
        if self.config is None:
            raise SettingError(
                "Feature attribution needs a configuration.",
                field="--config",
                next_step="Give one; the least is {}.",
            )
        predict, names = self._predict, self.config.feature_headers
        profiles, reading = source.profile(Expectation(names=names, indexed=True), joints=self._joints(names))
        whole, sample = together(profiles), _sample(profiles)
        features = names or tuple(name for name in whole.features if name != self.config.label)
        _refuse_missing(features, sample.rows, whole)
        shap = self.config.shap
        given = self.config.baseline_rows(features)
        table = Table.of([*(given or []), *sample.rows], features)
        rows = table.part(len(given or []), len(table))
        behind = table.part(0, len(given)) if given else background(rows, shap.num_clusters, shap.seed or 0)
        resolved = _resolved(self.config, features, behind)
        measured = measure(predict, rows, behind, sample.keys, resolved)
        found = analysis(measured, resolved)
        return AttributionBaseline(
            statistics=found,
            constraints=found,
            profiles=_forgetting(profiles),
            reading=reading.noted([_told(measured, whole.rows)]),
            source=", ".join(reading.inputs),
            files=local_files(measured, behind) if shap.save_local_shap_values else {},
        )

    def check(self, source: Source, baseline: AttributionBaseline, mode: Mode, stamp: Stamp) -> AttributionReport:
        """Hold rows against a baseline; the predictor is asked a little first, as reading may take hours."""
        config = self._config(baseline)
        features = config.feature_headers
        answers(self._predict, Table.of(config.baseline_rows(features) or [], features))
        hashed = any(profile.hashed for profile in baseline.profiles)
        expectation = Expectation(names=features, indexed=True, hashed=hashed)
        profiles, reading = source.profile(expectation, joints=self._joints(features))
        return self._judged(baseline, profiles, reading, mode, stamp)

    def judge(
        self, url: str, profiles: Sequence[Profile], baseline: AttributionBaseline, mode: Mode, stamp: Stamp
    ) -> AttributionReport:
        """Hold stored profiles against a baseline: the rows that they keep are explained."""
        if not _sample(profiles).rows:
            raise InputError(
                "The profile keeps no row to explain.",
                file=url,
                next_step="Give the profile of a report of feature attribution, made with raw_values = true.",
            )
        reading = Reading(inputs=[url], format="profile", files=1, rows=sum(profile.rows for profile in profiles))
        return self._judged(baseline, profiles, reading, mode, stamp)

    def _joints(self, features: Sequence[str]) -> Mapping[str, Attribution]:
        return {SKETCH: Attribution(tuple(features), Sample(size=self.rows))}

    def _config(self, baseline: AttributionBaseline) -> AttributionConfig:
        """Return how the baseline was made, or how somebody says it was.

        Raises
        ------
        SettingError
            Neither says the features and the background.
        """
        known = self.config or baseline.constraints.analysis_config
        if known is None or not known.feature_headers or known.shap.baseline is None:
            raise SettingError(
                "The baseline does not say how it was made: it has no analysis_config with headers and a baseline.",
                file=baseline.source,
                field="--config",
                next_step="Give the configuration that it was made with, headers and rows of a baseline in it.",
            )
        return known

    def _judged(
        self,
        baseline: AttributionBaseline,
        profiles: Sequence[Profile],
        reading: Reading,
        mode: Mode,
        stamp: Stamp,
    ) -> AttributionReport:
        config, whole, sample = self._config(baseline), together(profiles), _sample(profiles)
        features = config.feature_headers
        _refuse_missing(features, sample.rows, whole)
        given = config.baseline_rows(features) or []
        table = Table.of([*given, *sample.rows], features)
        behind, rows = table.part(0, len(given)), table.part(len(given), len(table))
        measured = measure(self._predict, rows, behind, sample.keys, config)
        findings, labels, notes = evaluate(baseline.constraints, measured, mode)
        found = analysis(measured, config)
        window = whole.window
        return AttributionReport(
            summary=AttributionSummary(
                kedge=stamp.version,
                created=stamp.created,
                mode=mode,
                baseline=baseline.source,
                window_start=format_time(window.start) if window else None,
                window_end=format_time(window.end) if window else None,
                reading=reading.noted([_told(measured, whole.rows), *_unlike(baseline, found), *notes]),
                findings=findings,
                labels=labels,
                rows_explained=measured.rows,
                exact=measured.explanation.exact,
                method=found.method,
                agg_method=config.shap.agg_method,
            ),
            statistics=found,
            constraints=found,
            violations=AttributionViolations(
                violations=[AttributionViolation(**finding.model_dump(include=KEYS)) for finding in findings]
            ),
            profiles=_forgetting(profiles),
            baseline=baseline,
            files=local_files(measured, behind) if config.shap.save_local_shap_values else {},
        )

    @property
    def _predict(self) -> Predictor:
        """The predictor.

        Raises
        ------
        SettingError
            None is given.
        """
        if self.predictor is None:
            raise SettingError(
                "Feature attribution asks the model, and no predictor is given.",
                field="--predictor",
                next_step="Give its URL, or module:function.",
            )
        return self.predictor


def _sample(profiles: Sequence[Profile]) -> Attribution:
    """Return the rows that profiles keep; none of those of another monitor."""
    found = together(profiles).joints.get(SKETCH)
    return found if isinstance(found, Attribution) else Attribution()


def _refuse_missing(features: Sequence[str], rows: Sequence[Row], whole: Profile) -> None:
    """Refuse a window that lacks a feature: the model cannot answer without."""
    lacking = [name for name in features if not any(name in row for row in rows)] if rows else []
    if lacking:
        raise InputError(
            f"The rows have no feature {', '.join(map(repr, lacking))}.{did_you_mean(lacking[0], whole.features)}",
            field=lacking[0],
            next_step=f"There are: {', '.join(list(whole.features)[:20])}.",
        )


def _resolved(config: AttributionConfig, features: Sequence[str], behind: Table) -> AttributionConfig:
    """Return the configuration with all that a check needs to do the same again."""
    shap = config.shap.model_copy(update={"baseline": behind.rows(), "num_clusters": None})
    methods = config.methods.model_copy(update={"shap": shap})
    return config.model_copy(update={"headers": list(features), "label": None, "methods": methods})


def _forgetting(profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """Return profiles as they may be kept: without the rows, where raw values are not."""
    return tuple(_without_rows(profile) if profile.hashed else profile for profile in profiles)


def _without_rows(profile: Profile) -> Profile:
    joints = {name: j.without_rows() if isinstance(j, Attribution) else j for name, j in profile.joints.items()}
    return replace(profile, joints=joints)


def _told(found: Measured, rows: int) -> str:
    how = ", exactly, by tree SHAP" if found.explanation.method == "tree_shap" else ""
    return f"{found.rows:,} of {rows:,} rows were explained{how}."


def _unlike(baseline: AttributionBaseline, found: AttributionAnalysis) -> Iterator[str]:
    """Tell of two methods: the sampling error of coalitions that are drawn would then be in one side alone."""
    known = baseline.constraints.method
    if known is not None and known != found.method:
        told = {"kernel_shap": "Kernel SHAP", "tree_shap": "tree SHAP", None: "another method"}
        yield f"The baseline was explained by {told[known]}, the window by {told[found.method]}: learn it again."
