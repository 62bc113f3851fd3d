"""The verdict: the attributions of a window held against those of the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.attribution.documents import DRIFT_CHECK, RANGE_CHECK, SHARE_CHECK
from kedge.analysis.attribution.hints import hint
from kedge.analysis.attribution.ndcg import THRESHOLD, ndcg
from kedge.analysis.attribution.summary import AttributionFinding, FeatureSides, LabelSummary
from kedge.analysis.wording import number
from kedge.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kedge.analysis.attribution.documents import AttributionAnalysis, FeatureConstraint, LabelAttributions
    from kedge.analysis.attribution.measure import Measured
    from kedge.analysis.report import Mode

    Floats = NDArray[np.float64]

CONFIDENCE: Final = 1.96  # deviations: an interval holds 95 in 100
MOVED: Final = 3.0  # deviations of one feature; of several each needs more, so that chance moves any as seldom


@dataclass(frozen=True, slots=True)
class _Side:
    """One label of the window: its place among the outputs, its features and those of the baseline, alike ordered."""

    label: str
    place: int
    features: tuple[str, ...]
    known: LabelAttributions
    values: Floats
    replicas: Floats
    rows: tuple[int, int]  # of the baseline, 0 where it does not say, and of the window

    @property
    def baseline(self) -> Floats:
        return np.array([self.known.global_shap_values[name] for name in self.features])


def evaluate(
    constraints: AttributionAnalysis, window: Measured, mode: Mode = "default"
) -> tuple[list[AttributionFinding], dict[str, LabelSummary], list[str]]:
    r"""Return which demands the window breaks, every label with its features, and notes on what was not judged.

    Mode ``sagemaker``: a label has drifted where its NDCG is below 0.9, whatever else is demanded.

    By default it has where the NDCG is below the threshold, 0.9 unless demanded otherwise, by more than 1.96 of its
    standard deviations over replicas of the window's rows; and ``feature_constraints`` are judged likewise.

    A feature has moved where its attribution is off the baseline's by more than :math:`z \sqrt{s_b^2 + s_w^2}`, with
    :math:`\Phi(-z) = \Phi(-3) / k` for k features of a label. Of both sides the rows of the one that scatters more
    count: a category that is rare does not occur in every window, and without it nothing scatters.

    Labels are compared by name, or by their place where as many have other names, as the service's do at times.

    Parameters
    ----------
    constraints
        The baseline's analysis: what it found, and what is demanded.
    window
        What was measured.
    mode
        ``default``, or ``sagemaker`` to judge like the service to the letter.

    Raises
    ------
    DocumentError
        No label of the window, or none of its features, is one of the baseline.

    References
    ----------
    explainability.md, 6.5 and 6.6; docs/decisions/0025.
    """
    pairs, notes = _pairs(constraints, window)
    sides = [_side(name, label, constraints, window) for name, label in pairs.items()]
    threshold = THRESHOLD if mode == "sagemaker" or constraints.ndcg_threshold is None else constraints.ndcg_threshold
    labels = {side.label: _summary(side, threshold, window) for side in sides}
    findings: list[AttributionFinding] = []
    for side in sides:
        findings += _drifted(side, labels[side.label], mode)
        if mode == "default":
            findings += _broken(side, labels[side.label], constraints.feature_constraints or [])
    return findings, labels, [*notes, *_unscored(labels), *_unsure(labels, mode), *_unknown(constraints, sides)]


def _pairs(constraints: AttributionAnalysis, window: Measured) -> tuple[dict[str, str], list[str]]:
    """Return the label of the baseline for each of the window, and notes on those without."""
    known, seen = list(constraints.labels), list(window.labels)
    common = [name for name in seen if name in known]
    if not common and len(known) == len(seen):
        told = f"The labels {', '.join(seen)} are compared with {', '.join(known)} of the baseline, by their place."
        return dict(zip(seen, known, strict=True)), [told]
    if not common:
        raise DocumentError(
            f"The labels of the window are {', '.join(seen)}, those of the baseline {', '.join(known)}.",
            field="predictor.label_headers",
            next_step="Name the scores as in the baseline, or learn it anew.",
        )
    odd = {"window": [name for name in seen if name not in known], "baseline": [k for k in known if k not in seen]}
    notes = [f"Only the {where} has {', '.join(names)}, so it is not judged." for where, names in odd.items() if names]
    return {name: name for name in common}, notes


def _side(name: str, label: str, constraints: AttributionAnalysis, window: Measured) -> _Side:
    known, place = constraints.labels[label], window.labels.index(name)
    features = tuple(feature for feature in known.global_shap_values if feature in window.features)
    if not features:
        raise DocumentError(
            f"The features of the window are {', '.join(window.features)}, and none is in the baseline.",
            field=f"explanations.kernel_shap.{label}.global_shap_values",
            next_step="Check with the baseline of this model.",
        )
    order = [window.features.index(feature) for feature in features]
    values, replicas = window.values[order, place], window.replicas[:, order, place]
    return _Side(name, place, features, known, values, replicas, (constraints.rows_explained or 0, window.rows))


def _summary(side: _Side, threshold: float, window: Measured) -> LabelSummary:
    score = ndcg(side.baseline, side.values)
    spread = _score_spread(side) if score is not None else None
    return LabelSummary(
        ndcg=score,
        lower=None if score is None or spread is None else max(score - CONFIDENCE * spread, 0.0),
        upper=None if score is None or spread is None else min(score + CONFIDENCE * spread, 1.0),
        threshold=threshold,
        expected_value=float(window.explanation.expected[side.place]),
        baseline_expected_value=side.known.expected_value,
        features=_features(side),
    )


def _score_spread(side: _Side) -> float | None:
    scores = [ndcg(side.baseline, replica) for replica in side.replicas if not np.isnan(replica).any()]
    return float(np.std([score for score in scores if score is not None], ddof=1)) if len(scores) > 1 else None


def _features(side: _Side) -> dict[str, FeatureSides]:
    """Return every feature, the window's most important first."""
    known, shares, before = side.baseline, _shares(side.values), _shares(side.baseline)
    ranks, ranked = _ranks(side.values), _ranks(known)
    spreads = np.nanstd(side.replicas, axis=0, ddof=1) if len(side.replicas) else None
    reaches = _reaches(side, spreads) if spreads is not None else None
    z = -NormalDist().inv_cdf(NormalDist().cdf(-MOVED) / len(side.features))
    found = {}
    for place in np.argsort(ranks, kind="stable").tolist():
        name, change = side.features[place], float(side.values[place] - known[place])
        spread = float(spreads[place]) if spreads is not None else None
        reach = None if reaches is None else z * float(reaches[place])
        found[name] = FeatureSides(
            value=float(side.values[place]),
            share=float(shares[place]),
            rank=int(ranks[place]),
            standard_deviation=spread,
            baseline=float(known[place]),
            baseline_share=float(before[place]),
            baseline_rank=int(ranked[place]),
            change=change,
            lower=None if reach is None else change - reach,
            upper=None if reach is None else change + reach,
            moved=None if reach is None else bool(abs(change) > reach),
        )
    return found


