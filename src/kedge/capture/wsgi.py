"""Capture beside any WSGI application: Flask, Django, or one of your own.

What the application reads and what it answers is handed on as it is and when it comes; it is only remembered on its
way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.capture.middleware import Middleware
from kedge.capture.talk import Talk, defect
from kedge.domain import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from kedge.capture.recorder import Capture

    Environ = dict[str, Any]
    StartResponse = Callable[..., Callable[[bytes], object]]
    App = Callable[[Environ, StartResponse], Iterable[bytes]]


def _variable(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


IDS = tuple(_variable(name) for name in wire.INFERENCE_ID_HEADERS)
ATTRIBUTES = tuple(_variable(name) for name in wire.CUSTOM_ATTRIBUTES_HEADERS)


class WSGICaptureMiddleware(Middleware["App"]):
    """Captures the requests that an application answers.

    An answer is captured when the server has taken all of it, whether the client stayed or not. The request is what
    the application has read of it by then.
    """

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does."""
        if (passing := self._passing(environ, start_response)) is None:
            return self.app(environ, start_response)
        try:
            return passing.answer(self.app(environ, passing.start_response))
        except BaseException:
            passing.talk.leaves()
            raise

    def _passing(self, environ: Environ, start_response: StartResponse) -> Passing | None:
        """Return what looks at a request, or None where it is not captured."""
        try:
            path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
            if not self._looked_at(environ["REQUEST_METHOD"], path):
                return None
            id = _first(environ, IDS)
            return Passing(self.capture, environ, id, start_response) if self.capture.wants(id) else None
        except Exception:
            defect(self.capture)
            return None


class Passing:
    """One request on its way to the application, and its answer on the way back."""

    def __init__(self, capture: Capture, environ: Environ, id: str | None, start_response: StartResponse) -> None:
        self.talk = talk = Talk(capture)
        talk.request_type = environ.get("CONTENT_TYPE") or ""
        talk.request_coding = environ.get("HTTP_CONTENT_ENCODING", "")
        talk.inference_id, talk.custom_attributes = id, _first(environ, ATTRIBUTES)
        self._start_response = start_response
        self._head: tuple[str, Sequence[tuple[str, str]]] | None = None
        self._from_a_file = environ.get("wsgi.file_wrapper")
        self._length = environ.get("CONTENT_LENGTH") or ("0" if "HTTP_TRANSFER_ENCODING" not in environ else "")
        self._input = environ["wsgi.input"] = Input(environ["wsgi.input"], self.talk)

    def start_response(self, status: str, headers: Sequence[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
        """Begin the answer, or begin it again after an error, which the server decides on."""
        write = self._start_response(status, headers, *more)
        self._head = status, headers

        def writes(part: bytes) -> object:
            self.sees(part)
            return write(part)

        return writes

    def answer(self, parts: Iterable[bytes]) -> Iterable[bytes]:
        """Return what the server takes the answer from: lists as they are, since servers ask for their length."""
        if isinstance(self._from_a_file, type) and isinstance(parts, self._from_a_file):
            self.talk.ends("unseen")
            return parts
        if not isinstance(parts, (list, tuple)):
            return Sized(parts, self) if hasattr(parts, "__len__") else Answer(parts, self)
        for part in parts:
            self.sees(part)
        self.ends()
        return parts

    def sees(self, part: bytes) -> None:
        """Take note of a part of the answer."""
        if part and not self.talk.over:
            try:
                self._begins()
                if not self.talk.over:
                    self.talk.answers(part)
            except Exception:
                self.talk.fails()

    def ends(self) -> None:
        """Take note that this was the last part."""
        if not self.talk.over:
            try:
                self._begins()
                if not self.talk.over:
                    self.talk.completes(unread=self._input.unread(self._length))
            except Exception:
                self.talk.fails()

    def _begins(self) -> None:
        """Take note of the head, which the application may replace until its first part is there."""
        if self._head is not None:
            status, headers = self._head
            by_name = {name.lower(): value for name, value in reversed(headers)}
            self.talk.response_type = by_name.get("content-type", "")
            self.talk.response_coding = by_name.get("content-encoding", "")
            self.talk.variant = by_name.get(wire.INVOKED_VARIANT_HEADER)
            self.talk.begins(int(status[:3]))
            self._head = None


class Input:
    """The body of a request, which remembers what was read of it."""

    def __init__(self, input: Any, talk: Talk) -> None:
        self._input, self._talk = input, talk
        self._at, self._ended = 0, False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._input, name)
        return self._seek if name == "seek" else found

    def read(self, size: int | None = -1) -> bytes:
        """Read as the server's own does."""
        data: bytes = self._input.read() if size is None or size < 0 else self._input.read(size)
        self._ended |= size is None or not 0 <= size <= len(data)
        return self._hears(data)

    def readline(self, *size: int) -> bytes:
        """Read a line as the server's own does."""
        return self._hears(self._input.readline(*size))

    def readlines(self, *hint: int) -> list[bytes]:
        """Read lines as the server's own does."""
        lines: list[bytes] = self._input.readlines(*hint)
        self._hears(b"".join(lines))
        return lines

    def __iter__(self) -> Iterator[bytes]:
        for line in self._input:
            yield self._hears(line)
        self._ended = True

    def __next__(self) -> bytes:
        return self._hears(next(self._input))

    def unread(self, length: str) -> bool:
        """Return whether there is more of a body, whose length is empty where nobody knows it, than was read."""
        return self._talk.read < int(length) if length else not self._ended

    def _hears(self, data: bytes) -> bytes:
        self._ended |= not data
        if data and not self._talk.over:
            try:
                again = max(self._talk.read - self._at, 0)
                self._at += len(data)
                self._talk.asked(data[again:])
            except Exception:
                self._talk.fails()
        return data

    def _seek(self, *where: int) -> Any:
        """Go elsewhere, as only some servers' own can; what is read twice is remembered once."""
        found = self._input.seek(*where)
        self._at = self._input.tell()
        return found


class Answer:
    """The parts of an answer, remembered when the server takes them."""

    def __init__(self, parts: Iterable[bytes], passing: Passing) -> None:
        self._parts, self._passing = parts, passing
        self._next = iter(parts)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            part = next(self._next)
        except StopIteration:
            self._passing.ends()
            raise
        except BaseException:
            self._passing.talk.leaves()
            raise
        self._passing.sees(part)
        return part

    def close(self) -> None:
        """Close what the application answered with, where that can be closed."""
        self._passing.talk.leaves()
        if close := getattr(self._parts, "close", None):
            close()


class Sized(Answer):
    """An answer of which the server may ask how many parts it has."""

    def __len__(self) -> int:
        return len(self._parts)  # type: ignore[arg-type]


def _first(environ: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if name in environ), None)
