"""What runs in the process of a hook: the standard library and the user's script, nothing else of kedge.

It is told what to do by ``task.json`` in the folder that it is given, keeps ``place`` (stage, file, line) up to date
while it works, and leaves ``outcome.json`` at the end. Standard output belongs to the script alone.
"""

from __future__ import annotations

import faulthandler
import gzip
import json
import mmap
import os
import sys
import time
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from traceback import extract_tb, format_exception_only
from types import FunctionType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOADING, RUNNING, ENDING = range(3)
REFUSED = 10_000  # unreadable lines that are kept to be explained
LINE_LIMIT = 16 << 20  # bytes that a quoted CSV row may take
ENDLESS = {float("inf"): "1e999", float("-inf"): "-1e999"}  # a number too large for a double is read as infinite
TAGS = ("SageMakerInferenceId", "SageMakerInferenceTime")
DECODE = json.JSONDecoder().raw_decode  # much less around it than json.loads
EXPECTED = "expected a dict of column to value, a list of them, [] to drop the record, or the record itself"


class Refused(Exception):
    """What is no record, or no row, or no handler; the message says why."""


# --- the record, as scripts know it -------------------------------------------------------------------------------


def _key(name: str) -> property:
    def read(part: Part) -> Any:
        return part._raw.get(name)

    def write(part: Part, value: Any) -> None:
        part._raw[name] = value

    return property(read, write)


class Part:
    """A part of a record by attributes; setting one changes the record."""

    __slots__ = ("_raw",)

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw

    def as_dict(self) -> dict[str, Any]:
        """Return the part as it stands in the file."""
        return self._raw


class Payload(Part):
    """One side of a record."""

    __slots__ = ()
    encoding, data, mode = _key("encoding"), _key("data"), _key("mode")
    observedContentType = observed_content_type = _key("observedContentType")  # noqa: N815 - the scripts' name


class Metadata(Part):
    """When a record was made, and under which ids."""

    __slots__ = ()
    event_id, event_time, inference_id = _key("eventId"), _key("inferenceTime"), _key("inferenceId")
    custom_attribute = _key("customAttributes")


def _payload(raw: dict[str, Any] | None) -> Payload | None:
    return None if raw is None else Payload(raw)


def _side(name: str) -> property:
    return property(lambda record: _payload(record._raw["captureData"].get(name)))


class InferenceRecord(Part):
    """What ``preprocess_handler`` is given of a capture file; a side that was not captured is None."""

    __slots__ = ()
    event_version = _key("eventVersion")
    endpoint_input, endpoint_output = _side("endpointInput"), _side("endpointOutput")
    batch_transform_output = _side("batchTransformOutput")
    ground_truth = property(lambda record: _payload(record._raw.get("groundTruthData")))
    event_metadata = property(lambda record: Metadata(record._raw["eventMetadata"]))
    event_dict = property(Part.as_dict)

    @property
    def event_data(self) -> SimpleNamespace:
        """The sides under the names that old scripts use."""
        return SimpleNamespace(**{name: _payload(raw) for name, raw in self._raw["captureData"].items()})


# --- from files to records ----------------------------------------------------------------------------------------


