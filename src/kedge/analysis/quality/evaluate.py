"""The verdict: the metrics of a window held against what is demanded of them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from kedge.analysis.quality.chance import Side, allowance
from kedge.analysis.quality.documents import CONSTRAINTS
from kedge.analysis.quality.hints import hint
from kedge.analysis.quality.report import MetricFinding
from kedge.analysis.wording import number
from kedge.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.quality.documents import MetricConstraint, MetricValue, QualityConstraints, QualityStatistics
    from kedge.analysis.report import Mode

STANDARD_DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is demanded of some rows, and both sides of them; ``of`` is how many segments are judged beside."""

    demands: Mapping[str, MetricConstraint]
    baseline: Side | None
    window: Side
    segment: str | None = None
    of: int = 1


def evaluate(
    constraints: QualityConstraints,
    baseline: QualityStatistics | None,
    window: QualityStatistics,
    mode: Mode = "default",
) -> tuple[list[MetricFinding], list[str]]:
    r"""Return which demands the window breaks, and notes on what could not be judged.

    Mode ``sagemaker``: a metric is broken beyond its threshold by more than the window's standard deviation, one that
    is not known counting 0. Segments and ``standard_deviations`` are not looked at.

    By default it is broken beyond by more than :math:`z \sqrt{s_b^2 + s_w^2}`, where :math:`z` is
    ``standard_deviations``, 3 unless demanded otherwise, and the deviations are those of
    :func:`~kedge.analysis.quality.chance.allowance`. Of many segments one is beyond by chance sooner than
    of one, so for :math:`k` of them :math:`z` grows until the probability of an alarm in any is that of one:
    :math:`\Phi(-z_k) = \Phi(-z) / k`.

    Findings come in the order of the constraints, all rows before segments.

    Parameters
    ----------
    constraints
        What is demanded.
    baseline
        What was found in the baseline; None where there are only constraints, as of the service.
    window
        What was found in the window.
    mode
        ``default``, or ``sagemaker`` to judge like the service to the letter.

    Raises
    ------
    DocumentError
        The constraints are of another problem than the window.

    References
    ----------
    model-quality.md, 4.4 and 4.5; docs/decisions/0020.
    """
    _refuse_another_problem(constraints, window)
    whole = _Judged(constraints.metrics, Side.of(baseline) if baseline else None, Side.of(window))
    ours = mode == "default"
    parts = [whole, *(_segments(constraints, baseline, window) if ours else ())]
    findings = [finding for part in parts for finding in _broken(part, mode)]
    notes = [*_missing(whole), *([*_unjudged(parts), *_absent(constraints, window)] if ours else ())]
    return [_hinted(finding, baseline, window, findings) for finding in findings], notes


def held_back(constraints: QualityConstraints, coverage: float | None, rows: int) -> str | None:
    """Return why there is no verdict yet, in a sentence; None where enough rows are labelled.

    Parameters
    ----------
    constraints
        What is demanded.
    coverage
        The share of the captures that have a label; None where it is not known.
    rows
        How many rows have one.
    """
    demanded = constraints.ground_truth_constraints
    least, fewest = (demanded.minimum_coverage or 0, demanded.minimum_rows or 0) if demanded else (0, 0)
    if coverage is not None and coverage < least:
        some = f"{coverage:.1%} of the captures have a label, fewer than the {least:.1%} demanded".replace("%", " %")
    elif rows < fewest:
        some = f"{rows:,} rows have a label, fewer than the {fewest:,} demanded"
    else:
        return None
    return f"{some}, so there is no verdict yet: check again when more labels have landed."


def _refuse_another_problem(constraints: QualityConstraints, window: QualityStatistics) -> None:
    if constraints.problem != window.problem:
        raise DocumentError(
            f"The constraints are of {constraints.problem}, and the window is of {window.problem}.",
            field=CONSTRAINTS[constraints.problem],
            next_step="Check with the baseline of this model.",
        )


