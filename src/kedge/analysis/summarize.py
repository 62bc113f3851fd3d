"""From a profile to ``statistics.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.documents import (
    Bucket,
    CategoricalBucket,
    CategoricalDistribution,
    CommonStatistics,
    DatasetStatistics,
    FeatureStatistics,
    KllDistribution,
    KllSketch,
    NumericalDistribution,
    NumericalStatistics,
    Statistics,
    StringDistribution,
    StringStatistics,
)
from kedge.analysis.statistics.categorical import categorical
from kedge.analysis.statistics.distinct_count import distinct_count
from kedge.analysis.statistics.histogram import histogram
from kedge.analysis.statistics.max import max as largest
from kedge.analysis.statistics.mean import mean
from kedge.analysis.statistics.min import min as smallest
from kedge.analysis.statistics.std_dev import std_dev
from kedge.analysis.statistics.sum import sum as total
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature, Profile


def statistics(profile: Profile, *, evaluated: str | None = None) -> Statistics:
    """Return the document of a profile, feature by feature in the order of the data.

    Number features have moments, extremes, ten buckets and the sketch; text features (booleans too) have the
    distinct count and, where they are few, the categories; features without any value only the counts. What
    is not known is left out: there is never a NaN. A constant number has ten buckets of no width, of which
    the last holds all values (:func:`~kedge.analysis.statistics.histogram.histogram`).

    Parameters
    ----------
    profile
        What is remembered.
    evaluated
        The time of the run, ISO 8601.

    References
    ----------
    data-quality.md, 3.2.
    """
    window = profile.window
    dataset = DatasetStatistics(
        item_count=profile.rows,
        start_time=format_time(window.start) if window else None,
        end_time=format_time(window.end) if window else None,
        evaluation_time=evaluated,
    )
    return Statistics(dataset=dataset, features=[_feature(name, feature) for name, feature in profile.features.items()])


def _feature(name: str, feature: Feature) -> FeatureStatistics:
    common = CommonStatistics(num_present=feature.types.present, num_missing=feature.types.missing)
    inferred = feature.types.inferred_type
    return FeatureStatistics(
        name=name,
        inferred_type=inferred,
        numerical_statistics=_numerical(common, feature) if inferred in ("Integral", "Fractional") else None,
        string_statistics=_string(common, feature) if inferred == "String" else None,
        common=common if inferred == "Unknown" else None,
    )


def _numerical(common: CommonStatistics, feature: Feature) -> NumericalStatistics:
    return NumericalStatistics(
        common=common,
        mean=mean(feature),
        sum=total(feature),
        std_dev=std_dev(feature),
        min=smallest(feature),
        max=largest(feature),
        distribution=_distribution(feature),
    )


def _distribution(feature: Feature) -> NumericalDistribution | None:
    buckets = histogram(feature)
    if buckets is None:
        return None
    counts, edges = (side.tolist() for side in buckets)
    return NumericalDistribution(
        kll=KllDistribution(
            buckets=[
                Bucket(lower_bound=low, upper_bound=high, count=count)
                for low, high, count in zip(edges, edges[1:], counts, strict=False)
            ],
            sketch=KllSketch(data=[level.tolist() for level in feature.kll.levels]),
        )
    )


def _string(common: CommonStatistics, feature: Feature) -> StringStatistics:
    buckets = [CategoricalBucket(value=value, count=count) for value, count in categorical(feature) or ()]
    distribution = StringDistribution(categorical=CategoricalDistribution(buckets=buckets))
    return StringStatistics(
        common=common,
        distinct_count=distinct_count(feature),
        distribution=distribution if buckets else None,
    )