class Work:
    """What is asked, where it stands, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.task: dict[str, Any] = json.loads((folder / "task.json").read_text("utf-8"))
        self.outcome: dict[str, Any] = {"records": 0, "rows": 0, "format": "jsonl", "unreadable": []}
        with (folder / "place").open("r+b") as file:
            # A mapped page outlives any end of this process, and costs next to nothing to write.
            self.place = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")

    def records(self) -> Iterator[Any]:
        """Yield what the handler is to see; lines that are no records are noted."""
        files, answers = self.task["files"], self.task["answers"]
        read: Callable[..., Any]
        if self.task["format"] == "csv":
            read = _csv_pair(self.task) if answers else _text
            rows = (self._rows(answers, header=False), self._rows(files, header=self.task["header"]))
        else:
            window = self.task["window"]
            read = _pair if answers else _captured(window) if self.task["format"] == "capture" else _object
            rows = (self._lines(answers), self._lines(files))
        for lines in zip_longest(*rows) if answers else zip(rows[1], strict=False):
            try:
                record = read(*lines)
            except Refused as error:
                if len(self.outcome["unreadable"]) < REFUSED:
                    self.outcome["unreadable"].append([*self.place.tolist()[1:], str(error)])
                continue
            if record is not None:
                yield record

    def _rows(self, paths: list[str], *, header: bool) -> Iterator[bytes]:
        """Yield the rows of CSV files: a quoted field may span lines."""
        held = b""
        for line in self._lines(paths):
            if header and self.place[2] == 1:
                continue
            held += line
            if held.count(b'"') % 2 == 0 or len(held) > LINE_LIMIT:
                yield held
                held = b""
        if held:
            yield held

    def _lines(self, paths: list[str]) -> Iterator[bytes]:
        place = self.place
        for index, path in enumerate(paths):
            place[1] = index
            with gzip.open(path) if path.endswith(".gz") else Path(path).open("rb") as file:
                for number, line in enumerate(file, 1):
                    place[2] = number
                    if not line.isspace():
                        yield line


def _text(line: bytes) -> str:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Refused(f"The text is not UTF-8 (byte {error.start + 1} of the line).") from None


def _object(line: bytes) -> dict[str, Any]:
    text = _text(line).strip()
    try:
        value, end = DECODE(text)
    except (ValueError, RecursionError) as error:
        raise Refused(f"The line is not JSON ({error}).") from None
    if not isinstance(value, dict) or end != len(text):
        raise Refused("The line is not a JSON object.")
    return value


def _captured(window: list[str] | None) -> Callable[[bytes], InferenceRecord | None]:
    def read(line: bytes) -> InferenceRecord | None:
        raw = _object(line)
        data, metadata = raw.get("captureData"), raw.get("eventMetadata")
        if not (isinstance(data, dict) and isinstance(metadata, dict)):
            raise Refused("captureData: this is not a capture record: an object is missing here.")
        if window and not window[0] <= _time(metadata.get("inferenceTime")) < window[1]:
            return None
        return InferenceRecord(raw)

    return read


def _time(text: Any) -> str:
    """Return a time as the service writes it, so that texts compare as times do."""
    if isinstance(text, str) and len(text) == 20 and text[10] == "T" and text[19] == "Z":
        return text
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refused(f"eventMetadata.inferenceTime: {text!r} is not a time.") from None
    return (time.astimezone(UTC) if time.tzinfo else time).strftime("%Y-%m-%dT%H:%M:%SZ")


def _csv_pair(task: dict[str, Any]) -> Callable[[bytes | None, bytes | None], str]:
    """Join a response and its request, without the id and the time that the service added."""

    def read(told: bytes | None, asked: bytes | None) -> str:
        answer, request = map(_text, _both(told, asked))
        if task["tagged"]:
            answer = answer.rsplit(task["delimiter"], 2)[0]
        return f"{answer}{task['delimiter']}{request}"

    return read


def _pair(told: bytes | None, asked: bytes | None) -> dict[str, Any]:
    answer, request = map(_object, _both(told, asked))
    return request | {name: value for name, value in answer.items() if name not in TAGS}


def _both(told: bytes | None, asked: bytes | None) -> tuple[bytes, bytes]:
    if told is None or asked is None:
        raise Refused("There is a request without a response, or a response without a request.")
    return told, asked


# --- from records to rows -----------------------------------------------------------------------------------------


def preprocess(work: Work, handler: Callable[[Any], Any]) -> None:
    """Give every record to the handler, and write the rows that it returns as JSON Lines."""
    encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False, default=_scalar).encode
    records, rows, itself = 0, 0, 0
    with Path(work.task["rows"]).open("w", encoding="utf-8", buffering=1 << 20) as file:
        try:
            for record in work.records():
                records += 1
                made = handler(record)
                if made is record and isinstance(record, InferenceRecord):
                    itself += 1
                    made = record.as_dict()
                for row in (made,) if isinstance(made, dict) else _several(made):
                    if row:
                        file.write(_line(row, encode) + "\n")
                        rows += 1
                if itself and itself != rows:
                    raise Refused("returned rows for some records, and the record itself for others; expected one kind")
        finally:
            work.outcome |= {"records": records, "rows": rows, "format": "capture" if itself else "jsonl"}


def _several(made: Any) -> list[dict[Any, Any]]:
    if made is None:
        return []
    if not isinstance(made, list | tuple):
        raise Refused(f"returned {type(made).__name__}; {EXPECTED}")
    if other := [row for row in made if not isinstance(row, dict)]:
        raise Refused(f"returned a list with {type(other[0]).__name__} in it; {EXPECTED}")
    return list(made)


def _line(row: dict[Any, Any], encode: Callable[[Any], str]) -> str:
    try:
        return encode(row)
    except ValueError:
        return encode(_finite(row))


def _scalar(value: Any) -> Any:
    """Return a value of a library as one that JSON knows."""
    if hasattr(value, "item"):  # a number of numpy
        return value.item()
    if type(value).__module__ in ("datetime", "decimal", "uuid"):
        return str(value)
    raise Refused(f"returned a value of type {type(value).__name__}; expected text, a number, a boolean or None")


def _finite(value: Any) -> Any:
    """Return a value without the numbers that JSON does not know: NaN is missing."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    number = value.item() if hasattr(value, "item") else value
    return (None if number != number else ENDLESS.get(number, number)) if isinstance(number, float) else value


