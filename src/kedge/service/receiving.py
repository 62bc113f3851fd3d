"""Labels and captures that are sent instead of shipped: looked at whole, then written whole."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from kedge.domain.capture_record import CaptureRecord
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.window import parse_time
from kedge.errors import InputError, KedgeError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kedge.domain.catalog import Endpoint
    from kedge.ports import Clock, ObjectStore

VARIANT: Final = "AllTraffic"
CONTENT: Final = UUID("6f8f2a34-6bd6-5b0e-9d5e-2f1ab0f6c2c1")  # what is sent twice has one name


@dataclass(frozen=True)
class Receiving:
    """Takes labels and captures of an endpoint.

    Parameters
    ----------
    store
        Where they go: below the endpoint's ``ground_truth`` and ``captures``.
    clock
        Tells when labels arrive.
    """

    store: ObjectStore
    clock: Clock

    def labels(self, endpoint: Endpoint, lines: bytes) -> int:
        """Write labels below the hour in which they arrive, and return how many.

        Parameters
        ----------
        lines
            A record of ground truth a line (ground-truth.md, 2.1), or shorter: ``{"id": "…", "label": 1}``.

        Raises
        ------
        InputError
            A line is none; nothing was written.
        SettingError
            The endpoint does not say where its labels are.
        """
        if not endpoint.ground_truth:
            raise SettingError(
                f"The endpoint {endpoint.name!r} does not say where its labels are.",
                field="ground_truth",
                next_step="Declare ground_truth: of the endpoint, and apply.",
            )
        now = self.clock.now()
        time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        records = [replace(label, upload_time=time).to_json() for label in _read(lines, _label)]
        self._write(f"{endpoint.ground_truth.rstrip('/')}/{now:%Y/%m/%d/%H}", now, records)
        return len(records)

    def captures(self, endpoint: Endpoint, lines: bytes, variant: str = VARIANT) -> int:
        """Write capture records below the hours of their inferences, and return how many.

        The same lines sent twice are kept once: the name of a file is a hash of what is in it.

        Parameters
        ----------
        lines
            A capture record a line (data-capture.md, 1.1).

        Raises
        ------
        InputError
            A line is none; nothing was written.
        """
        hours: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for time, line in _read(lines, _capture):
            hours[f"{time:%Y/%m/%d/%H}"].append((time, line))
        for hour, records in hours.items():
            folder = f"{endpoint.captures.rstrip('/')}/{endpoint.name}/{variant}/{hour}"
            self._write(folder, min(time for time, _ in records), [line for _, line in records])
        return sum(map(len, hours.values()))

    def _write(self, folder: str, time: datetime, records: list[str]) -> None:
        content = "".join(f"{record}\n" for record in records)
        name = f"{time:%M-%S}-{time.microsecond // 1000:03d}-{uuid5(CONTENT, content)}.jsonl"
        self.store.write(folder, {name: content.encode()})


def _read(lines: bytes, read: Callable[[bytes], Any]) -> list[Any]:
    """Return what stands in each line that is not empty."""
    found = []
    for number, line in enumerate(lines.splitlines(), start=1):
        if line.strip():
            try:
                found.append(read(_plain(line)))
            except KedgeError as error:
                error.line = number
                error.next_step = error.next_step or "Nothing was written: mend the line, and send all again."
                raise
    if not found:
        raise InputError("There is no record in it.", next_step="Send one record a line, as JSON.")
    return found


def _plain(line: bytes) -> bytes:
    """Return a line that every reader of it takes for the same text, in UTF-8.

    JSON may be in other encodings and hold halves of characters, and the files it is kept in may not.
    """
    try:
        text = line.decode("utf-8-sig")
        json.dumps(json.loads(text), ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON in UTF-8 ({error}).") from None
    return text.encode("utf-8")


def _label(line: bytes) -> GroundTruth:
    """Return a label, as a record of ground truth or short."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error}).") from None
    if not (isinstance(raw, dict) and raw.keys() == {"id", "label"}):
        return GroundTruth.from_json(line)
    id, label = raw["id"], raw["label"]
    if not isinstance(id, str) or isinstance(label, dict | list) or label is None:
        raise InputError("an id is a text, and a label a text, a number or a truth.", field="label")
    return GroundTruth(id, label if isinstance(label, str) else json.dumps(label))


def _capture(line: bytes) -> tuple[datetime, str]:
    """Return when an inference was, and its record as a line."""
    record = CaptureRecord.from_json(line)
    if not record.inference_time:
        raise InputError("this record does not say when its inference was.", field="eventMetadata.inferenceTime")
    try:
        return parse_time(record.inference_time), line.decode("utf-8").strip()
    except OverflowError:
        raise InputError("that is beyond the years 1 to 9999.", field="eventMetadata.inferenceTime") from None
