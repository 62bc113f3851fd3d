"""The categories and their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def categorical(feature: Feature) -> list[tuple[str, int]] | None:
    """Return every category with its exact count, most frequent first, equally frequent ones by name.

    None where there is no category, and where there are more than the sketch keeps: then the counts would
    not be exact, and the column is no category but an id or free text.
    Reference: data-quality.md, 3.2.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> categorical(Feature().update(column(["b", "a", "a", None])))
    [('a', 2), ('b', 1)]
    """
    categories = feature.categories
    if not categories.counts or not categories.exact:
        return None
    return sorted(categories.counts.items(), key=lambda item: (-item[1], item[0]))
