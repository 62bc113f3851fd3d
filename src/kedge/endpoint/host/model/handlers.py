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
            told, kind = self._answer(body, content_type, accept)
            if len(told) > MOST_BYTES:
                raise Refused(500, f"The answer has more than {MOST_BYTES >> 20} MiB.")
        except Refused as error:
            return _refusal(error)
        return {"status": 200, "type": kind}, told

    def _answer(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        sent = plain(content_type) or JSON
        # What a handler is given: as the service's containers do it, texts are texts and the type is bare.
        told = _text(body) if sent in (CSV, JSON) else body
        if "transform_fn" in self.brought:
            wish = accept if accept not in ("", "*/*") else wanted("", sent)
            return _body(_called("transform_fn", self.brought, self.loaded.model, told, sent, wish), wish)
        # What cannot be answered in the type that is asked for is not computed first.
        kind = _wish(accept, sent) if "output_fn" in self.brought else wanted(accept, sent)
        prediction = self._predicted(self._data(body, told, sent))
        if "output_fn" in self.brought:
            return _body(_called("output_fn", self.brought, prediction, kind), kind)
        return _guarded("The answer", lambda: encode(prediction, kind)).encode(), kind

    def _data(self, body: bytes, told: str | bytes, sent: str) -> Any:
        if "input_fn" in self.brought:
            return _called("input_fn", self.brought, told, sent)
        return self.loaded.rows(decode(body, sent, self.loaded.names))

    def _predicted(self, data: Any) -> Any:
        if "predict_fn" in self.brought:
            return _called("predict_fn", self.brought, data, self.loaded.model)
        return _guarded("The model", lambda: self.loaded.predict(data), ours="input_fn" not in self.brought)


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


def _called(name: str, brought: Mapping[str, Callable[..., Any]], *arguments: Any) -> Any:
    return _guarded(name, lambda: brought[name](*arguments))


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
