"""Fields that nobody is to keep: dropped, hashed or masked before anything touches the disk."""

from __future__ import annotations

import csv
import hmac
import io
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kedge.domain.capture_record import CaptureRecord, Payload

HOW = ("drop", "hash", "mask")
HASH_DIGITS = 32
MASK = "***"


@dataclass(frozen=True)
class Redact:
    """A redact hook for named fields of JSON and numbered columns of CSV, in requests and answers.

    Parameters
    ----------
    fields
        Field to ``drop``, ``hash`` or ``mask``. A field is a key of a JSON object at any depth, or the place of a CSV
        column, from 0. A dropped CSV field is left empty, so that the others keep their places.
    salt
        A secret that hashes are made with (HMAC, SHA-256, 32 digits), so that nobody finds a value by trying; the
        same value has the same hash. To hash, one is needed.
    drop_ids
        Whether inference ids and custom attributes are left out as well.

    Raises
    ------
    SettingError
        A way is unknown, or a field is to be hashed without a salt.
    ValueError
        A body is none of what it is called; the record is then dropped and counted ``redact_failed``. So is one whose
        body is kept in base64, as nobody can look into it.

    Examples
    --------
    >>> from kedge.domain.capture_record import CaptureRecord, Payload
    >>> record = CaptureRecord("e1", "2024-05-01T09:58:03Z", Payload('{"age": 41, "name": "Ann"}', "JSON"))
    >>> Redact({"name": "mask"})(record).input.data
    '{"age": 41, "name": "***"}'
    """

    fields: Mapping[str | int, str]
    salt: bytes = field(default=b"", repr=False)
    drop_ids: bool = False

    def __post_init__(self) -> None:
        for name, how in self.fields.items():
            if how not in HOW:
                raise SettingError(
                    f"{how!r} is no way to redact.{did_you_mean(how, HOW)}",
                    field=f"redact.{name}",
                    next_step=f"Choose of {', '.join(HOW)}.",
                )
        if "hash" in self.fields.values() and not self.salt:
            raise SettingError("A hash without a salt can be guessed.", field="redact.salt", next_step="Give a secret.")

    def __call__(self, record: CaptureRecord) -> CaptureRecord:
        """Return the record without what is to be hidden."""
        left = replace(record, input=self._payload(record.input), output=self._payload(record.output))
        return replace(left, inference_id=None, custom_attributes=()) if self.drop_ids else left

    def _payload(self, payload: Payload | None) -> Payload | None:
        if payload is None or not payload.data:
            return payload
        if payload.encoding == "BASE64":
            raise ValueError("a body in base64 cannot be redacted")
        redact: Callable[[str], str] = self._csv if payload.encoding == "CSV" else self._json
        return replace(payload, data=redact(payload.data))

    def _json(self, data: str) -> str:
        try:
            return json.dumps(self._value(json.loads(data)), ensure_ascii=False)
        except ValueError:
            values = [self._value(json.loads(line)) for line in data.splitlines() if line]
            return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: part for key, part in value.items() if self.fields.get(key) != "drop"}
            return {
                key: self._hidden(part, self.fields[key]) if key in self.fields else self._value(part)
                for key, part in kept.items()
            }
        return [self._value(part) for part in value] if isinstance(value, list) else value

    def _csv(self, data: str) -> str:
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        for row in csv.reader(io.StringIO(data, newline="")):
            writer.writerow(
                self._hidden(value, self.fields[place]) if place in self.fields else value
                for place, value in enumerate(row)
            )
        return written.getvalue() if data.endswith("\n") else written.getvalue().removesuffix("\n")

    def _hidden(self, value: Any, how: str) -> str:
        if how != "hash":
            return MASK if how == "mask" else ""
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        return hmac.new(self.salt, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:HASH_DIGITS]
