"""Own analyzers: what is not ours runs under the service's bring-your-own contract (scheduling-and-jobs.md, 7.7).

A folder stands for the root of a container: the data, the baseline and the configuration are staged below it, and what
the analyzer leaves is taken from there. A command of this machine works in that folder, and its variables point into
it; a container sees parts of it under ``/opt/ml``.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from kedge.domain import wire
from kedge.domain.catalog import MOST_SECONDS, ExecutionStatus, shortened
from kedge.domain.task import Limits, Task
from kedge.domain.window import format_time
from kedge.errors import InputError, NoData, PluginError
from kedge.reading.files import SUFFIXES, timed, visible
from kedge.service.assignment import REPORT, Outcome
from kedge.service.late import Listing
from kedge.settings import size_bytes

if TYPE_CHECKING:
    from kedge.domain.catalog import Program
    from kedge.domain.entry import Entry
    from kedge.domain.task import Ended
    from kedge.ports import Executor, ObjectStore
    from kedge.service.assignment import Assignment

ROOT: Final = "root"  # below the working folder: what stands for the root of a container
LOG: Final = "analyzer.log"
SOURCE: Final = f"{wire.INPUT_FOLDER}/endpoint"
BASELINE: Final = f"{wire.INPUT_FOLDER}/baseline"
FOLDERS: Final = (SOURCE, wire.OUTPUT_FOLDER, wire.CONFIG_FOLDER, f"{wire.LEFT_FOLDER}/{wire.METRICS_FOLDER}")
# What a container sees, and whether it may write there.
MOUNTS: Final = (
    (wire.INPUT_FOLDER, False),
    (wire.CONFIG_FOLDER, False),
    (wire.OUTPUT_FOLDER, True),
    (wire.LEFT_FOLDER, True),
)
FORMATS: Final = {
    "capture": {"sagemakerCaptureJson": {"captureIndexNames": [wire.ENDPOINT_INPUT, wire.ENDPOINT_OUTPUT]}},
    "jsonl": {"json": {"lines": True}},
    "parquet": {"parquet": {}},
}
FAILED: Final = ("Error", "Failed")
LONGEST: Final = 64 << 10  # of a message, that is looked at


@dataclass(frozen=True)
class Analyzer:
    """Runs one, for one execution.

    Parameters
    ----------
    store
        Where data and baselines are staged from.
    executor
        What runs commands and images.
    call
        The command that calls a function; its name comes behind.
    environment
        The variables of every command, beside those of the contract.
    modules
        Those of functions besides: where modules are.
    memory
        What it may use, such as ``2GB``, where its definition says nothing.
    stop
        When set, it is ended.
    """

    store: ObjectStore
    executor: Executor
    call: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    memory: str = "4GB"
    stop: Event = field(default_factory=Event)

    def run(self, given: Assignment, program: Program, folder: Path) -> Outcome:
        """Run it below a folder, and return what it said; its report is there then, too.

        Raises
        ------
        NoData
            There is no file of the window.
        PluginError
            It failed.
        """
        root = folder / ROOT
        for name in FOLDERS:
            _below(root, name).mkdir(parents=True)
        at = "" if program.image_uri else str(root)
        environment = {
            wire.PUBLISH_METRICS: "Enabled",
            **given.definition.environment,
            **self._baseline(given, root, at),
            **_contract(given, self._data(given, _below(root, SOURCE), folder / "staged"), at),
        }
        config = json.dumps({"Environment": environment}, indent=2)
        _below(root, f"{wire.CONFIG_FOLDER}/{wire.JOB_CONFIG}").write_text(config, "utf-8")
        ended = self.executor.run(self._task(program, environment, folder), self._limits(given), self.stop)
        return _outcome(ended, root, folder / REPORT)

    def _data(self, given: Assignment, target: Path, aside: Path) -> str:
        """Copy the files of the window, so that nothing can be done to them, and return their format."""
        base = given.endpoint.captures if given.endpoint else given.places[0]
        entries = [entry for entry in self._files(given) if entry.size]
        if not entries:
            raise NoData(
                "There is no file of the window.",
                file=given.places[0],
                next_step="Check where captures are shipped to.",
            )
        for entry in entries:
            staged, place = self.store.stage(entry, aside), target / _relative(entry.url, base)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(staged, place.with_name(staged.name))
        return _format(given, entries)

    def _files(self, given: Assignment) -> Iterator[Entry]:
        listing, plain = Listing(self.store), given.endpoint is None
        for place in given.places:
            if plain and not timed(self.store, place):
                yield from visible(self.store, place)  # plain files that know no hour are read whole each time
            else:
                yield from listing.within(place, given.span)

    def _baseline(self, given: Assignment, root: Path, at: str) -> dict[str, str]:
        """Copy what there is of a baseline, and return the variables that name it."""
        variables, folder = {}, given.baseline.rstrip("/")
        for variable, name in (
            (wire.BASELINE_CONSTRAINTS, wire.CONSTRAINTS_FILE),
            (wire.BASELINE_STATISTICS, wire.STATISTICS_FILE),
        ):
            if folder and self.store.list(f"{folder}/{name}"):
                _below(root, BASELINE).mkdir(exist_ok=True)
                _below(root, f"{BASELINE}/{name}").write_bytes(self.store.read(f"{folder}/{name}"))
                variables[variable] = f"{at}{BASELINE}/{name}"
        if folder and not variables:
            raise InputError(
                f"There is no baseline here: {wire.CONSTRAINTS_FILE} is missing.",
                file=given.baseline,
                next_step="Learn one, or name none.",
            )
        return variables

    def _task(self, program: Program, environment: dict[str, str], folder: Path) -> Task:
        root, log = folder / ROOT, folder / LOG
        command = (*program.container_entrypoint, *program.container_arguments)
        if program.image_uri:
            mounts = tuple((_below(root, name), name, writes) for name, writes in MOUNTS)
            if not program.container_entrypoint:
                command = ("", *command)
            return Task(command, root, log, environment, image=program.image_uri, mounts=mounts)
        if program.analyzer:
            own = (*self.call, self._function(program.analyzer, folder / "staged"))
            return Task(own, root, log, {**self.environment, **self.modules, **environment})
        here = tuple(str(Path(word).absolute()) if Path(word).is_file() else word for word in command)
        return Task(here, root, log, {**self.environment, **environment})

    def _function(self, named: str, aside: Path) -> str:
        if not named.endswith(".py"):
            return named
        found = self.store.list(named)
        if len(found) != 1:
            raise InputError("There is no such script.", file=named, next_step="Give the path or URL of one file.")
        return str(self.store.stage(found[0], aside).absolute())

    def _limits(self, given: Assignment) -> Limits:
        memory = size_bytes(given.definition.memory_limit or self.memory)
        return Limits(given.definition.max_runtime_in_seconds or MOST_SECONDS, memory)


def _contract(given: Assignment, format: str, at: str) -> dict[str, str]:
    """Return the variables that every analyzer has."""
    known = {
        wire.DATASET_FORMAT: format,
        wire.DATASET_SOURCE: f"{at}{SOURCE}",
        wire.OUTPUT_PATH: f"{at}{wire.OUTPUT_FOLDER}",
        wire.SCHEDULE_NAME: given.schedule or given.definition.name,
        wire.START_TIME: format_time(given.span.start),
        wire.END_TIME: format_time(given.span.end),
    }
    if given.endpoint:
        known |= {wire.ENDPOINT_NAME: given.endpoint.name, wire.CAPTURE_PREFIX: given.endpoint.captures}
    return known


def _format(given: Assignment, entries: list[Entry]) -> str:
    """Return the format as the service names it."""
    reading = given.source.reading
    suffix = next((s for s in reversed(Path(entries[0].url).suffixes) if s in SUFFIXES), "")
    name = reading.format or ("capture" if given.endpoint else SUFFIXES.get(suffix, "jsonl"))
    csv = {"csv": {"header": reading.header, "output_columns_position": reading.output_columns_position}}
    return json.dumps(csv if name == "csv" else FORMATS.get(name, FORMATS["jsonl"]), separators=(",", ":"))


def _outcome(ended: Ended, root: Path, report: Path) -> Outcome:
    """Return what was said, and publish what was left: nothing of an analyzer that failed."""
    left = _below(root, wire.LEFT_FOLDER)
    message = _message(left / wire.EXIT_MESSAGE)
    if ended.how != "exited" or ended.code:
        raise _failure(_how(ended), ended)
    prefix = message.partition(":")[0]
    if prefix in FAILED:
        raise _failure("It told of a failure", ended, message)
    _below(root, wire.OUTPUT_FOLDER).replace(report)
    for path in _plain(left, wire.METRICS_FOLDER):
        kept = report / path.relative_to(left)
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.replace(kept)
    rows, violations = _counted(report)
    return Outcome(
        status=_status(prefix, violations or 0),
        exit_message=shortened(message) or _said(violations or 0),
        rows=rows,
        violations=violations,
        files=_files(report),
    )


def _failure(what: str, ended: Ended, told: str = "") -> PluginError:
    last = next((line.strip() for line in reversed(ended.tail.splitlines()) if line.strip()), "it printed nothing")
    return PluginError(
        f"{what}: {told or last}", next_step="Look at its log: kedge execution logs, or analyzer.log of --work."
    )


def _how(ended: Ended) -> str:
    told = {"time": "The analyzer ran too long", "memory": "The analyzer took too much memory", "stopped": "Stopped"}
    return told.get(ended.how, f"The analyzer ended with exit code {ended.code}")


def _status(prefix: str, violations: int) -> ExecutionStatus:
    """Return the status that a message tells; without one, violations do."""
    if prefix in ("Completed", "CompletedWithViolations"):
        return "Completed" if prefix == "Completed" else "CompletedWithViolations"
    return "CompletedWithViolations" if violations else "Completed"


def _said(violations: int) -> str:
    if violations:
        return f"CompletedWithViolations: Job completed successfully with {violations} violations."
    return "Completed: Job completed successfully with no violations."


def _counted(report: Path) -> tuple[int | None, int | None]:
    """Return rows and violations, as far as files in the standard schema tell them."""
    statistics, found = _document(report / wire.STATISTICS_FILE), _document(report / wire.VIOLATIONS_FILE)
    dataset = statistics.get("dataset")
    rows = dataset.get("item_count") if isinstance(dataset, dict) else None
    violations = found.get("violations")
    return rows if isinstance(rows, int) else None, len(violations) if isinstance(violations, list) else None


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes()) if _is_plain(path) else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(path: Path) -> str:
    if not _is_plain(path):
        return ""
    with path.open("rb") as file:
        return " ".join(file.read(LONGEST).decode("utf-8", "replace").split())


def _files(report: Path) -> tuple[str, ...]:
    """Return what is published, in order: statistics, which make it a report, last."""
    names = sorted(path.relative_to(report).as_posix() for path in _plain(report))
    return tuple(sorted(names, key=lambda name: name == wire.STATISTICS_FILE))


def _plain(root: Path, below: str = "") -> Iterator[Path]:
    """Yield files, and never what a link leads to: in a container it would lead out of it."""
    for folder, _, names in os.walk(root):
        if not below or Path(folder).relative_to(root).is_relative_to(below):
            yield from (path for name in names if _is_plain(path := Path(folder, name)))


def _is_plain(path: Path) -> bool:
    try:
        return S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _below(root: Path, name: str) -> Path:
    return root / name.lstrip("/")


def _relative(url: str, base: str) -> str:
    """Return the path of a file below a folder; its name, where it was named itself."""
    found = url.removeprefix(base.rstrip("/")).lstrip("/") if "://" in base else os.path.relpath(url, base)
    return found if found not in ("", ".") else url.rpartition("/")[2]
