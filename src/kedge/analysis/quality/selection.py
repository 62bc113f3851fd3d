"""Are the labelled rows like the others? Where they are not, the metrics are about a biased sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.documents import DistributionConstraints
from kedge.analysis.drift import drift, exceeds
from kedge.analysis.quality.report import Selected
from kedge.domain.wire import GROUND_TRUTH_DATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.analysis.profile import Feature, Profile

# Fewer rows on either side say too little of a selection.
FEWEST_ROWS = 200
_ROBUST = DistributionConstraints()
_NAMED = 5


def selection(labelled: Profile, unlabelled: Profile) -> list[Selected]:
    """Return the features that differ between rows with a label and rows without, the farthest first.

    Numbers and categories are compared by the robust distance of data quality
    (:func:`~kedge.analysis.distances.linfinity.linfinity`) with its threshold of 0.1. Nothing is said where either side
    has fewer than 200 rows, and nothing of the label.
    """
    if min(labelled.rows, unlabelled.rows) < FEWEST_ROWS:
        return []
    names = [name for name in labelled.features if name in unlabelled.features and name != GROUND_TRUTH_DATA]
    found = [_compared(name, labelled.features[name], unlabelled.features[name]) for name in names]
    return sorted(filter(None, found), key=lambda selected: -selected.distance)


def warning(selected: Sequence[Selected]) -> str | None:
    """Return what a selection means, in a sentence; None where there is none.

    >>> warning([Selected(feature="amount", distance=0.3, threshold=0.1, method="Robust")])
    'Labelled rows differ from unlabelled ones in amount: the metrics are about a biased sample.'
    """
    names = [each.feature for each in selected[:_NAMED]]
    more = f" and {len(selected) - _NAMED} more" if len(selected) > _NAMED else ""
    differ = f"Labelled rows differ from unlabelled ones in {', '.join(names)}{more}"
    return f"{differ}: the metrics are about a biased sample." if selected else None


def _compared(name: str, labelled: Feature, unlabelled: Feature) -> Selected | None:
    categorical = "String" in (labelled.types.inferred_type, unlabelled.types.inferred_type)
    found = drift(labelled, unlabelled, _ROBUST, categorical=categorical)
    if found is None or not exceeds(found):
        return None
    return Selected(feature=name, distance=found.distance, threshold=found.threshold, method=found.method)
