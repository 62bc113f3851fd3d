"""A process for each hook: limits around it, and an account of how it ended."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import IO, TYPE_CHECKING, Any

from kedge.adapters.hooks.child import ENDING, LOADING, RUNNING
from kedge.adapters.presentation.words import plain
from kedge.analysis.report import HookRun, Made, Unreadable
from kedge.domain import wire
from kedge.domain.window import format_time
from kedge.errors import HookError, InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.script import ScriptRecords
    from kedge.ports import ObjectStore

CHILD = Path(__file__).with_name("child.py")
PLACE = struct.Struct("=QQQ")  # stage, file, line
KEPT_BYTES = 64 << 10  # of output, from its end
SHOWN_LINES, SHOWN_RECORD = 20, 600  # of output and of a record, in an error
LOOK_SECONDS = 0.2  # between two looks at whether the script gets on
GRACE_SECONDS = 2.0  # for what an ending process has yet to say
VARIABLES = {"preprocess_handler": wire.PREPROCESS_SCRIPT, "postprocess_handler": wire.POSTPROCESS_SCRIPT}
FRAME = re.compile(r'File "([^"]+)", line (\d+) in')


@dataclass(frozen=True)
class Process:
    """Runs each hook in a process of its own.

    Parameters
    ----------
    store
        Where scripts are staged from.
    timeout_seconds
        How long a script may take to load, for one record, and to end.
    memory_bytes
        What the process may use, where the platform can bound it.
    environment
        All the variables that it has, beside those of its task; None shows it ours.
    """

    store: ObjectStore
    timeout_seconds: float
    memory_bytes: int
    environment: Mapping[str, str] | None = None

    def preprocess(self, script: str, records: ScriptRecords, rows: Path) -> Made:
        """Give every record to the script, and write the rows that it returns."""
        window = records.window
        task = {
            "format": records.format,
            "files": [str(path) for path in records.files],
            "answers": [str(path) for path in records.answers],
            "header": records.header,
            "delimiter": records.delimiter,
            "tagged": records.tagged,
            "window": [format_time(time) for time in (window.start, window.end)] if window else None,
            "rows": str(rows),
        }
        run, outcome = self._run("preprocess_handler", script, task, records.environment, records.files)
        urls = list(records.files.values())
        refused = (Unreadable(file=urls[i], line=line, reason=reason) for i, line, reason in outcome["unreadable"])
        return Made(run, outcome["format"], tuple(refused))

    def postprocess(self, script: str, environment: Mapping[str, str]) -> HookRun:
        """Call the script once."""
        return self._run("postprocess_handler", script, {}, environment, {})[0]

    def _run(
        self,
        handler: str,
        script: str,
        task: dict[str, Any],
        environment: Mapping[str, str],
        files: Mapping[Path, str],
    ) -> tuple[HookRun, dict[str, Any]]:
        with tempfile.TemporaryDirectory(prefix="kedge-hook-", ignore_cleanup_errors=True) as folder:
            path = self._staged(script, Path(folder, "script"))
            told = {"handler": handler, "script": str(path), "memory": self.memory_bytes}
            child = _Child(Path(folder), task | told)
            seen = {**(os.environ if self.environment is None else self.environment), **_python_path()}
            code = child.run({**seen, **environment, VARIABLES[handler]: str(path)}, self.timeout_seconds)
            failure = child.failure(code, self.timeout_seconds)
            if failure is None:
                return child.account(handler, script), child.outcome
            raise HookError(
                plain(failure.message, SHOWN_RECORD),
                file=script,
                line=failure.line,
                code=_line(path, failure.line),
                record=_record(files, child.place) if child.place[0] == RUNNING else "",
                output=_tail(child.output),
                next_step=failure.next_step,
            )

    def _staged(self, script: str, folder: Path) -> Path:
        found = self.store.list(script)
        if len(found) != 1 or found[0].url.rstrip("/").rpartition("/")[2] != script.rstrip("/").rpartition("/")[2]:
            raise InputError("There is no such script.", file=script, next_step="Give the path or URL of one file.")
        return self.store.stage(found[0], folder).absolute()


@dataclass(frozen=True, slots=True)
class _Failure:
    message: str
    line: int | None
    next_step: str


class _Child:
    """One process, from its task to its end."""

    def __init__(self, folder: Path, task: dict[str, Any]) -> None:
        self._folder, self._task = folder, task
        self.output, self._output_bytes = b"", 0
        (folder / "task.json").write_text(json.dumps(task), "utf-8")
        (folder / "place").write_bytes(PLACE.pack(LOADING, 0, 0))
        (folder / "work").mkdir()

    def run(self, environment: dict[str, str], timeout: float) -> int | None:
        """Run the process, and return its exit code; None where it did not get on in time."""
        process = subprocess.Popen(
            # Our folder is kept off the path, and prints are never held back: they would be lost with the process.
            [sys.executable, "-P", "-u", "-X", "utf8", str(CHILD), str(self._folder)],
            cwd=self._folder / "work",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        reader = Thread(target=self._read, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            return self._watched(process, timeout)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # and whatever it left running
            process.wait()
            reader.join(GRACE_SECONDS)

    @property
    def place(self) -> tuple[int, int, int]:
        """Where the process stood when it was last heard of: stage, file, line."""
        stage, file, line = PLACE.unpack((self._folder / "place").read_bytes())
        return stage, file, line

    @property
    def outcome(self) -> dict[str, Any]:
        """What the process left; empty where it did not come to its end."""
        path = self._folder / "outcome.json"
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    def account(self, handler: str, script: str) -> HookRun:
        """Return what is remembered of the run."""
        return HookRun(
            handler=handler,
            script=script,
            **{key: self.outcome[key] for key in ("seconds", "records", "rows")},
            output=self.output.decode("utf-8", "replace"),
            output_bytes=self._output_bytes,
        )

    def failure(self, code: int | None, timeout: float) -> _Failure | None:
        """Return what went wrong, if anything did."""
        handler, error = self._task["handler"], self.outcome.get("error")
        if error:
            near = did_you_mean(handler, self.outcome.get("functions", ()))
            step = (
                "Hold less, or allow more with --hook-memory."
                if error.get("memory")
                else "Mend the script. It is one file, and can import what is installed."
                if self.place[0] == LOADING
                else "Mend the script, or let it return [] for such records."
                if handler == "preprocess_handler"
                else "Mend the script."
            )
            return _Failure(f"{error['message']}{near}", error["line"], step)
        if code is None:
            doing = (
                "The script was still loading after",
                f"{handler} took more than",
                "The script did not end, since a thread of it still ran after",
            )[self.place[0]]
            each = " for one record" if self.place[0] == RUNNING and self._task.get("rows") else ""
            step = "Mend that line, or allow more with --hook-timeout."
            return _Failure(f"{doing} {timeout:g} s{each}.", self._stood(), step)
        if self.place[0] != ENDING:
            how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
            step = "Return from the handler; where nothing in the script ends it, memory may have run out."
            return _Failure(f"{handler} ended its process {how}.", self._stood(), step)
        return None

    def _watched(self, process: subprocess.Popen[bytes], timeout: float) -> int | None:
        seen, since = self.place, monotonic()
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(min(LOOK_SECONDS, timeout))
            if self.place != seen:
                seen, since = self.place, monotonic()
            elif monotonic() - since > timeout:
                process.send_signal(signal.SIGABRT)  # it writes where it stood, and ends
                with suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE_SECONDS)
                return None

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), 1 << 16):
                self._output_bytes += len(chunk)
                self.output = (self.output + chunk)[-KEPT_BYTES:]

    def _stood(self) -> int | None:
        """Return the line of the script at which the process was ended, if it could still say so."""
        with suppress(OSError):
            told = (self._folder / "crash.txt").read_text("ascii", "replace")
            _, _, current = told.rpartition("Current thread")  # its frames come first, else those of any thread
            ours = self._task["script"].encode("ascii", "backslashreplace").decode()
            return next((int(line) for file, line in FRAME.findall(current + told) if file == ours), None)
        return None


def _python_path() -> dict[str, str]:
    """Return the folders to import from, as they are meant here: the process has a working folder of its own."""
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {"PYTHONPATH": os.pathsep.join(str(Path(folder).absolute()) for folder in folders if folder)}


def _line(path: Path, line: int | None) -> str:
    lines = path.read_text("utf-8", "replace").splitlines() if line else []
    return plain(lines[line - 1].strip(), SHOWN_RECORD) if line and line <= len(lines) else ""


def _record(files: Mapping[Path, str], place: tuple[int, int, int]) -> str:
    """Return where the present record is, its event id, and how it begins."""
    _, file, number = place
    if not files or not number:
        return ""
    path, url = list(files.items())[file]
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        text = next(islice(lines, number - 1, number), b"").decode("utf-8", "replace").strip()
    event = ""
    with suppress(ValueError, TypeError, KeyError):
        event = f", event {plain(json.loads(text)[wire.EVENT_METADATA]['eventId'])}"
    return f"{url}:{number}{event}\n{plain(text, SHOWN_RECORD)}"


def _tail(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").rstrip().splitlines()
    before = [f"… {len(lines) - SHOWN_LINES} lines before"] if len(lines) > SHOWN_LINES else []
    return "\n".join([*before, *(plain(line, 200) if line.strip() else "" for line in lines[-SHOWN_LINES:])])
