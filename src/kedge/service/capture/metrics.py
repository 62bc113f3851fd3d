"""A journal's counters in the text format of Prometheus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kedge.service.capture.state import STUCK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.service.capture.state import EndpointState, JournalState

    Sample = tuple[str, str, dict[str, str], float]

PREFIX = "kedge_capture_"
COUNTERS = ("seen", "sampled_out", "journalled", "journalled_bytes")
REASONED = ("dropped", "skipped", "remarked")
SHIPPED = {
    "files": "shipped_files",
    "records": "shipped_records",
    "bytes": "shipped_bytes",
    "recovered": "recovered_files",
    "torn": "torn_records",
    "failures": "ship_failures",
}


def prometheus(states: Sequence[JournalState]) -> str:
    """Return the counters of every endpoint of some journals; each name has its type once."""
    families: dict[tuple[str, str], list[str]] = {}
    for state in states:
        for name, kind, labels, value in _samples(state):
            labelled = ",".join(f"{label}={json.dumps(text)}" for label, text in labels.items())
            families.setdefault((name, kind), []).append(f"{PREFIX}{name}{{{labelled}}} {value}")
    lines = [line for (name, kind), rows in families.items() for line in (f"# TYPE {PREFIX}{name} {kind}", *rows)]
    return "\n".join(lines) + "\n"


def _samples(state: JournalState) -> Iterator[Sample]:
    journal = {"journal": state.journal}
    yield "shipper_up", "gauge", journal, int(state.shipper is not None)
    for endpoint in state.endpoints:
        for name, kind, labels, value in _of_endpoint(endpoint):
            yield name, kind, {**journal, "endpoint": endpoint.endpoint, **labels}, value


def _of_endpoint(state: EndpointState) -> Iterator[Sample]:
    for name in COUNTERS:
        yield f"{name}_total", "counter", {}, state.counts[name]
    for name in REASONED:
        for reason, times in sorted(state.counts[name].items()):
            yield f"{name}_total", "counter", {"reason": reason}, times
    for name, told in SHIPPED.items():
        yield f"{told}_total", "counter", {}, state.shipped[name]
    waiting = state.waiting
    for name, value in (
        ("buffered", state.buffered),
        ("processes", state.living),
        ("open_files", state.open_files),
        ("waiting_files", waiting.files),
        ("waiting_bytes", waiting.bytes),
        ("waiting_oldest_seconds", round(waiting.oldest_seconds, 1)),
        ("stuck", int(waiting.oldest_seconds > STUCK_SECONDS)),
    ):
        yield name, "gauge", {}, value
