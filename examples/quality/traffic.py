"""The model's traffic: captured by the hour of the request, its labels by the hour in which they came."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.window import format_time

from .model import FEATURES

if TYPE_CHECKING:
    from pathlib import Path

    from .model import Model

START = datetime(2024, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LATEST = timedelta(hours=48)
NEVER = 0.05  # of all loans nobody tells
CORRECTED, HELD_WRONG = 17, timedelta(hours=10)


def generator(seed: int) -> np.random.Generator:
    """Return the one source of chance."""
    return np.random.default_rng(seed)


def write_validation(path: Path, model: Model, features: np.ndarray, failed: np.ndarray) -> None:
    """Write label, prediction, probability and features of loans."""
    header = ",".join(["label", "prediction", "probability", *FEATURES])
    rows = zip(failed, _answers(model, features), _asked(features), strict=True)
    path.write_text("\n".join([header, *(f"{int(label)},{told},{asked}" for label, told, asked in rows)]) + "\n")


@dataclass(frozen=True)
class Requests:
    """What the model was asked and answered, when, what became of it, and when that was known; None for never."""

    asked: list[str]
    told: list[str]
    times: list[datetime]
    failed: list[bool]
    known: list[datetime | None]
    event_ids: list[UUID]

    @classmethod
    def of(cls, random: np.random.Generator, model: Model, days: list[tuple[np.ndarray, np.ndarray]]) -> Requests:
        """Return the requests of some days, evenly over each, and labels that come late."""
        features, failed = (np.concatenate(parts) for parts in zip(*days, strict=True))
        times = [
            START + DAY * (day + i / len(labels)) for day, (_, labels) in enumerate(days) for i in range(len(labels))
        ]
        delays = LATEST * random.beta(1, 3, len(times))
        never = random.random(len(times)) < NEVER
        never[CORRECTED] = False
        known = [None if lost else time + delay for time, delay, lost in zip(times, delays, never, strict=True)]
        ids = [UUID(bytes=random.bytes(16), version=4) for _ in times]
        return cls(_asked(features), _answers(model, features), times, failed.tolist(), known, ids)

    def write_captures(self, variant: Path) -> None:
        """Write one capture record for each request."""
        lines = [
            CaptureRecord(str(event), format_time(time), _csv(asked), _csv(told), inference_id=f"order-{i}").to_json()
            for i, (event, time, asked, told) in enumerate(
                zip(self.event_ids, self.times, self.asked, self.told, strict=True)
            )
        ]
        _write(variant, list(zip(self.times, lines, strict=True)))

    def write_labels(self, folder: Path) -> None:
        """Write one label for each request whose end is known, and of one request first the wrong one."""
        labels = [(time, i, self.failed[i]) for i, time in enumerate(self.known) if time]
        first = next(time for time, i, _ in labels if i == CORRECTED)
        labels = [(time + HELD_WRONG if i == CORRECTED else time, i, label) for time, i, label in labels]
        labels.append((first, CORRECTED, not self.failed[CORRECTED]))
        _write(folder, [(time, _label(time, i, label)) for time, i, label in sorted(labels)])


def _label(time: datetime, i: int, failed: bool) -> str:
    at = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return GroundTruth(f"order-{i}", str(int(failed)), upload_time=at).to_json()


def _write(folder: Path, lines: list[tuple[datetime, str]]) -> None:
    """Write lines below the hour of each, in order."""
    hours: dict[str, list[str]] = defaultdict(list)
    for time, line in lines:
        hours[f"{time:%Y/%m/%d/%H}"].append(line)
    for hour, held in hours.items():
        (folder / hour).mkdir(parents=True, exist_ok=True)
        (folder / hour / "00-00-000-records.jsonl").write_text("\n".join(held) + "\n")


def _asked(features: np.ndarray) -> list[str]:
    return [",".join(f"{value:.0f}" for value in row) for row in features]


def _answers(model: Model, features: np.ndarray) -> list[str]:
    # From the rounded risk, as that is all a reader sees.
    return [f"{int(risk > 0.5)},{risk:.4f}" for risk in model.risk(features).round(4)]


def _csv(line: str) -> Payload:
    return Payload(data=f"{line}\n", encoding="CSV", content_type="text/csv")
