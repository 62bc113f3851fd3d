"""The capture record: one request and its response, as one line of JSON (data-capture.md, 1.1).

Joined with ground truth it carries its labels, and is called a merged record (ground-truth.md, 2.3).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from kedge.domain import wire
from kedge.errors import InputError


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of a request or of a response: text for CSV and JSON, base64 text for all else."""

    data: str
    encoding: str
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """One invocation: what was asked, what was answered, when, and under which ids.

    Parameters
    ----------
    label
        The labels of its rows, where it is merged with ground truth.
    batch
        Whether the output is a row of a batch transform: then nothing else was captured, and maybe no time.
    """

    event_id: str
    inference_time: str
    input: Payload | None = None
    output: Payload | None = None
    inference_id: str | None = None
    custom_attributes: tuple[str, ...] = ()
    label: Payload | None = None
    batch: bool = False

    def to_json(self) -> str:
        """Return the record as one line, without the newline."""
        sides = {
            wire.ENDPOINT_INPUT: _side(self.input, "INPUT"),
            wire.BATCH_TRANSFORM_OUTPUT if self.batch else wire.ENDPOINT_OUTPUT: _side(self.output, "OUTPUT"),
        }
        metadata: dict[str, Any] = {"eventId": self.event_id}
        if self.inference_id is not None:
            metadata["inferenceId"] = self.inference_id
        if self.custom_attributes:
            metadata["customAttributes"] = list(self.custom_attributes)
        if self.inference_time:
            metadata["inferenceTime"] = self.inference_time
        label = {"data": self.label.data, "encoding": self.label.encoding} if self.label else None
        record = {
            **({wire.GROUND_TRUTH_DATA: label} if label else {}),
            wire.CAPTURE_DATA: {name: side for name, side in sides.items() if side},
            wire.EVENT_METADATA: metadata,
            wire.EVENT_VERSION: "0",
        }
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str | bytes) -> CaptureRecord:
        """Read one line.

        Raises
        ------
        InputError
            The line is not JSON, or not a capture record; ``field`` names what is missing.
        """
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"not JSON ({error}).") from None
        data = _object(raw, wire.CAPTURE_DATA)
        metadata = _object(raw, wire.EVENT_METADATA)
        attributes = metadata.get("customAttributes") or ()
        told = _payload(data, wire.CAPTURE_DATA, wire.ENDPOINT_OUTPUT)
        batch = None if told else _payload(data, wire.CAPTURE_DATA, wire.BATCH_TRANSFORM_OUTPUT)
        timed = metadata.get("inferenceTime") is not None
        return cls(
            event_id=_text(metadata, wire.EVENT_METADATA, "eventId"),
            inference_time=_text(metadata, wire.EVENT_METADATA, "inferenceTime") if timed else "",
            input=_payload(data, wire.CAPTURE_DATA, wire.ENDPOINT_INPUT),
            output=told or batch,
            inference_id=metadata.get("inferenceId"),
            custom_attributes=(attributes,) if isinstance(attributes, str) else tuple(attributes),
            label=_payload(raw, "", wire.GROUND_TRUTH_DATA),
            batch=batch is not None,
        )


def _side(payload: Payload | None, mode: str) -> dict[str, str] | None:
    if payload is None:
        return None
    return {
        "observedContentType": payload.content_type,
        "mode": mode,
        "data": payload.data,
        "encoding": payload.encoding,
    }


def _object(raw: object, field: str) -> dict[str, Any]:
    value = raw.get(field) if isinstance(raw, dict) else None
    if not isinstance(value, dict):
        raise InputError("this is not a capture record: an object is missing here.", field=field)
    return value


def _text(raw: dict[str, Any], parent: str, field: str) -> str:
    value = raw.get(field)
    if not isinstance(value, str):
        raise InputError("this is not a capture record: text is missing here.", field=f"{parent}.{field}")
    return value


def _payload(data: dict[str, Any], parent: str, side: str) -> Payload | None:
    if data.get(side) is None:
        return None
    raw, field = _object(data, side), f"{parent}.{side}".lstrip(".")
    bare = dict | list | int | float if side == wire.GROUND_TRUTH_DATA else dict | list
    body = raw.get("data")
    return Payload(
        # Some writers put a JSON body, or a label that is a number, in as it is, instead of as text.
        data=json.dumps(body) if isinstance(body, bare) else _text(raw, field, "data"),
        encoding=_text(raw, field, "encoding"),
        content_type=raw.get("observedContentType") or "",
    )