# --- the script ---------------------------------------------------------------------------------------------------


def _load(work: Work) -> Callable[..., Any]:
    """Run the script, and return its handler as a function of the record alone, or of nothing."""
    name, path = work.task["handler"], work.task["script"]
    module = sys.modules["hook"] = ModuleType("hook")
    module.__file__ = path
    exec(compile(Path(path).read_bytes(), path, "exec", dont_inherit=True), vars(module))
    handler: Callable[..., Any] | None = getattr(module, name, None)
    if not callable(handler):
        work.outcome["functions"] = [key for key, value in vars(module).items() if isinstance(value, FunctionType)]
        raise Refused("is not in the script")
    work.outcome["line"] = getattr(getattr(handler, "__code__", None), "co_firstlineno", None)
    return _called(handler, name)


def _called(handler: Callable[..., Any], name: str) -> Callable[..., Any]:
    from inspect import signature

    def takes(*arguments: str) -> bool:
        try:
            signature(handler).bind(*arguments)
        except TypeError:
            return False
        return True

    if name == "postprocess_handler":
        if not takes():
            raise Refused("takes arguments; it is called without any")
        return handler
    # A second parameter with a default is the script's own, unless it is called what the service calls it.
    if takes("inference_record") and "logger" not in signature(handler).parameters:
        return handler
    if takes("inference_record", "logger"):
        logger = _logger()
        return lambda record: handler(record, logger)
    raise Refused("has other parameters than (inference_record), or (inference_record, logger)")


def _logger() -> Any:
    """Return what a handler may log to; it goes where the script's prints go."""
    import logging

    logger, shown = logging.getLogger("hook"), logging.StreamHandler(sys.stderr)
    shown.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(shown)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


def _told(error: BaseException, work: Work) -> dict[str, Any]:
    """Return what is to be said of an error: the last line of the script that it passed through."""
    handler, path = work.task["handler"], work.task["script"]
    if isinstance(error, Refused):
        return {"message": f"{handler} {error}.", "line": work.outcome.get("line")}
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == path]
    if isinstance(error, SyntaxError) and error.filename == path:
        lines.append(error.lineno)
    what = format_exception_only(error)[-1].strip()
    doing = f"{handler} failed" if work.place[0] == RUNNING else "The script cannot be loaded"
    return {
        "message": f"{doing}: {what.rstrip('.')}.",
        "line": lines[-1] if lines else work.outcome.get("line"),
        "memory": isinstance(error, MemoryError),
    }


def _limit(memory: int | None) -> None:
    """Bound the memory of this process, where the platform can; None lifts the bound."""
    try:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (hard if memory is None else memory, hard))
    except (ImportError, ValueError, OSError):
        return


def main(folder: Path) -> None:
    """Do what ``task.json`` asks."""
    work = Work(folder)
    faulthandler.enable((folder / "crash.txt").open("w"))
    _limit(work.task["memory"])
    start = time.perf_counter()
    try:
        handler = _load(work)
        work.place[0] = RUNNING
        if work.task["handler"] == "postprocess_handler":
            handler()
        else:
            preprocess(work, handler)
    except BaseException as error:
        if isinstance(error, MemoryError):
            _limit(None)  # room to say what went wrong
        work.outcome["error"] = _told(error, work)
    work.outcome["seconds"] = round(time.perf_counter() - start, 3)
    (folder / "outcome.json").write_text(json.dumps(work.outcome), "utf-8")
    if "error" in work.outcome:
        os._exit(1)  # whatever threads are left
    work.place[0] = ENDING


if __name__ == "__main__":
    main(Path(sys.argv[1]))