def _segments(
    constraints: QualityConstraints, baseline: QualityStatistics | None, window: QualityStatistics
) -> Iterator[_Judged]:
    demanded = constraints.segment_constraints or []
    for part in demanded:
        seen, known = (_within(side, part.segment, part.value) for side in (window, baseline))
        if seen:
            yield _Judged(part.metrics, known, seen, f"{part.segment}={part.value}", len(demanded))


def _within(statistics: QualityStatistics | None, segment: str, value: str) -> Side | None:
    found = ((statistics and statistics.segments) or {}).get(segment, {}).get(value)
    return Side.of(statistics).part(found) if statistics and found else None


def _broken(judged: _Judged, mode: Mode) -> Iterator[MetricFinding]:
    for name, demand in judged.demands.items():
        if value := judged.window.values.get(name):
            z = _deviations(demand, judged.of) if mode == "default" else 1.0
            one = _allowed(name, demand, judged) if mode == "default" else value.spread or 0.0
            if one is not None and _beyond(demand, value.value) > z * one:
                yield _finding(name, demand, judged, z * one)


def _allowed(name: str, demand: MetricConstraint, judged: _Judged) -> float | None:
    return allowance(name, demand.threshold, judged.baseline, judged.window)


def _beyond(demand: MetricConstraint, value: float) -> float:
    """Return how far on the wrong side of its threshold a value is; negative on the right one."""
    return (
        value - demand.threshold if demand.comparison_operator == "GreaterThanThreshold" else demand.threshold - value
    )


def _deviations(demand: MetricConstraint, segments: int) -> float:
    """Return how many deviations are allowed where the worst of so many segments counts."""
    z = demand.standard_deviations or STANDARD_DEVIATIONS
    chance = NormalDist().cdf(-z) / segments
    return -NormalDist().inv_cdf(chance) if segments > 1 and chance > 0 else z


def _finding(name: str, demand: MetricConstraint, judged: _Judged, allowed: float) -> MetricFinding:
    value, known = judged.window.values[name], judged.baseline.values.get(name) if judged.baseline else None
    return MetricFinding(
        metric_name=name,
        constraint_check_type=demand.comparison_operator,
        description=_sentence(name, demand, value) + (f" in {judged.segment}" if judged.segment else ""),
        observed=value.value,
        expected=demand.threshold,
        standard_deviation=value.spread,
        segment=judged.segment,
        detail={
            "baseline": known.value if known else None,
            "allowed": allowed,
            "rows": judged.window.rows,
            "counted": judged.window.count(name),
        },
    )


def _sentence(name: str, demand: MetricConstraint, value: MetricValue) -> str:
    chance = "" if value.spread is None else f" +/- {number(value.spread)}"
    return (
        f"Metric {name} with {number(value.value)}{chance} was {demand.comparison_operator} "
        f"'{number(demand.threshold)}'"
    )


def _missing(judged: _Judged) -> Iterator[str]:
    names = [name for name in judged.demands if name not in judged.window.values]
    if names:
        yield f"The window has no {', '.join(names)}, so what is demanded of it is not judged."


def _unjudged(parts: list[_Judged]) -> Iterator[str]:
    for part in parts:
        seen = {name: demand for name, demand in part.demands.items() if name in part.window.values}
        names = [name for name, demand in seen.items() if _allowed(name, demand, part) is None]
        if names:
            where = f" in {part.segment}" if part.segment else ""
            yield f"Nothing is known of what chance does to {', '.join(names)}{where}, so it is not judged."


def _absent(constraints: QualityConstraints, window: QualityStatistics) -> Iterator[str]:
    parts = constraints.segment_constraints or []
    names = [f"{p.segment}={p.value}" for p in parts if not _within(window, p.segment, p.value)]
    if names:
        yield f"The window has no metrics of the segments {', '.join(names)}, so they are not judged."


def _hinted(
    finding: MetricFinding, baseline: QualityStatistics | None, window: QualityStatistics, all_: list[MetricFinding]
) -> MetricFinding:
    broken = {other.metric_name for other in all_ if other.segment is None}
    said = hint(finding.metric_name, baseline, window, broken) if finding.segment is None else ""
    return finding.model_copy(update={"hint": said})