def _reaches(side: _Side, spreads: Floats) -> Floats:
    """Return one standard deviation of each change."""
    told, (before, after) = side.known.standard_deviations, side.rows
    if not told or not before:
        return spreads
    known = np.array([told.get(name, 0.0) for name in side.features])
    of_one_row = np.maximum(spreads * after**0.5, known * before**0.5)
    found: Floats = of_one_row * (1 / before + 1 / after) ** 0.5
    return found


def _drifted(side: _Side, label: LabelSummary, mode: Mode) -> Iterator[AttributionFinding]:
    if label.ndcg is None or label.ndcg >= label.threshold:
        return
    if mode == "default" and label.upper is not None and label.upper >= label.threshold:
        return
    yield AttributionFinding(
        label=side.label,
        constraint_check_type=DRIFT_CHECK,
        description=f"Feature attribution drift {label.ndcg} exceeds threshold {label.threshold}",
        observed=label.ndcg,
        expected=label.threshold,
        lower=label.lower,
        upper=label.upper,
        detail={"moved": [name for name, found in label.features.items() if found.moved]},
        hint=hint(label.features),
    )


def _broken(side: _Side, label: LabelSummary, demands: list[FeatureConstraint]) -> Iterator[AttributionFinding]:
    for demand in demands:
        if demand.label not in (None, side.label) or demand.feature_name not in label.features:
            continue
        found, place = label.features[demand.feature_name], side.features.index(demand.feature_name)
        if demand.allowed_range is not None:
            low, high = demand.allowed_range
            yield from _outside(side, demand, RANGE_CHECK, (found.value, side.replicas[:, place]), low, high)
        if demand.minimum_share is not None or demand.maximum_share is not None:
            low, high = demand.minimum_share or 0.0, 1.0 if demand.maximum_share is None else demand.maximum_share
            shares = _shares(side.replicas)[:, place]
            yield from _outside(side, demand, SHARE_CHECK, (found.share, shares), low, high)


