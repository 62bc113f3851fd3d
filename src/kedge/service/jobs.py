"""The jobs: learn a baseline, check a window, judge it again, merge profiles; each writes when its work is done.

A baseline and a report are several files. Each appears whole or not at all, and the one that is asked for when they are
read (``constraints.json``, ``statistics.json``) is written last: without it there is no baseline and no report.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from kedge.analysis.documents import Constraints, ConstraintViolations, Statistics
from kedge.analysis.items import Items
from kedge.analysis.profile import Profile
from kedge.analysis.questions import NOTHING_ASKED, Answers, questions
from kedge.analysis.replay import Replay, Replayed
from kedge.analysis.report import Baseline, HookRun, Mode, Report, Summary
from kedge.domain import wire
from kedge.domain.dataset import Expectation
from kedge.domain.window import format_time
from kedge.errors import DocumentError, InputError, KedgeError, SettingError
from kedge.monitors import data_quality
from kedge.reading import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.analysis.anomalies import Anomalies
    from kedge.analysis.documents import DriftMethod
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import Reading
    from kedge.domain.dataset import Dataset
    from kedge.ports import Clock, Engine, Hooks, ObjectStore, Progress, Renderer


Found = TypeVar("Found", bound=BaseModel)
# Named alone, they stand for the folder that they lie in.
_DOCUMENTS = (wire.CONSTRAINTS_FILE, wire.STATISTICS_FILE, wire.VIOLATIONS_FILE, wire.REPORT_FILE)


@dataclass(frozen=True)
class Jobs:
    """The jobs of one application, over its ports; ``no_anomalies`` says how they are looked for and what is kept."""

    engine: Engine
    store: ObjectStore
    page: Renderer
    clock: Clock
    version: str
    hooks: Hooks
    no_anomalies: Anomalies
    plugins: str | None = None

    @cached_property
    def items(self) -> Items:
        """What verdicts are made with, the project's own plugins among it."""
        return Items.found(self.plugins)

    def learn(
        self,
        dataset: Dataset,
        progress: Progress,
        *,
        frame: object = None,
        categorical_drift_method: DriftMethod = "LInfinity",
    ) -> Baseline:
        """Return what normal looks like in the data."""
        profiles, reading = self.engine.profile(dataset, Expectation(), progress, frame)
        return data_quality.learn(profiles, reading, categorical_drift_method)

    def check(
        self, dataset: Dataset, baseline: Baseline, mode: Mode, progress: Progress, *, frame: object = None
    ) -> Report:
        """Hold the data against a baseline."""
        known = data_quality.expectation(baseline, mode, self.items)
        asked = questions(baseline.constraints, mode)
        watch = data_quality.watch(baseline, mode, known.hashed, self.no_anomalies)
        watches = (watch,) if watch else ()
        if not asked:
            profiles, reading = self.engine.profile(dataset, known, progress, frame, watches)
            return self._judged(baseline, profiles, reading, mode, anomalies=watch.seen if watch else None)
        known = replace(known, texts=asked.texts | (known.texts or frozenset()))
        try:
            with self.engine.rows(asked) as rows:
                profiles, reading = self.engine.profile(dataset, known, progress, frame, (rows, *watches))
                return self._judged(
                    baseline, profiles, reading, mode, rows.answers(), anomalies=watch.seen if watch else None
                )
        except DocumentError as error:
            file = error.file or _file(baseline)
            raise DocumentError(error.message, file=file, field=error.field, next_step=error.next_step) from None

    def judge(self, url: str, baseline: Baseline, mode: Mode) -> Report:
        """Hold the profile of a report, or one that was merged, against a baseline, without the data."""
        file = url if url.endswith(".json") else f"{url.rstrip('/')}/{wire.PROFILE_FILE}"
        profiles = documents.read_profiles(self.store.read(file), file)
        return self._judged(baseline, profiles, data_quality.reread(file, profiles, baseline, mode), mode)

    def replay(self, url: str, constraints: str, baseline: str | None, progress: Progress) -> Replay:
        """Judge every report below ``url`` under other constraints, against one baseline or each against its own."""
        demanded = documents.read_constraints(self.store.read(constraints), constraints, distances=self.items.distances)
        known: dict[str, dict[str, Feature]] = {}
        windows = []
        for folder in self._reports(url):
            report = self.load_report(folder)
            source = baseline or report.summary.baseline
            if source not in known:
                known[source] = data_quality.remember(self._baseline_of(folder, source))
            windows.append(data_quality.replay(folder, report, demanded, known[source], self.items))
            progress(report.profile.rows)
        return Replay(constraints=constraints, windows=sorted(windows, key=Replayed.place))

    def save_baseline(self, baseline: Baseline, url: str) -> None:
        """Write a baseline's three files."""
        files = {}
        if baseline.statistics:
            files[wire.STATISTICS_FILE] = baseline.statistics.to_json().encode()
        if baseline.profiles:
            files[wire.PROFILE_FILE] = documents.write_profiles(baseline.profiles)
        files[wire.CONSTRAINTS_FILE] = baseline.constraints.to_json().encode()
        self.store.write(url, files)

    def save_report(self, report: Report, url: str) -> None:
        """Write a report: the service's files, the profile, how the verdict came about, and the page."""
        self.store.write(url, self._files(report))

    def postprocess(self, report: Report, script: str, url: str | None) -> Report:
        """Let a script see the files of a report, and write them with what it added or changed.

        The script sees a folder of its own, wherever the report goes to. If it fails, the report is written as it
        was, with the reason in it.

        Raises
        ------
        HookError
            The script failed.
        """
        with tempfile.TemporaryDirectory(prefix="kedge-report-") as folder:
            self.store.write(folder, self._files(report))
            try:
                run = self.hooks.postprocess(script, _environment(report, folder))
            except KedgeError as error:
                failed = HookRun(handler="postprocess_handler", script=script, error=str(error))
                if url:
                    self.save_report(_with(report, failed), url)
                raise
            done = _with(report, run)
            if url:
                found = {str(path.relative_to(folder)): path for path in Path(folder).rglob("*") if path.is_file()}
                written = {name: path.read_bytes() for name, path in found.items()}
                last = written.pop(wire.STATISTICS_FILE, report.statistics.to_json().encode())
                self.store.write(url, written | {wire.REPORT_FILE: _summary(done), wire.STATISTICS_FILE: last})
        return done

    def _files(self, report: Report) -> dict[str, bytes]:
        return {
            wire.CONSTRAINTS_FILE: report.constraints.to_json().encode(),
            wire.VIOLATIONS_FILE: report.violations.to_json().encode(),
            wire.PROFILE_FILE: documents.write_profiles(report.profiles),
            wire.REPORT_FILE: _summary(report),
            wire.PAGE_FILE: self.page(report).encode("utf-8", "replace"),
            wire.STATISTICS_FILE: report.statistics.to_json().encode(),
        }

    def load_baseline(self, url: str) -> Baseline:
        """Read a baseline: a folder, or a ``constraints.json`` alone; what the service wrote will do."""
        folder = _folder(url, wire.CONSTRAINTS_FILE)
        content = self._content(folder, wire.CONSTRAINTS_FILE)
        if content is None:
            raise InputError(
                f"There is no baseline here: {wire.CONSTRAINTS_FILE} is missing.",
                file=url,
                next_step="Learn one: kedge baseline train.csv --output baseline/",
            )
        return Baseline(
            statistics=self._found(Statistics, folder, wire.STATISTICS_FILE),
            constraints=documents.read_constraints(
                content, f"{folder}/{wire.CONSTRAINTS_FILE}", distances=self.items.distances
            ),
            profiles=self._profiles(folder),
            source=url,
        )

    def load_report(self, url: str) -> Report:
        """Read a report; of one that the service wrote, what its files tell."""
        folder = _folder(url, wire.REPORT_FILE)
        statistics = self._found(Statistics, folder, wire.STATISTICS_FILE)
        if statistics is None:
            raise InputError(
                f"There is no report here: {wire.STATISTICS_FILE} is missing.",
                file=url,
                next_step="Make one: kedge check live/ --baseline baseline/ --output report/",
            )
        # The service writes no violations file where there are none (the specification's ninth surprise).
        violations = self._found(ConstraintViolations, folder, wire.VIOLATIONS_FILE) or ConstraintViolations()
        constraints = self._found(Constraints, folder, wire.CONSTRAINTS_FILE) or Constraints(features=[])
        summary = self._found(Summary, folder, wire.REPORT_FILE) or data_quality.outline(statistics, violations)
        profiles = self._profiles(folder)
        whole = data_quality.whole(profiles, statistics)
        nothing = Baseline(None, Constraints(features=[]), source=summary.baseline)
        return Report(summary, statistics, constraints, violations, profiles, whole, nothing, {})

    def load(self, url: str) -> Report | Baseline | tuple[Profile, ...]:
        """Read what is there: a report, a baseline, or a profile file."""
        name = url.rpartition("/")[2]
        if name.endswith(".json") and name not in _DOCUMENTS:
            return documents.read_profiles(self.store.read(url), url)
        folder = _folder(url, name) if name in _DOCUMENTS else url
        return self.load_baseline(folder) if self._is_baseline(_folder(folder)) else self.load_report(folder)

    def merge(self, urls: Sequence[str], output: str) -> tuple[Profile, ...]:
        """Merge profile files, variant by variant, and write the result."""
        merged: dict[tuple[str | None, str | None], list[Profile]] = {}
        for url in urls:
            for profile in documents.read_profiles(self.store.read(url), url):
                merged.setdefault((profile.endpoint, profile.variant), []).append(profile)
        profiles = tuple(reduce(Profile.merge, group) for group in merged.values())
        self.save(output, ".json", documents.write_profiles(profiles))
        return profiles

    def save(self, url: str, suffix: str, content: bytes) -> None:
        """Write a single file."""
        folder, slash, name = url.rpartition("/")
        if not name.endswith(suffix):
            raise SettingError(f"The output is not a {suffix} file.", file=url, next_step="Give it a name that is.")
        self.store.write(folder or slash or ".", {name: content})

    def _is_baseline(self, folder: str) -> bool:
        if not self._is_there(folder, wire.CONSTRAINTS_FILE):
            return False
        if self._is_there(folder, wire.REPORT_FILE) or self._is_there(folder, wire.VIOLATIONS_FILE):
            return False
        statistics = self._found(Statistics, folder, wire.STATISTICS_FILE)
        # A run of the service that found no violation writes no violations either, but its window and its time.
        return not (statistics and statistics.dataset.start_time and statistics.dataset.evaluation_time)

    def _is_there(self, folder: str, name: str) -> bool:
        return bool(self.store.list(f"{folder}/{name}"))

    def _judged(
        self,
        baseline: Baseline,
        profiles: Sequence[Profile],
        reading: Reading,
        mode: Mode,
        answers: Answers = NOTHING_ASKED,
        anomalies: Anomalies | None = None,
    ) -> Report:
        return data_quality.judge(
            baseline,
            profiles,
            reading,
            mode=mode,
            created=format_time(self.clock.now()),
            version=self.version,
            items=self.items,
            answers=answers,
            anomalies=anomalies,
        )

    def _reports(self, url: str) -> list[str]:
        places = [entry.url.rpartition("/") for entry in self.store.list(url)]
        folders = [folder or "." for folder, _, name in places if name == wire.STATISTICS_FILE]
        reports = [folder for folder in folders if not self._is_baseline(folder)]
        if not reports:
            raise InputError(
                "There is no report here, and none below.",
                file=url,
                next_step="Give the folder that holds the reports which kedge check wrote.",
            )
        return reports

    def _baseline_of(self, report: str, source: str) -> Baseline:
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

    def _content(self, folder: str, name: str) -> bytes | None:
        return self.store.read(f"{folder}/{name}") if self._is_there(folder, name) else None

    def _found(self, model: type[Found], folder: str, name: str, **context: object) -> Found | None:
        content = self._content(folder, name)
        return documents.read(model, content, f"{folder}/{name}", **context) if content is not None else None

    def _profiles(self, folder: str) -> tuple[Profile, ...]:
        content = self._content(folder, wire.PROFILE_FILE)
        return documents.read_profiles(content, f"{folder}/{wire.PROFILE_FILE}") if content is not None else ()


