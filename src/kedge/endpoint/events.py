"""CloudEvents of inference loggers, as they come over HTTP: binary, structured, and in batches.

Sources: the CloudEvents specification 1.0.2 with its HTTP binding and JSON format; the payload loggers of KServe
(``pkg/logger``) and Seldon Core (``executor/logger``).
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NEEDED = ("specversion", "id", "source", "type")
REQUEST, RESPONSE = "request", "response"
HALVES = {
    f"{logger}.serving.inference.{half}": half
    for logger in ("org.kubeflow", "io.seldon")
    for half in (REQUEST, RESPONSE)
}
# Where a model is, as the loggers name it: two halves of one exchange agree in all of them.
PLACE = ("namespace", "inferenceservicename", "component", "endpoint", "modelid")
OVERHEAD = 1024  # bytes of an event's objects
# Names of CloudEvents before 0.3.
_OLD = {"contenttype": "datacontenttype", "cloudeventsversion": "specversion", "eventid": "id", "eventtype": "type"}


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its attributes by name, and its data with their content coding still on."""

    attributes: Mapping[str, str]
    data: bytes
    coding: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def half(self) -> str | None:
        """``request`` or ``response``; None where it is neither."""
        return HALVES.get(self["type"])

    @property
    def id(self) -> str:
        """What both halves of an exchange have in common; Seldon's events have ids of their own beside it."""
        return self["requestid"] or self["id"]

    @property
    def key(self) -> bytes:
        """The exchange that it is one half of, in few bytes however long the names are."""
        return blake2b(json.dumps([self.id, *(self[name] for name in PLACE)]).encode(), digest_size=16).digest()

    @property
    def size(self) -> int:
        """The bytes that it takes, roughly."""
        return len(self.data) + sum(len(name) + len(value) for name, value in self.attributes.items()) + OVERHEAD

    @property
    def time(self) -> float:
        """Unix time in seconds at which it was made; 0 where it does not tell."""
        try:
            made = datetime.fromisoformat(self["time"])
        except ValueError:
            return 0.0
        return (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()

    def header(self, names: tuple[str, ...]) -> str | None:
        """Return a header of the request that the logger sent along (KServe's ``metadataHeaders``)."""
        try:
            sent = json.loads(self["metadata"] or "{}")
        except ValueError:
            return None
        told = {str(name).lower(): value for name, value in sent.items()} if isinstance(sent, dict) else {}
        found = next((told[name] for name in names if name in told), None)
        return found[0] if isinstance(found, list) and found and isinstance(found[0], str) else None


def events(headers: Mapping[str, str], body: bytes) -> Iterator[Event | InputError]:
    """Yield what a request carries; of an event that is none, what is wrong with it."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (STRUCTURED, BATCH):
        yield _checked(_attributes(headers), body, headers.get("content-encoding", ""))
        return
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        yield InputError(f"Expected JSON, as {kind} promises, and found none.", next_step="Send the envelope as it is.")
        return
    if kind == BATCH and not isinstance(raw, list):
        yield InputError("Expected an array of events.", next_step=f"Send a single one as {STRUCTURED}.")
        return
    yield from (_unwrapped(each) for each in (raw if kind == BATCH else [raw]))


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    told = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    return told | {"datacontenttype": headers.get("content-type", "")}


def _unwrapped(raw: Any) -> Event | InputError:
    if not isinstance(raw, dict):
        return InputError(f"Expected an event as a JSON object, found {type(raw).__name__}.")
    told = {
        _OLD.get(name.lower(), name.lower()): value if isinstance(value, str) else json.dumps(value)
        for name, value in raw.items()
        if name not in ("data", "data_base64") and value is not None
    }
    try:
        return _checked(told, _data(raw, told.get("datacontenttype", "")), "")
    except (binascii.Error, ValueError):
        return InputError("Expected base64 in data_base64, and found none.", field="data_base64")


def _data(raw: Mapping[str, Any], kind: str) -> bytes:
    """Return the payload: text as it is, base64 decoded, JSON written anew."""
    packed = raw.get("data_base64", raw.get("data") if raw.get("datacontentencoding") == "base64" else None)
    if packed is not None:
        return base64.b64decode(packed, validate=True)
    data = raw.get("data")
    if data is None or (isinstance(data, str) and kind and "json" not in kind):
        return (data or "").encode("utf-8", "surrogatepass")
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _checked(attributes: Mapping[str, str], data: bytes, coding: str) -> Event | InputError:
    missing = [name for name in NEEDED if not attributes.get(name)]
    if missing:
        return InputError(
            f"A CloudEvent has {', '.join(NEEDED)}; this one has no {missing[0]}.",
            next_step="Point the logger of KServe or Seldon here, or send the attributes as ce- headers.",
        )
    return Event(attributes, data, coding)
