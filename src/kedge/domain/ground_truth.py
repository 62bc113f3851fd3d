"""The ground-truth record: what a request's label turned out to be, as one line of JSON (ground-truth.md, 2.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from kedge.domain import wire
from kedge.errors import InputError, SettingError

Encoding = Literal["CSV", "JSON"]


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """The label of one request, or those of all its rows, under the id that its capture has.

    Parameters
    ----------
    id
        The capture's inference id, or its event id where the caller sent none.
    data
        The label in its encoding: ``1``, ``0,1,1``, ``{"label":1}``.
    encoding
        ``CSV`` or ``JSON``.
    upload_time
        When it was uploaded, ISO 8601, UTC; ours alone: the service knows the hour of the folder only.
    """

    id: str
    data: str
    encoding: Encoding = "CSV"
    upload_time: str | None = None

    def to_json(self) -> str:
        """Return the record as one line, without the newline."""
        metadata = {"eventId": self.id}
        if self.upload_time is not None:
            metadata[wire.UPLOAD_TIME] = self.upload_time
        record = {
            wire.GROUND_TRUTH_DATA: {"data": self.data, "encoding": self.encoding},
            wire.EVENT_METADATA: metadata,
            wire.EVENT_VERSION: "0",
        }
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str | bytes) -> GroundTruth:
        """Read one line.

        Raises
        ------
        InputError
            The line is not JSON, or not a ground-truth record; ``field`` names what is missing.
        """
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"not JSON ({error}).") from None
        data = _object(raw, wire.GROUND_TRUTH_DATA)
        metadata = _object(raw, wire.EVENT_METADATA)
        body, time = data.get("data"), metadata.get(wire.UPLOAD_TIME)
        return cls(
            id=_text(metadata.get("eventId"), f"{wire.EVENT_METADATA}.eventId"),
            # Some writers put a label in as it is, instead of as text.
            data=_text(body if isinstance(body, str | None) else json.dumps(body), f"{wire.GROUND_TRUTH_DATA}.data"),
            encoding=_encoding(data.get("encoding")),
            upload_time=time if isinstance(time, str) else None,
        )


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """Which columns of a table hold what a ground-truth record is made of.

    Parameters
    ----------
    id
        The column of the request's id.
    label
        The column of its label.
    group
        Whether rows with the same id are the labels of one request's rows, in their order; else the last one counts.
    sampling_percentage
        Which requests were captured, above 0 to 100: others have no label. None is not asked.
    """

    id: str
    label: str
    group: bool = False
    sampling_percentage: float | None = None

    def __post_init__(self) -> None:
        if self.sampling_percentage is not None and not 0 < self.sampling_percentage <= 100:
            raise SettingError(
                f"Of a hundred requests these are {self.sampling_percentage:g}.",
                field="sampling_percentage",
                next_step="Give that of the capture, above 0 to 100.",
            )


def _object(raw: object, field: str) -> dict[str, Any]:
    value = raw.get(field) if isinstance(raw, dict) else None
    if not isinstance(value, dict):
        raise InputError("this is not a ground-truth record: an object is missing here.", field=field)
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise InputError("this is not a ground-truth record: text is missing here.", field=field)
    return value


def _encoding(value: object) -> Encoding:
    if value == "CSV" or value == "JSON":
        return value
    raise InputError(f"the encoding is CSV or JSON, and not {value!r}.", field=f"{wire.GROUND_TRUTH_DATA}.encoding")


@dataclass(frozen=True, slots=True)
class Truth:
    """Where labels are: ground-truth records at a path or URL.

    ``id`` names the column that identifies a row, where the captures are plain rows (CSV, JSON Lines, Parquet).
    """

    url: str
    id: str | None = None