def _file(baseline: Baseline) -> str | None:
    """Return the constraints file of a baseline that was read and not just learned."""
    if baseline.reading or not baseline.source:
        return None
    return f"{_folder(baseline.source, wire.CONSTRAINTS_FILE)}/{wire.CONSTRAINTS_FILE}"


def _folder(url: str, name: str = "") -> str:
    """Return the folder of a document that was named itself, or the folder that was named."""
    return url.removesuffix(name).rstrip("/") or "."


def _summary(report: Report) -> bytes:
    return report.summary.model_dump_json(indent=2).encode()


def _with(report: Report, run: HookRun) -> Report:
    return replace(report, summary=report.summary.model_copy(update={"postprocess": run}))


def _environment(report: Report, folder: str) -> dict[str, str]:
    """Return the variables that the service gives a script, as far as they are known here."""
    endpoints = {profile.endpoint for profile in report.profiles}
    known = {
        wire.OUTPUT_PATH: folder,
        wire.DATASET_SOURCE: ", ".join(report.summary.reading.inputs),
        wire.START_TIME: report.summary.window_start,
        wire.END_TIME: report.summary.window_end,
        wire.ENDPOINT_NAME: endpoints.pop() if len(endpoints) == 1 else None,
    }
    return {name: value for name, value in known.items() if value}
