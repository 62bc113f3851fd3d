"""Statistics that are asked for by name, each with the sketches that it is read from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.statistics.quantile import quantile
from kedge.errors import SettingError, did_you_mean
from kedge.registry import KINDS, items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kedge.analysis.profile import Feature
    from kedge.analysis.statistics import Statistic

OF_NUMBERS: Final = ("moments", "extremes")
OF_RANKS: Final = ("types", "extremes", "kll", "tail")
# A statistic that is not here is read from all of them.
SKETCHES: Final[Mapping[str, tuple[str, ...]]] = {
    "categorical": ("categories",),
    "completeness": ("types",),
    "distinct_count": ("types", "moments", "distinct"),
    "histogram": ("extremes", "kll"),
    "max": ("extremes",),
    "mean": OF_NUMBERS,
    "min": ("extremes",),
    "spread": OF_RANKS,
    "std_dev": OF_NUMBERS,
    "sum": OF_NUMBERS,
    "type_shares": ("types",),
}
ALL: Final = ("types", "moments", "extremes", "kll", "tail", "distinct", "categories")
OF_ROWS: Final = ("vector_distance", "score", "distance", "check")  # kinds of which none is a statistic


@dataclass(frozen=True, slots=True)
class Asked:
    """One statistic: its name, the sketches it is read from, and the function."""

    name: str
    sketches: tuple[str, ...]
    function: Callable[[Feature], Any]


def asked(names: Iterable[str], plugged: Mapping[str, Statistic]) -> tuple[Asked, ...]:
    """Return the statistics of these names; ``p99`` is a quantile, ``plugged`` are those of plugins.

    >>> [(one.name, one.sketches) for one in asked(["mean", "p99.9"], {})]
    [('mean', ('moments', 'extremes')), ('p99.9', ('types', 'extremes', 'kll', 'tail'))]

    Raises
    ------
    SettingError
        There is none of such a name, or it needs rows.
    """
    return tuple(_asked(name.strip(), plugged) for name in names)


def _asked(name: str, plugged: Mapping[str, Statistic]) -> Asked:
    if (share := _share(name)) is not None:
        return Asked(name, OF_RANKS, partial(quantile, q=share))
    if name in plugged:
        return Asked(name, ALL, plugged[name])
    if name in SKETCHES:
        function = getattr(import_module(f"{KINDS['statistic']}.{name}"), name)
        return Asked(name, SKETCHES[name], function)
    raise _refused(name, [*SKETCHES, *plugged, "p50", "p99"])


def _share(name: str) -> float | None:
    """Return the share of a quantile that is named by its percentage, such as 0.99."""
    number = name.removeprefix("p")
    if number == name or not number.replace(".", "", 1).isdecimal() or not 0 <= float(number) <= 100:
        return None
    return float(number) / 100


def _refused(name: str, known: list[str]) -> SettingError:
    if name == "quantile":
        return SettingError("Which quantile?", field="--statistic", next_step="Write p50 or p99.9.")
    for kind in OF_ROWS:
        found = next((item for item in items(kind) if item.name == name), None)
        if found and not getattr(import_module(found.module), "MERGEABLE", kind not in ("vector_distance", "score")):
            return SettingError(
                f"{name!r} is not mergeable: it needs the rows, and what is asked is answered by profiles.",
                field="--statistic",
                next_step="Run kedge check on the data of that time.",
            )
        if found:
            return SettingError(
                f"{name!r} is a {kind}, which tells two sides apart.",
                field="--statistic",
                next_step="Run kedge check --profile on what --output wrote.",
            )
    return SettingError(
        f"There is no statistic {name!r}.{did_you_mean(name, known)}",
        field="--statistic",
        next_step=f"There are {', '.join(sorted(known))}.",
    )
