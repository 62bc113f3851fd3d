"""A question to the profiles that are kept, and its answer."""

from __future__ import annotations

from collections.abc import Mapping  # fields of these types are told by their annotations
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kedge.domain.window import Window


@dataclass(frozen=True, slots=True)
class Question:
    """Whose profiles, of when.

    Parameters
    ----------
    monitor
        Of which monitor they are.
    endpoint, variant
        Whose; may be left out where there is only one endpoint, and of all variants.
    start, end
        Whole hours; None is the first and the last that is kept.
    features
        Some of them; none are all.
    """

    monitor: str = "data-quality"
    endpoint: str | None = None
    variant: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is remembered of an interval.

    Parameters
    ----------
    window
        The time that was asked for.
    rows
        How many are remembered.
    merged
        How many profiles it was merged from: hours, days, months, others.
    gaps
        By variant, for what time there was none.
    features
        The statistics of every feature, by name: numbers, or objects of them, as JSON would hold them.
    """

    window: Window
    rows: int
    merged: Mapping[str, int] = field(default_factory=dict)
    gaps: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    features: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
