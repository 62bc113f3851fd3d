"""What a baseline demands, in words: each part of a constraint as a person would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation.words import NOTHING, count, number, percent, plain
from kedge.analysis.drift import SERVICE, method_of, threshold_of
from kedge.analysis.overrides import monitoring_configs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.distances import Distance
    from kedge.analysis.documents import FeatureConstraints, MonitoringConfig
    from kedge.analysis.report import Report

_NAMED = 5


def present(feature: FeatureConstraints) -> str:
    """Return the share of rows that has to hold a value.

    >>> from kedge.analysis.documents import FeatureConstraints
    >>> present(FeatureConstraints(name="age", inferred_type="Integral", completeness=0.98))
    'at least 98%'
    """
    share = percent(feature.completeness)
    return share if share in ("100%", NOTHING) else f"at least {share}"


def values(feature: FeatureConstraints) -> str:
    """Return which values may occur."""
    texts, numbers = feature.string_constraints, feature.num_constraints
    if texts and texts.domains:
        named = ", ".join(plain(value, 24) for value in texts.domains[:_NAMED])
        more = len(texts.domains) - _NAMED
        return f"one of {named}" + (f" and {count(more, 'other')}" if more > 0 else "")
    return "not negative" if numbers and numbers.is_non_negative else NOTHING


def drift(feature: FeatureConstraints, config: MonitoringConfig, known: Mapping[str, Distance]) -> str:
    """Return how far the distribution may move, by the feature's own configuration and the distances by name."""
    distribution, categorical = config.distribution_constraints, feature.inferred_type == "String"
    if config.evaluate_constraints == "Disabled":
        return "not checked"
    if distribution.perform_comparison == "Disabled" or feature.inferred_type == "Unknown":
        return NOTHING
    method, threshold = method_of(distribution, categorical), number(threshold_of(distribution, categorical), 3)
    distance = known.get(SERVICE.get(method, method))
    return f"p at least {threshold}" if distance and distance.p_value else f"at most {threshold}"


def checked(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what was checked: each feature with the checks that its constraint asks for, as a violation names it."""
    constraints, compared = report.baseline.constraints, report.summary.distances
    configs = monitoring_configs(constraints)
    for feature in constraints.features:
        if configs[feature.name].evaluate_constraints == "Enabled":
            kinds = [*_of_the_service(feature, feature.name in compared)]
            kinds += _beyond_it(feature, report) if report.summary.mode == "default" else []
            yield from ((feature.name, kind) for kind in kinds)
    if constraints.monitoring_config.evaluate_constraints == "Enabled" and report.summary.mode == "default":
        yield from _of_the_window(report)


def _of_the_service(feature: FeatureConstraints, compared: bool) -> Iterator[str]:
    yield "missing_column_check"
    if feature.inferred_type != "Unknown":
        yield "data_type_check"
    if feature.completeness is not None:
        yield "completeness_check"
    if compared:
        yield "baseline_drift_check"
    if feature.string_constraints and feature.string_constraints.domains:
        yield "categorical_values_check"


def _beyond_it(feature: FeatureConstraints, report: Report) -> Iterator[str]:
    if feature.num_constraints and feature.num_constraints.is_non_negative:
        yield "non_negative_check"
    if feature.inferred_type in ("Integral", "Fractional"):
        yield "value_range_check"
    if report.summary.anomalies and feature.name in report.summary.anomalies.features:
        yield "anomaly_check"
    if feature.is_unique and _had_rows(report):
        yield "unique_check"


def _of_the_window(report: Report) -> Iterator[tuple[str, str]]:
    demanded = report.baseline.constraints
    if demanded.dataset_constraints and demanded.dataset_constraints.row_count:
        yield "row_count", "row_count_check"
    if _had_rows(report):
        yield from ((constraint.name, "sql_check") for constraint in demanded.sql_constraints or ())


def _had_rows(report: Report) -> bool:
    return report.summary.reading.format != "profile"
