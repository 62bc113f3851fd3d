"""What may be behind a metric that is further from parity: which side moved, and in what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kedge.analysis.bias.documents import FacetEntry, Group

_LABELS: Final = ("CDDL", "DPL", "JS", "KL", "KS", "LP", "TVD")
_ANSWERS: Final = ("CDDPL", "DI", "DPPL", "FT")
_MOVED: Final = 0.005  # of a share, that is worth telling


def hint(metric: str, known: FacetEntry, seen: FacetEntry) -> str:
    """Return which share moved, of which side; empty where the baseline does not say, or nothing did.

    A metric of labels is told by the shares of positive labels, one of answers by those of positive answers, class
    imbalance by the rows; of errors both shares are looked at.
    """
    if not (known.known and seen.known):
        return ""
    if metric == "CI":
        return _moved("Of all rows", "are of it", _size(known), _size(seen))
    parts = [] if metric in _ANSWERS else [("labels", "positive_labels", "rows")]
    parts += [] if metric in _LABELS else [("predictions", "positive_predictions", "predictions")]
    told = [
        _moved(f"Of its {what}" if side == "disadvantaged" else f"Of the others' {what}", "are positive", *shares)
        for what, part, whole in parts
        for side in ("disadvantaged", "advantaged")
        if (shares := _shares(known, seen, side, part, whole))
    ]
    return " ".join(filter(None, told))


def _shares(known: FacetEntry, seen: FacetEntry, side: str, part: str, whole: str) -> tuple[float, float] | None:
    found = [_share(getattr(entry, side), part, whole) for entry in (known, seen)]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _share(group: Group, part: str, whole: str) -> float | None:
    rows = getattr(group, whole)
    return getattr(group, part) / rows if rows else None


def _size(entry: FacetEntry) -> float:
    one, other = entry.disadvantaged, entry.advantaged
    rows = (one.rows if one else 0) + (other.rows if other else 0)
    return one.rows / rows if one and rows else 0.0


def _moved(of: str, what: str, before: float, now: float) -> str:
    return "" if abs(now - before) < _MOVED else f"{of} {100 * now:.1f} % {what}, were {100 * before:.1f} %."
