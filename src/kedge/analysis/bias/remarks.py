"""What one should know of facets, labels and answers before believing a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D
from kedge.analysis.bias.measures import Reader
from kedge.analysis.bias.plan import placed
from kedge.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.bias.bias import Bias
    from kedge.analysis.bias.plan import Value
    from kedge.analysis.profile import Feature

_FEW = 5


def remarks(bias: Bias, features: Mapping[str, Feature]) -> list[str]:
    """Return them as sentences; none where all is as it should be."""
    return [*_of_labels(bias, features), *_of_facets(bias, features), *_of_rows(bias)]


def _of_labels(bias: Bias, features: Mapping[str, Feature]) -> Iterator[str]:
    plan, everybody = bias.plan, Reader(bias, flip=False).everybody
    labels, answers = everybody.observed[0].sum(0), everybody.confusion[0].sum((0, 1))
    names = plan.columns(features)
    continuous = plan.kinds.get("") == "continuous"
    if not labels[1]:
        near = _instead(names["label"], plan.positive, continuous, features)
        yield f"No label is {_meant(plan.positive, continuous)}.{near}"
    if not labels[0]:
        yield f"Every label is {_meant(plan.positive, continuous)}."
    if plan.answered and answers.sum() and not answers[1]:
        told = "above the threshold" if plan.probability else _meant(plan.positive, continuous)
        column = names["prediction"]
        yield f"No prediction is {told}.{_instead(column, plan.positive, continuous, features) if column else ''}"


def _of_facets(bias: Bias, features: Mapping[str, Feature]) -> Iterator[str]:
    kinds = {facet.name: bias.plan.kinds.get(facet.key) == "continuous" for facet in bias.plan.facets}
    values = {facet.name: facet.values for facet in bias.plan.facets}
    for sides in Reader(bias, flip=False).sides():
        if sides.counts is None:
            yield f"Nothing can be said of {sides.facet}. {sides.error}."
            continue
        rows, name = sides.counts.rows[0], sides.facet
        if not rows[D]:
            column = placed(name, features)
            near = _instead(column, values[name], kinds[name], features) if name in values else ""
            yield f"No row with a label has {name}={sides.told}, so nothing can be said of it.{near}"
        elif not rows[A]:
            yield f"Every row with a label has {name}={sides.told}: there is nobody to compare them with."


def _of_rows(bias: Bias) -> Iterator[str]:
    if bias.plan.answered and bias.unanswered:
        told = f" It is a list of {len(bias.plan.classes)} probabilities." if bias.plan.classes else ""
        yield f"{_rows(bias.unanswered)} a label and no prediction.{told}"
    for name, count in bias.unfaceted.items():
        if count:
            yield f"{_rows(count)} no {name}, and count as being outside of its values."
    if any(tally.many_groups for tally in bias.facets.values()):
        yield f"Column {bias.plan.group!r} has too many values for a group variable, so groups are not told apart."


def _meant(values: tuple[Value, ...], continuous: bool) -> str:
    return f"above {values[0]}" if continuous else " or ".join(map(repr, map(str, values)))


def _instead(column: str | None, values: tuple[Value, ...], continuous: bool, features: Mapping[str, Feature]) -> str:
    """Return what a column has in place of what was asked for."""
    feature = features.get(column or "")
    if feature is None:
        return ""
    if continuous:
        top = feature.extremes.max
        hint = " Where these are categories, say so under data_types." if feature.distinct.estimate() <= _FEW else ""
        return "" if top is None else f" The highest is {top:g}.{hint}"
    seen = [text for text, _ in feature.categories.top(100)]
    near = next((said for value in values if (said := did_you_mean(str(value), seen))), "")
    return f"{near} There are: {', '.join(map(repr, seen[:_FEW]))}{', …' if len(seen) > _FEW else ''}." if seen else ""


def _rows(count: int) -> str:
    return "1 row has" if count == 1 else f"{count:,} rows have"
