"""From ``statistics.json`` back to features, for a baseline that left no profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.profile import Feature
from kedge.analysis.sketches.categories import Categories
from kedge.analysis.sketches.extremes import Extremes
from kedge.analysis.sketches.kll import Kll
from kedge.analysis.sketches.moments import Moments
from kedge.analysis.sketches.types import Types

if TYPE_CHECKING:
    from kedge.analysis.documents import (
        FeatureStatistics,
        NumericalStatistics,
        Statistics,
        StringStatistics,
    )


def features(statistics: Statistics) -> dict[str, Feature]:
    """Return what the document remembers of every feature, enough to compare a window with it.

    Every present value counts as one of the inferred type, as the document does not say more. The quantile
    sketch and the categories come back as they were written; the distinct count and the tail do not, and are
    empty. A text feature without categories had too many of them, and has no distance to anything.
    Reference: data-quality.md, 3.2.
    """
    return {feature.name: _feature(feature) for feature in statistics.features}


def _feature(feature: FeatureStatistics) -> Feature:
    if feature.numerical_statistics:
        return _numerical(feature.numerical_statistics, feature.inferred_type)
    if feature.string_statistics:
        return _string(feature.string_statistics)
    return Feature(types=Types(missing=feature.common.num_missing if feature.common else 0))


def _numerical(known: NumericalStatistics, inferred_type: str) -> Feature:
    present, missing = known.common.num_present, known.common.num_missing
    integral = present if inferred_type == "Integral" else 0
    types = Types(missing=missing, integral=integral, fractional=present - integral)
    return Feature(types, _moments(known), Extremes(known.min, known.max), _kll(known))


def _moments(known: NumericalStatistics) -> Moments:
    if known.mean is None:
        return Moments()
    count = known.common.num_present
    return Moments(count=count, mean=known.mean, m2=(known.std_dev or 0.0) ** 2 * count)


def _kll(known: NumericalStatistics) -> Kll:
    kll = known.distribution and known.distribution.kll
    if not kll or not kll.sketch:
        return Kll()
    return Kll(levels=tuple(np.array(level, np.float64) for level in kll.sketch.data))


def _string(known: StringStatistics) -> Feature:
    types = Types(missing=known.common.num_missing, string=known.common.num_present)
    categorical = known.distribution and known.distribution.categorical
    counts = {bucket.value: bucket.count for bucket in categorical.buckets} if categorical else {}
    return Feature(types, categories=Categories(counts=counts, total=sum(counts.values())))
