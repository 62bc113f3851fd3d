"""The model in production: asked once a minute for the flights that leave in it, and captured."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from kedge.domain.capture_record import CaptureRecord, Payload

from .data import FEATURES, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .model import DelayModel


def write_training_file(flights: np.ndarray, model: DelayModel, path: Path) -> None:
    """Write what normal looks like: the prediction first, then the features, as in captured traffic."""
    header = ",".join(["predicted_delay", *FEATURES])
    lines = [f"{answer},{row}" for answer, row in zip(answers(flights, model), rows(flights), strict=True)]
    path.write_text("\n".join([header, *lines]) + "\n")


def replay(flights: np.ndarray, model: DelayModel, variant: Path) -> None:
    """Capture the requests for these flights: a folder for each hour, as data capture lays it out."""
    for hour, records in groupby(_requests(flights, model), lambda record: record.inference_time[:13]):
        captured = list(records)
        _, minute, second = captured[0].inference_time.removesuffix("Z").split(":")
        folder = variant / hour.replace("-", "/").replace("T", "/")
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(record.to_json() + "\n" for record in captured)
        (folder / f"{minute}-{second}-000-{uuid4()}.jsonl").write_text(lines)


def in_kilometres(flights: np.ndarray) -> np.ndarray:
    """Return the flights as a pipeline would that mistakes the unit: still whole numbers, none missing."""
    broken = flights.copy()
    broken["distance"] = np.rint(flights["distance"] * 1.609344)
    return broken


def answers(flights: np.ndarray, model: DelayModel) -> list[str]:
    """Return the model's answers as it sends them."""
    return [f"{delay:.1f}" for delay in model.predict(flights)]


def _requests(flights: np.ndarray, model: DelayModel) -> Iterator[CaptureRecord]:
    asked, told = rows(flights), answers(flights, model)
    minutes, starts = np.unique(flights["time"], return_index=True)
    for minute, start, end in zip(minutes, starts, [*starts[1:], len(flights)], strict=True):
        yield CaptureRecord(
            event_id=str(uuid4()),
            inference_time=f"{minute}Z",
            input=_csv(asked[start:end]),
            output=_csv(told[start:end]),
        )


def _csv(lines: list[str]) -> Payload:
    return Payload(data="\n".join(lines) + "\n", encoding="CSV", content_type="text/csv")
