"""What answers a request: the handlers of a user, and ours where one is missing."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kedge.endpoint.host.model import kinds, script
from kedge.endpoint.host.model.decode import decode
from kedge.endpoint.host.model.encode import encode
from kedge.endpoint.host.model.loaded import Loaded, estimator
from kedge.endpoint.host.model.media import CSV, JSON, plain, wanted
from kedge.endpoint.host.model.refused import Refused

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES: Final = 64 << 20  # of an answer


@dataclass(frozen=True, slots=True)
class Handlers:
    """A model with what a user brought for it."""

    loaded: Loaded
    brought: Mapping[str, Callable[..., Any]]

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[dict[str, Any], bytes]:
        """Return status and type, and the body; whatever goes wrong is an answer."""
        try:
            answer, kind = self._answer(body, content_type, accept)
            if len(answer) > MOST_BYTES:
                raise Refused(500, f"The answer has more than {MOST_BYTES >> 20} MiB.")
        except Refused as error:
            return _refusal(error)
        except (Exception, SystemExit) as error:  # what a handler returned may fail when it is looked at, too
            traceback.print_exc()
            told = f"The answer failed with {type(error).__name__}; the log of the host has more."
            return _refusal(Refused(500, told))
        return {"status": 200, "type": kind}, answer

    def _answer(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        sent = plain(content_type) or JSON
        # What a handler is given: as the service's containers do it, texts are texts and the type is bare.
        told = _text(body) if sent in (CSV, JSON) else body
        theirs = "transform_fn" in self.brought or "output_fn" in self.brought
        # What cannot be answered in the type that is asked for is not computed first.
        kind = _wish(accept, sent) if theirs else wanted(accept, sent)
        if "transform_fn" in self.brought:
            return _body(self._called("transform_fn", self.loaded.model, told, sent, kind), kind)
        prediction = self._predicted(self._data(body, told, sent))
        if "output_fn" in self.brought:
            return _body(self._called("output_fn", prediction, kind), kind)
        return encode(prediction, kind).encode(), kind

    def _data(self, body: bytes, told: str | bytes, sent: str) -> Any:
        if "input_fn" in self.brought:
            return self._called("input_fn", told, sent)
        return _guarded("The model", lambda: self.loaded.rows(decode(body, sent, self.loaded.names)), ours=True)

    def _predicted(self, data: Any) -> Any:
        if "predict_fn" in self.brought:
            return self._called("predict_fn", data, self.loaded.model)
        return _guarded("The model", lambda: self.loaded.predict(data), ours="input_fn" not in self.brought)

    def _called(self, name: str, *arguments: Any) -> Any:
        return _guarded(name, lambda: self.brought[name](*arguments))


def handlers(folder: Path, trust: bool) -> Handlers:
    """Load the model in a folder, and the handlers that it brings.

    Raises
    ------
    KedgeError
        It cannot be loaded.
    """
    brought = script.handlers(folder)
    if "model_fn" not in brought:
        return Handlers(kinds.load(folder, trust), brought)
    return Handlers(estimator(brought["model_fn"](str(folder)), "inference.py"), brought)


def _guarded(name: str, call: Callable[[], Any], ours: bool = False) -> Any:
    """Call what is not ours: what it raises goes to the log, and only its name to the caller.

    Of rows that are as they were sent, ``ours``, libraries raise ValueError for those that a model cannot take.
    """
    try:
        return call()
    except Refused:
        raise
    except (Exception, SystemExit) as error:
        if ours and isinstance(error, ValueError):
            said = (str(error).strip().splitlines() or ["ValueError"])[0][:200]
            raise Refused(400, f"The model does not take these rows: {said.rstrip('.')}.") from None
        traceback.print_exc()
        # What the service's toolkit raises for a type that a handler does not know.
        status = 415 if type(error).__name__ == "UnsupportedFormatError" else 500
        raise Refused(status, f"{name} failed with {type(error).__name__}; the log of the host has more.") from None


def _wish(accept: str, sent: str) -> str:
    """Return what a handler of a user is to answer with: it may know types that we do not."""
    first = plain(accept.split(",")[0])
    return first if first and "*" not in first else wanted("", sent)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, f"line {body[: error.start].count(10) + 1}: The text is not UTF-8.") from None


def _body(made: Any, kind: str) -> tuple[bytes, str]:
    """Return what an output handler made as bytes: it may say the type, too, or return a response of its framework."""
    if isinstance(made, tuple) and len(made) == 2:
        made, kind = made[0], str(made[1])
    elif hasattr(made, "get_data"):
        made, kind = made.get_data(), str(getattr(made, "content_type", None) or kind)
    elif hasattr(made, "response"):
        made, kind = made.response, str(getattr(made, "mimetype", None) or kind)
    if isinstance(made, str):
        return made.encode(), kind
    if isinstance(made, bytes | bytearray | memoryview):
        return bytes(made), kind
    if kind == JSON and isinstance(made, dict | list):
        return json.dumps(made).encode(), kind
    raise Refused(500, f"The handler returned {type(made).__name__}, where a text or bytes were expected.")


def _refusal(error: Refused) -> tuple[dict[str, Any], bytes]:
    return {"status": error.status, "type": JSON}, json.dumps({"message": error.message}).encode()
