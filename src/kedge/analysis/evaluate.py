"""The verdict: a window held against its baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.checks import Comparison, Whole, checks, window_checks
from kedge.analysis.items import Items
from kedge.analysis.overrides import monitoring_configs
from kedge.analysis.questions import NOTHING_ASKED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.documents import Constraints
    from kedge.analysis.profile import Feature
    from kedge.analysis.questions import Answers
    from kedge.analysis.report import DriftDistance, Finding, Mode


def evaluate(
    constraints: Constraints,
    baseline: Mapping[str, Feature],
    window: Mapping[str, Feature],
    mode: Mode = "default",
    answers: Answers = NOTHING_ASKED,
    items: Items | None = None,
) -> tuple[list[Finding], dict[str, DriftDistance]]:
    """Return what is wrong with the window, and how far each feature has moved.

    Findings come in the order of the constraints' features, then of columns that only the window has, and
    for one column by the check's name; last come those of the window as a whole. Nothing is judged where
    ``evaluate_constraints`` is Disabled.

    Parameters
    ----------
    constraints
        What is demanded.
    baseline
        What is remembered of the baseline, feature by feature; without a feature it has no distance.
    window
        What is remembered of the window.
    mode
        ``default``, or ``sagemaker`` to judge like the service to the letter.
    answers
        What the rows of the window say, where they were asked.
    items
        What to judge with; None takes ours and those of installed packages.

    Raises
    ------
    DocumentError
        The constraints hold a key that does not exist, or an impossible value, or in mode ``sagemaker`` a
        method that the service does not know.
    PluginError
        The check or distance of a plugin fails.
    MissingDependency
        A distance that they name needs a package that is not installed.

    References
    ----------
    data-quality.md, 3.5.
    """
    items = items or Items.found()
    comparisons = [
        comparison
        for comparison in _comparisons(constraints, baseline, window, mode, answers, items)
        if comparison.config.evaluate_constraints == "Enabled"
    ]
    every = checks(mode, items.checks)
    found = [check(comparison) for comparison in comparisons for check in every]
    if constraints.monitoring_config.evaluate_constraints == "Enabled":
        rows = max((feature.types.total for feature in window.values()), default=0)
        whole = Whole(constraints, rows, answers)
        found += [finding for judge in window_checks(mode, items.checks) for finding in judge(whole)]
    distances = {comparison.name: comparison.drift for comparison in comparisons if comparison.drift}
    return [finding for finding in found if finding], distances


def _comparisons(
    constraints: Constraints,
    baseline: Mapping[str, Feature],
    window: Mapping[str, Feature],
    mode: Mode,
    answers: Answers,
    items: Items,
) -> Iterator[Comparison]:
    expected = {feature.name: feature for feature in constraints.features}
    configs = monitoring_configs(constraints, mode, items.distances)
    for name in dict.fromkeys([*expected, *window]):
        yield Comparison(
            name=name,
            constraint=expected.get(name),
            config=configs.get(name, constraints.monitoring_config),
            baseline=baseline.get(name),
            window=window.get(name),
            mode=mode,
            columns_expected=len(expected),
            columns_found=len(window),
            distances=items.distances,
            answers=answers,
            statistics=items.statistics,
        )
