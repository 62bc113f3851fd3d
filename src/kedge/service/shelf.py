"""The shelf: where baselines, reports and profiles lie, as files of a store.

A baseline and a report are several files. Each appears whole or not at all, and the one that is asked for when they are
read (``constraints.json``, ``statistics.json``) is written last: without it there is no baseline and no report.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from kedge.analysis.documents import Constraints, DatasetStatistics, Document
from kedge.analysis.items import Items
from kedge.domain import wire
from kedge.errors import DocumentError, InputError, SettingError
from kedge.monitors.attribution import FeatureAttribution
from kedge.monitors.bias import BiasDrift
from kedge.monitors.data_quality import DataQuality
from kedge.monitors.embeddings import Embeddings
from kedge.monitors.model_quality import ModelQuality
from kedge.reading import documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from kedge.analysis.profile import Profile
    from kedge.analysis.report import AnyJudged, AnyLearned, Documents
    from kedge.ports import ObjectStore, Renderer


Found = TypeVar("Found", bound=BaseModel)
Kind = TypeVar("Kind")
# What any monitor may have written; a document that none of the others owns is of the first.
MONITORS: tuple[Documents, ...] = (
    DataQuality.documents,
    ModelQuality.documents,
    BiasDrift.documents,
    FeatureAttribution.documents,
    Embeddings.documents,
)
_DEMANDED = tuple(dict.fromkeys(kind.constraints_file for kind in MONITORS))
_FOUND = tuple(dict.fromkeys(kind.statistics_file for kind in MONITORS))
# Named alone, they stand for the folder that they lie in.
_DOCUMENTS = (*_DEMANDED, *_FOUND, wire.VIOLATIONS_FILE, wire.REPORT_FILE)

# Of what a join leaves: what others may read.
_KEPT = (f"{wire.MERGE_FOLDER}/**/*.jsonl", wire.CORRECTIONS_FILE)


class _Dated(Document):
    """What statistics of most monitors hold."""

    dataset: DatasetStatistics | None = None


@dataclass(frozen=True)
class Shelf:
    """Reads and writes what the jobs leave.

    Parameters
    ----------
    store
        Where it lies.
    pages
        What makes the page of a report, by the name of its monitor.
    plugins
        The folder whose items a document may name.
    """

    store: ObjectStore
    pages: Mapping[str, Renderer]
    plugins: str | None = None

    @cached_property
    def items(self) -> Items:
        """What verdicts are made with, the project's own plugins among it."""
        return Items.found(self.plugins)

    def save_baseline(self, baseline: AnyLearned, url: str) -> None:
        """Write a baseline's files, the one that makes it a baseline last."""
        kind = next(kind for kind in MONITORS if isinstance(baseline, kind.baseline))
        files = {}
        if baseline.statistics:
            files[kind.statistics_file] = baseline.statistics.to_json().encode()
        if baseline.profiles:
            files[wire.PROFILE_FILE] = documents.write_profiles(baseline.profiles)
        files.pop(kind.constraints_file, None)
        last = {kind.constraints_file: baseline.constraints.to_json().encode()}
        self.store.write(url, {**baseline.files, **files, **last})

    def save_report(self, report: AnyJudged, url: str) -> None:
        """Write a report: the service's files, the profile, how the verdict came about, and the page."""
        self.store.write(url, self.files(report))

    def files(self, report: AnyJudged) -> dict[str, bytes]:
        """Return the files of a report, by name, the one that makes it a report last."""
        kind = next(kind for kind in MONITORS if kind.monitor == report.summary.monitor)
        files = {
            kind.constraints_file: report.constraints.to_json().encode(),
            wire.VIOLATIONS_FILE: report.violations.to_json().encode(),
            wire.PROFILE_FILE: documents.write_profiles(report.profiles),
            wire.REPORT_FILE: summary(report),
            wire.PAGE_FILE: self.pages[kind.monitor](report).encode("utf-8", "replace"),
        }
        files.pop(kind.statistics_file, None)
        return {**report.files, **files, kind.statistics_file: report.statistics.to_json().encode()}

    def load_baseline(self, url: str) -> AnyLearned:
        """Read a baseline: a folder, or a ``constraints.json`` alone; what the service wrote will do."""
        folder, file = self._one_of(_DEMANDED, url)
        if file is None:
            raise InputError(
                f"There is no baseline here: {wire.CONSTRAINTS_FILE} is missing.",
                file=url,
                next_step="Learn one: kedge baseline train.csv --output baseline/",
            )
        kind = self._kind(f"{folder}/{file}")
        return kind.baseline(
            statistics=self._found(kind.statistics, folder, kind.statistics_file),
            constraints=self._constraints(kind, f"{folder}/{file}"),
            profiles=self._profiles(folder),
            source=url,
        )

    def load_config(self, model: type[Found], url: str) -> Found:
        """Read the configuration of an analysis."""
        return documents.read(model, self.store.read(url), url)

    def load_constraints(self, url: str) -> Constraints:
        """Read a constraints file of data quality."""
        if (kind := self._kind(url)).constraints is not Constraints:
            of(Constraints, kind, url)
        return documents.read_constraints(self.store.read(url), url, distances=self.items.distances)

    def load_report(self, url: str) -> AnyJudged:
        """Read a report; of one that the service wrote, what its files tell."""
        folder, file = self._one_of(_FOUND, folder_of(url, wire.REPORT_FILE))
        if file is None:
            raise InputError(
                f"There is no report here: {wire.STATISTICS_FILE} is missing.",
                file=url,
                next_step="Make one: kedge check live/ --baseline baseline/ --output report/",
            )
        kind = self._kind(f"{folder}/{file}")
        statistics = self._found(kind.statistics, folder, file)
        # The service writes no violations file where there are none (the specification's ninth surprise).
        violations = self._found(kind.violations, folder, wire.VIOLATIONS_FILE) or kind.violations()
        return kind.report(
            self._found(kind.summary, folder, wire.REPORT_FILE) or kind.outline(statistics, violations),
            statistics,
            self._found(kind.constraints, folder, kind.constraints_file),
            violations,
            self._profiles(folder),
        )

    def report_at(self, url: str) -> AnyJudged | None:
        """Read a report where there is one, as when a window is judged again."""
        return self.load_report(url) if self._one_of(_FOUND, url)[1] else None

    def save_merged(self, folder: Path, url: str) -> None:
        """Write merged records and corrections below a URL, in place of earlier ones, one file at a time."""
        for name in (wire.MERGE_FOLDER, wire.CORRECTIONS_FILE):
            for entry in self.store.list(f"{url.rstrip('/')}/{name}"):
                self.store.delete(entry.url)
        for path in sorted(path for part in _KEPT for path in folder.rglob(part) if path.is_file()):
            place = f"{url.rstrip('/')}/{path.relative_to(folder).parent.as_posix()}".removesuffix("/.")
            self.store.write(place, {path.name: path.read_bytes()})

    def load(self, url: str) -> AnyJudged | AnyLearned | tuple[Profile, ...]:
        """Read what is there: a report, a baseline, or a profile file."""
        name = url.rpartition("/")[2]
        if name.endswith(".json") and name not in _DOCUMENTS:
            return self.load_profiles(url)
        folder = folder_of(url, name) if name in _DOCUMENTS else url
        return self.load_baseline(folder) if self._is_baseline(folder_of(folder)) else self.load_report(folder)

    def load_profiles(self, url: str) -> tuple[Profile, ...]:
        """Read a profile file, or that of a report's folder."""
        file = url if url.endswith(".json") else f"{url.rstrip('/')}/{wire.PROFILE_FILE}"
        return documents.read_profiles(self.store.read(file), file)

    def reports(self, url: str) -> list[str]:
        """Return the folders of every report at or below a URL."""
        places = [entry.url.rpartition("/") for entry in self.store.list(url)]
        folders = [folder or "." for folder, _, name in places if name in _FOUND]
        reports = [folder for folder in folders if not self._is_baseline(folder)]
        if not reports:
            raise InputError(
                "There is no report here, and none below.",
                file=url,
                next_step="Give the folder that holds the reports which kedge check wrote.",
            )
        return reports

    def baseline_of(self, report: str, source: str) -> AnyLearned:
        """Read the baseline that a report was held against."""
        try:
            if not source:
                raise InputError("It does not say which.")
            return self.load_baseline(source)
        except InputError as error:
            raise InputError(
                f"The baseline of this report cannot be read. {error.message}",
                file=report,
                field=source or None,
                next_step="Name one for every report: --baseline baseline/",
            ) from None

    def save(self, url: str, suffix: str, content: bytes) -> None:
        """Write a single file."""
        folder, name = place(url, suffix)
        self.store.write(folder, {name: content})

    def _is_baseline(self, folder: str) -> bool:
        if self._one_of(_DEMANDED, folder)[1] is None:
            return False
        if self._is_there(folder, wire.REPORT_FILE) or self._is_there(folder, wire.VIOLATIONS_FILE):
            return False
        statistics = self._found(_Dated, folder, wire.STATISTICS_FILE)
        # A run of the service that found no violation writes no violations either, but its window and its time.
        dataset = statistics and statistics.dataset
        return not (dataset and dataset.start_time and dataset.evaluation_time)

    def _one_of(self, names: Sequence[str], url: str) -> tuple[str, str | None]:
        """Return the folder of a document that was named, itself or by its folder, and which of ``names`` is there."""
        folder = folder_of(url, next((name for name in names if url.endswith(f"/{name}") or url == name), ""))
        return folder, next((name for name in names if self._is_there(folder, name)), None)

    def _kind(self, url: str) -> Documents:
        """Return whose document it is."""
        data = documents.parsed(self.store.read(url), url)
        return next((kind for kind in MONITORS if isinstance(data, dict) and kind.owns(data)), MONITORS[0])

    def _constraints(self, kind: Documents, url: str) -> Document:
        if kind.constraints is Constraints:
            return self.load_constraints(url)
        return documents.read(kind.constraints, self.store.read(url), url, metrics=self.items.metrics)

    def _is_there(self, folder: str, name: str) -> bool:
        return bool(self.store.list(f"{folder}/{name}"))

    def _content(self, folder: str, name: str) -> bytes | None:
        return self.store.read(f"{folder}/{name}") if self._is_there(folder, name) else None

    def _found(self, model: type[Found], folder: str, name: str) -> Found | None:
        content = self._content(folder, name)
        return documents.read(model, content, f"{folder}/{name}") if content is not None else None

    def _profiles(self, folder: str) -> tuple[Profile, ...]:
        content = self._content(folder, wire.PROFILE_FILE)
        return documents.read_profiles(content, f"{folder}/{wire.PROFILE_FILE}") if content is not None else ()