def _outside(
    side: _Side, demand: FeatureConstraint, check: str, sides: tuple[float, Floats], low: float, high: float
) -> Iterator[AttributionFinding]:
    """Yield a violation where all of the interval of a value lies below ``low``, or all of it above ``high``."""
    value, replicas = sides
    reach = CONFIDENCE * float(np.nanstd(replicas, ddof=1)) if len(replicas) else 0.0
    if value + reach < low or value - reach > high:
        end = low if value < low else high
        what = "Attribution" if check == RANGE_CHECK else "Share of the attributions"
        yield AttributionFinding(
            label=side.label,
            constraint_check_type=check,
            description=f"{what} of {demand.feature_name} with {number(value)} was "
            f"{'below' if value < low else 'above'} {number(end)}",
            feature_name=demand.feature_name,
            observed=value,
            expected=end,
            lower=value - reach,
            upper=value + reach,
        )


def _shares(values: Floats) -> Floats:
    """Return the share of each size in all, over the last axis; 0 where all are 0."""
    sizes = np.abs(values)
    whole = sizes.sum(axis=-1, keepdims=True)
    found: Floats = np.divide(sizes, whole, out=np.zeros(sizes.shape), where=whole > 0)
    return found


def _ranks(values: Floats) -> NDArray[np.int64]:
    """Return the rank of each size, the largest 1; equal ones share the best."""
    sizes = np.abs(values)
    return np.asarray(1 + (sizes[None] > sizes[:, None]).sum(axis=1), np.int64)


def _unscored(labels: dict[str, LabelSummary]) -> Iterator[str]:
    names = [name for name, label in labels.items() if label.ndcg is None]
    if names:
        yield f"The baseline attributes nothing to any feature for {', '.join(names)}, so drift is not judged."


def _unsure(labels: dict[str, LabelSummary], mode: Mode) -> Iterator[str]:
    for name, label in labels.items() if mode == "default" else ():
        score, lower, upper = label.ndcg, label.lower, label.upper
        if score is not None and lower is not None and upper is not None and score < label.threshold <= upper:
            yield (
                f"NDCG of {name} is {score:.3f}, below {label.threshold:g}, and with these rows it may be {lower:.3f} "
                f"to {upper:.3f}; there is no alarm before more rows say so."
            )


def _unknown(constraints: AttributionAnalysis, sides: list[_Side]) -> Iterator[str]:
    seen = {feature for side in sides for feature in side.features}
    known = {feature for label in constraints.labels.values() for feature in label.global_shap_values}
    if lacking := [feature for feature in sorted(known) if feature not in seen]:
        yield f"The window does not explain {', '.join(lacking)} of the baseline, so the others are compared alone."
    demanded = [demand.feature_name for demand in constraints.feature_constraints or []]
    if lost := sorted({feature for feature in demanded if feature not in seen}):
        yield f"There is no feature {', '.join(lost)}, so what is demanded of it is not judged."
