"""Where metrics go besides: one file a kind, a function of that name that takes its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.errors import SettingError, did_you_mean
from kedge.registry import items

if TYPE_CHECKING:
    from kedge.ports import MetricSink

FIELD = "metric_sinks"


def sinks(setting: str | None) -> dict[str, MetricSink]:
    """Return the sinks that a setting names, such as ``otlp:https://collector:4318``, each by what it calls it.

    Raises
    ------
    SettingError
        There is no such kind of sink, it is named twice, or it cannot be had from its address.
    MissingDependency
        A package is not installed that it needs.
    """
    names = [name.strip() for name in (setting or "").split(",") if name.strip()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise SettingError(f"The sink {twice!r} is named twice.", field=FIELD, next_step="Name it once.")
    return {name: _sink(name) for name in names}


def _sink(name: str) -> MetricSink:
    kind, _, address = name.partition(":")
    known = {item.name: item for item in items("sink")}
    if kind not in known:
        raise SettingError(
            f"There is no sink {kind!r}.{did_you_mean(kind, known)}",
            field=FIELD,
            next_step=f"Known: {', '.join(known)}; some take an address, as in otlp:https://collector:4318.",
        )
    made: Any = known[kind].load()
    sink: MetricSink = made(address)
    return sink