def of(kind: type[Kind], found: object, url: str) -> Kind:
    """Return a baseline or a report that has to be of data quality.

    Raises
    ------
    InputError
        It is another monitor's.
    """
    if isinstance(found, kind):
        return found
    raise InputError(
        "This is of another monitor, and only data quality can be looked at or replayed.",
        file=url,
        next_step="Give a baseline or reports of data quality, or run kedge check.",
    )


def folder_of(url: str, name: str = "") -> str:
    """Return the folder of a document that was named itself, or the folder that was named."""
    return url.removesuffix(name).rstrip("/") or "."


@contextmanager
def told_of(baseline: AnyLearned) -> Iterator[None]:
    """Name the constraints file in an error about them, where they were read and not just learned."""
    try:
        yield
    except DocumentError as error:
        read = baseline.source and not baseline.reading
        kind = next(kind for kind in MONITORS if isinstance(baseline, kind.baseline))
        file = f"{folder_of(baseline.source, kind.constraints_file)}/{kind.constraints_file}" if read else None
        raise DocumentError(
            error.message, file=error.file or file, field=error.field, next_step=error.next_step
        ) from None


def summary(report: AnyJudged) -> bytes:
    """Return the content of ``report.json``."""
    return report.summary.model_dump_json(indent=2).encode()


def place(url: str, suffix: str) -> tuple[str, str]:
    """Return the folder and the name of a single file.

    Raises
    ------
    SettingError
        The name does not end as it should.
    """
    folder, slash, name = url.rpartition("/")
    if not name.endswith(suffix):
        raise SettingError(f"The output is not a {suffix} file.", file=url, next_step="Give it a name that is.")
    return folder or slash or ".", name
