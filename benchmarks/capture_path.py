"""What capture costs a request, beside writing the same record without any of its care.

An application that does nothing is called in process, through the middleware and without it, and the recorder's thread
is counted too: processor time of the process, on minus off, over that of ``json.dumps`` and a write of each record.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep, thread_time
from typing import TYPE_CHECKING, Any

from kedge.capture import Capture, CaptureConfig, CaptureMiddleware

from .measure import Options, markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET = 1.5
ROUNDS, REQUESTS = 41, 5_000
PAUSE_SECONDS, PACED = 0.001, 5_000
BODY = json.dumps({f"feature_{i:02d}": round(i * 0.7071, 4) for i in range(43)}).encode()
JSON, LENGTH = (b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())
HEADERS = [
    (b"host", b"localhost:8080"),
    (b"user-agent", b"python-requests/2.32"),
    (b"accept", b"*/*"),
    (b"x-inference-id", b"order-17"),
    JSON,
    LENGTH,
]
SCOPE = {"type": "http", "method": "POST", "path": "/predict", "headers": HEADERS}
HEAD = {"type": "http.response.start", "status": 200, "headers": [JSON, LENGTH]}
SIDE = {"observedContentType": "application/json", "mode": "INPUT", "data": BODY.decode(), "encoding": "JSON"}
RECORD = {
    "captureData": {"endpointInput": SIDE, "endpointOutput": SIDE | {"mode": "OUTPUT"}},
    "eventMetadata": {
        "eventId": "5d167e6a-3c1f-4f2c-9d2b-0d6a2f0e7a11",
        "inferenceId": "order-17",
        "inferenceTime": "2024-05-01T09:58:03Z",
    },
    "eventVersion": "0",
}


@dataclass
class Costs:
    """Microseconds a request, one figure a round."""

    extra: list[float]
    own: list[float]
    bare: list[float]
    buffered: list[float]


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for the processor, and for the latency."""
    rounds, paced = (9, 1000) if options.quick else (ROUNDS, PACED)
    with TemporaryDirectory() as folder:
        capture = Capture(
            CaptureConfig(endpoint="bench", journal=folder, disk_share=1, buffer_records=REQUESTS, buffer_bytes=1 << 30)
        )
        costs = _costs(capture, Path(folder), rounds)
        yield f"Processor time of a request of {len(BODY):,} bytes and an answer of as many, {rounds} rounds"
        yield markdown(("", "µs", "capture is", "target", ""), _lines(costs))
        yield f"Latency that the middleware adds at {1 / PAUSE_SECONDS:,.0f} requests a second"
        yield markdown(("", "off µs", "on µs", "added µs"), _latency(capture, paced))
        capture.close()


def _lines(costs: Costs) -> list[tuple[str, ...]]:
    def over(bare: list[float]) -> float:
        return median(extra / one for extra, one in zip(costs.extra, bare, strict=True))

    ratio = over(costs.bare)
    verdict = "met" if ratio <= TARGET else "missed"
    return [
        ("capture", f"{median(costs.extra):.1f}", "", "", ""),
        ("of it on the request's own thread", f"{median(costs.own):.1f}", "", "", ""),
        ("json.dumps and a write", f"{median(costs.bare):.1f}", f"{ratio:.2f}x", f"at most {TARGET}x", verdict),
        ("json.dumps and a write to a buffer", f"{median(costs.buffered):.1f}", f"{over(costs.buffered):.2f}x", "", ""),
    ]


def _costs(capture: Capture, folder: Path, rounds: int) -> Costs:
    costs, middleware = Costs([], [], [], []), CaptureMiddleware(_app, capture)
    with (folder / "bare").open("ab", buffering=0) as bare, (folder / "buffered").open("ab") as buffered:
        for _ in range(rounds):
            off, off_own = _asked(_app, capture)
            on, own = _asked(middleware, capture)
            costs.extra.append(on - off)
            costs.own.append(own - off_own)
            costs.bare.append(_written(bare.write))
            costs.buffered.append(_written(buffered.write))
    assert capture.counts().journalled == rounds * REQUESTS
    return costs


def _asked(app: Any, capture: Capture) -> tuple[float, float]:
    """Return the microseconds a request of the process until all is in the journal, and of this thread alone."""
    start, own_start = process_time(), thread_time()
    asyncio.run(_ask(app))
    own = thread_time() - own_start
    while capture.counts().on_its_way:
        sleep(0.05)
    return (process_time() - start) / REQUESTS * 1e6, own / REQUESTS * 1e6


async def _ask(app: Any) -> None:
    for _ in range(REQUESTS):
        await app(SCOPE, _receive, _send)


def _written(write: Callable[[bytes], object]) -> float:
    start = process_time()
    for _ in range(REQUESTS):
        write((json.dumps(RECORD) + "\n").encode())
    return (process_time() - start) / REQUESTS * 1e6


def _latency(capture: Capture, requests: int) -> list[tuple[str, ...]]:
    off, on = asyncio.run(_paced(CaptureMiddleware(_app, capture), requests))
    capture.flush(60)
    places = {"p50": 49, "p90": 89, "p99": 98}
    cuts = [(name, quantiles(off, n=100)[at], quantiles(on, n=100)[at]) for name, at in places.items()]
    return [(name, f"{a:.1f}", f"{b:.1f}", f"{b - a:.1f}") for name, a, b in cuts]


async def _paced(middleware: Any, requests: int) -> tuple[list[float], list[float]]:
    """Return microseconds of requests without and with the middleware, turn by turn."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(2 * requests):
        await asyncio.sleep(PAUSE_SECONDS)
        start = perf_counter()
        await (middleware if number % 2 else _app)(SCOPE, _receive, _send)
        took[number % 2].append((perf_counter() - start) * 1e6)
    return took


async def _app(_: Any, receive: Any, send: Any) -> None:
    await receive()
    await send(HEAD)
    await send({"type": "http.response.body", "body": BODY})


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": BODY}


async def _send(message: Any) -> None:
    """Take a message as a server does that has nothing to do."""
