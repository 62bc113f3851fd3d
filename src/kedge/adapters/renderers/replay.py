"""``replay.html``: stored windows under other constraints, as one page that needs nothing but itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.adapters.presentation import charts, sentences, words
from kedge.adapters.renderers.page import document

if TYPE_CHECKING:
    from kedge.analysis.replay import Replay


@dataclass(frozen=True)
class Row:
    """One feature over the windows: in how many it fires, and a path of those, then above now."""

    name: str
    then: int
    now: int
    then_path: str
    now_path: str


def replay(replayed: Replay) -> str:
    """Return a map of features by windows, and the windows as a table.

    A cell is split: its upper half is filled where the feature fired then, its lower half where it would now.
    So nothing hangs on the colour, and a cell may be as narrow as a screen shows.
    """
    windows = replayed.windows
    then = [len(window.then) for window in windows]
    now = [len(window.now) for window in windows]
    top = max([*then, *now, 1])
    return document(
        "replay.html",
        ("style.css", "replay.css"),
        replay=replayed,
        rows=[_row(replayed, name) for name in replayed.features],
        then=charts.columns([count / top for count in then], up=True),
        now=charts.columns([count / top for count in now], up=False),
        top=top,
        totals=(sum(then), sum(now)),
        ends=_ends(replayed),
        words=words,
        sentences=sentences,
    )


def _ends(replayed: Replay) -> tuple[str, str]:
    first, last = replayed.windows[0], replayed.windows[-1]
    return words.moment(first.window_start or first.report), words.moment(last.window_end or last.report)


def _row(replayed: Replay, name: str) -> Row:
    then = [any(v.feature_name == name for v in window.then) for window in replayed.windows]
    now = [any(v.feature_name == name for v in window.now) for window in replayed.windows]
    paths = charts.columns(then, up=True), charts.columns(now, up=False)
    return Row(words.plain(name), sum(then), sum(now), *paths)
