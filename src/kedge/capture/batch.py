"""What a batch job answered, in the layout of the service's batch transforms (data-capture.md, 1.7)."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kedge.capture.journal import made_folder
from kedge.capture.line import event_ids
from kedge.domain.window import format_time
from kedge.domain.wire import BATCH_INFERENCE_ID, BATCH_INFERENCE_TIME
from kedge.errors import InputError, SettingError

if TYPE_CHECKING:
    from types import TracebackType

ANSWERS = ".out"
URL = "://"


class BatchRecorder:
    """Writes the answers of a batch job, and in the end the two manifests that say which answers which.

    It is used with ``with``. When the block ends well the manifests are there; when it fails they are not, so that
    half a job is never monitored.

    Parameters
    ----------
    destination
        A local folder that gets the manifests, below ``input/`` and ``output/`` and the hour in which the job starts.
    requests
        Folder or URL prefix of the files that were asked.
    responses
        The local folder that answers are written into, each as the request's name and ``.out``.
    responses_url
        Where that folder will be read, if it is not there, such as an ``s3://`` prefix that it is copied to.
    generate_inference_id
        Whether every record gets an id and the start of the job, by which labels are joined later.
    started
        When the job started, aware; else now.

    Examples
    --------
    >>> with BatchRecorder("capture", requests="in", responses="out") as batch:  # doctest: +SKIP
    ...     for part in sorted(Path("in").iterdir()):
    ...         batch.write(part.name, predict(part.read_text()))
    """

    def __init__(
        self,
        destination: str | Path,
        *,
        requests: str | Path,
        responses: str | Path,
        responses_url: str | None = None,
        generate_inference_id: bool = False,
        started: datetime | None = None,
    ) -> None:
        self._destination, self._responses = Path(destination), Path(responses)
        self._prefixes = {"input": _prefix(requests), "output": _prefix(responses_url or responses)}
        self._tags = generate_inference_id
        self._started = (started or datetime.now(UTC)).astimezone(UTC)
        self._names: list[str] = []

    def __enter__(self) -> BatchRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()

    def write(self, name: str, answers: str) -> Path:
        """Write the answers to the file ``name``, a line or an object for each of its records, and return where.

        Raises
        ------
        SettingError
            ``name`` leads out of the folder, or was written before.
        InputError
            An id is to be added to what is neither CSV nor JSON objects.
        """
        path = self._responses / f"{name}{ANSWERS}"
        if not name or not path.resolve().is_relative_to(self._responses.resolve()):
            raise SettingError("The name leads out of the folder.", field=name, next_step="Name a file below it.")
        if name in self._names:
            raise SettingError("This was answered before.", field=name, next_step="Write each file once.")
        _write(path, tagged(answers, name, self._started) if self._tags else answers)
        self._names.append(name)
        return path

    def close(self) -> None:
        """Write the manifests, that of the answers last; of a job without answers there is none."""
        if not self._names:
            return
        id = uuid4()
        for side, suffix in (("input", ""), ("output", ANSWERS)):
            manifest = [{"prefix": self._prefixes[side]}, *(name + suffix for name in self._names)]
            folder = self._destination / side / f"{self._started:%Y/%m/%d/%H}"
            _write(folder / f"{id}.json", json.dumps(manifest, ensure_ascii=False))


def tagged(answers: str, name: str, started: datetime) -> str:
    """Return answers with an id and a time in each record: two more fields of CSV, two more keys of JSON objects.

    Raises
    ------
    InputError
        They start as JSON, and are no objects.
    """
    time = format_time(started)
    if answers.lstrip()[:1] not in ("{", "["):
        return _tagged_csv(answers, time)
    try:
        found = [json.loads(answers)]
    except ValueError:
        found = [_object(line, name, number) for number, line in enumerate(answers.splitlines(), 1) if line.strip()]
    if not all(isinstance(value, dict) for value in found):
        raise InputError("An id can be added to JSON objects only.", file=name, next_step="Write one object a line.")
    tags = ({BATCH_INFERENCE_ID: id, BATCH_INFERENCE_TIME: time} for id in event_ids(len(found)))
    return "".join(json.dumps(value | tag, ensure_ascii=False) + "\n" for value, tag in zip(found, tags, strict=True))


def _tagged_csv(answers: str, time: str) -> str:
    """Add two fields to each record; those with quotes are written anew, as a quoted field may hold a line's end."""
    if '"' in answers:
        rows = list(csv.reader(io.StringIO(answers, newline="")))
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerows([*row, id, time] for row, id in zip(rows, event_ids(len(rows)), strict=True))
        return written.getvalue()
    lines = answers.splitlines()
    return "".join(f"{line},{id},{time}\n" for line, id in zip(lines, event_ids(len(lines)), strict=True))


def _object(line: str, name: str, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise InputError(f"This is not JSON ({error}).", file=name, line=number) from None


def _prefix(place: str | Path) -> str:
    """Return a place as a manifest names it: a folder by its whole path, so that it can be read from anywhere."""
    text = os.fspath(place)
    return f"{(text if URL in text else Path(text).resolve().as_posix()).rstrip('/')}/"


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, for this user's eyes."""
    made_folder(path.parent)
    aside = path.with_name(f".{path.name}.{uuid4()}")
    try:
        with open(aside, "x", encoding="utf-8", newline="", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
