"""What one should know of labels and answers before believing a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kedge.analysis.quality.quality import Quality

WIDE = 1e-4  # a bound on the error of the AUC that is worth telling


def remarks(quality: Quality) -> list[str]:
    """Return them as sentences; none where all is as it should be."""
    classes = () if quality.roles.problem == "Regression" else _of_classes(quality)
    return [*classes, *_of_rows(quality), *_of_scores(quality), *_of_segments(quality)]


def _of_classes(quality: Quality) -> Iterator[str]:
    counts = quality.whole.confusion
    sides = counts.actual[0].tolist(), counts.predicted[0].tolist()
    actual, predicted = ([name for name, n in zip(counts.classes, side, strict=True) if n] for side in sides)
    if not actual:
        return
    if not {*actual} & {*predicted}:
        yield (
            "Labels and predictions have no class in common: "
            f"labels are {_few(actual)}, predictions {_few(predicted)}. Write both in the same way."
        )
    elif never := sorted({*predicted} - {*actual}):
        yield f"Predicted and never actual: {_few(never)}."
    if len(actual) == 1:
        yield f"All labels are {actual[0]!r}, so nothing is known of the other classes."
    if quality.roles.problem == "BinaryClassification":
        yield from _of_positive(quality.roles.positive, actual)


def _of_positive(positive: str, actual: list[str]) -> Iterator[str]:
    if positive not in actual:
        yield f"No label is the positive class {positive!r}; labels are {_few(actual)}. Name it with --positive-label."
    if len(actual) > 2:
        yield f"Labels have {len(actual)} classes, {_few(actual)}: all but {positive!r} count as negative."


def _of_rows(quality: Quality) -> Iterator[str]:
    for count, what in (
        (quality.unpredicted, "a label and no prediction"),
        (quality.unusable, "a label or prediction that is no finite number"),
        (quality.unscored, "a label and no finite score"),
    ):
        if count:
            yield f"{_rows(count)} {what}."


def _of_scores(quality: Quality) -> Iterator[str]:
    scores, outside = quality.whole.scores, int(quality.whole.calibration.outside.sum())
    if outside:
        yield f"{_rows(outside)} a score that is not between 0 and 1, so no probability."
    if quality.whole.scored[0] > 1 and len(scores.bins) == 1 and scores.exact:
        yield "All scores are equal, so they rank nothing: the AUC is 0.5 by definition."
    if scores.bound > WIDE:
        yield f"The AUC is within {scores.bound:.1g} of that of the scores themselves."


def _of_segments(quality: Quality) -> Iterator[str]:
    for name, found in quality.segments.items():
        if found.too_many:
            yield f"Column {name!r} has more than {found.LIMIT} values, so its segments are not told apart."


def _rows(count: int) -> str:
    return "1 row has" if count == 1 else f"{count:,} rows have"


def _few(names: Iterable[str]) -> str:
    quoted = [repr(name) for name in names]
    return ", ".join(quoted[:5]) + (", …" if len(quoted) > 5 else "") if quoted else "none"
