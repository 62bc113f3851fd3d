"""The jobs: learn a baseline, check a window, judge it again, merge profiles."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kedge.analysis.embeddings.embeddings import KEPT
from kedge.analysis.profile import Profile, together
from kedge.analysis.replay import Replay, Replayed
from kedge.analysis.report import AnyJudged, Baseline, HookRun, Report, Stamp
from kedge.domain import wire
from kedge.domain.window import format_time
from kedge.errors import KedgeError, SettingError
from kedge.monitors import data_quality
from kedge.reading import documents
from kedge.service.choice import Choice
from kedge.service.shelf import of, summary, told_of
from kedge.service.sources import AsItIs, Merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.analysis.anomalies import Anomalies
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import AnyLearned, Mode
    from kedge.domain.dataset import Dataset
    from kedge.domain.ground_truth import Truth
    from kedge.ports import Clock, Engine, Hooks, Monitor, Progress, Source
    from kedge.service.choice import Predictors
    from kedge.service.shelf import Shelf

AReport = TypeVar("AReport", bound=AnyJudged)


@dataclass(frozen=True)
class Jobs:
    """The jobs of one application, over its ports; ``no_anomalies`` says how they are looked for and what is kept."""

    engine: Engine
    shelf: Shelf
    clock: Clock
    version: str
    hooks: Hooks
    no_anomalies: Anomalies
    predictors: Predictors
    kept_rows: int = KEPT

    @property
    def choice(self) -> Choice:
        """What chooses the monitor."""
        return Choice(self.shelf, self.no_anomalies, self.predictors, self.kept_rows)

    def learn(
        self,
        monitor: Monitor,
        dataset: Dataset,
        progress: Progress,
        *,
        frame: object = None,
        truth: Truth | None = None,
    ) -> AnyLearned:
        """Return what normal looks like to a monitor in the data, to which ``truth`` brings the labels."""
        with self._source(monitor, dataset, progress, frame, truth) as source:
            return monitor.learn(source)

    def check(
        self,
        monitor: Monitor,
        dataset: Dataset,
        baseline: AnyLearned,
        mode: Mode,
        progress: Progress,
        *,
        frame: object = None,
        truth: Truth | None = None,
        keep: str | None = None,
    ) -> AnyJudged:
        """Hold the data against a baseline; below ``keep`` the merged records stay, where labels are joined."""
        with self._source(monitor, dataset, progress, frame, truth, keep) as source:
            return self.hold(monitor, source, baseline, mode)

    def source(self, dataset: Dataset, progress: Progress) -> Source:
        """Return what reads a dataset as it is."""
        return AsItIs(self.engine, dataset, progress)

    def join(self, monitor: Monitor, dataset: Dataset, truth: Truth, folder: Path, progress: Progress) -> Source:
        """Join a dataset with its labels, below an empty folder, and return what reads the merged records."""
        _refuse_join(monitor, dataset)
        return Merged(self.engine, dataset, progress, folder, self.engine.join(dataset, truth, folder, progress))

    def hold(self, monitor: Monitor, source: Source, baseline: AnyLearned, mode: Mode) -> AnyJudged:
        """Hold what a source reads against a baseline."""
        with told_of(baseline):
            return monitor.check(source, baseline, mode, self._stamp())

    def judge(self, monitor: Monitor, url: str, baseline: AnyLearned, mode: Mode) -> AnyJudged:
        """Hold the profile of a report, or one that was merged, against a baseline, without the data."""
        profiles = self.shelf.load_profiles(url)
        with told_of(baseline):
            return monitor.judge(url, profiles, baseline, mode, self._stamp())

    def replay(self, url: str, constraints: str, baseline: str | None, progress: Progress) -> Replay:
        """Judge every report below ``url`` under other constraints, against one baseline or each against its own."""
        demanded = self.shelf.load_constraints(constraints)
        known: dict[str, dict[str, Feature]] = {}
        windows = []
        for folder in self.shelf.reports(url):
            report = of(Report, self.shelf.load_report(folder), folder)
            source = baseline or report.summary.baseline
            if source not in known:
                known[source] = data_quality.remember(of(Baseline, self.shelf.baseline_of(folder, source), source))
            windows.append(data_quality.replay(folder, report, demanded, known[source], self.shelf.items))
            progress(report.profile.rows)
        return Replay(constraints=constraints, windows=sorted(windows, key=Replayed.place))

    def postprocess(self, report: AReport, script: str, url: str | None) -> AReport:
        """Let a script see the files of a report, and write them with what it added or changed.

        The script sees a folder of its own, wherever the report goes to. If it fails, the report is written as it
        was, with the reason in it.

        Raises
        ------
        HookError
            The script failed.
        """
        with tempfile.TemporaryDirectory(prefix="kedge-report-") as folder:
            self.shelf.store.write(folder, self.shelf.files(report))
            try:
                run = self.hooks.postprocess(script, _environment(report, folder))
            except KedgeError as error:
                failed = HookRun(handler="postprocess_handler", script=script, error=str(error))
                if url:
                    self.shelf.save_report(_with(report, failed), url)
                raise
            done = _with(report, run)
            if url:
                found = {str(path.relative_to(folder)): path for path in Path(folder).rglob("*") if path.is_file()}
                written = {name: path.read_bytes() for name, path in found.items()}
                last = written.pop(wire.STATISTICS_FILE, report.statistics.to_json().encode())
                self.shelf.store.write(url, written | {wire.REPORT_FILE: summary(done), wire.STATISTICS_FILE: last})
        return done

    def merge(self, urls: Sequence[str], output: str) -> tuple[Profile, ...]:
        """Merge profile files, variant by variant, and write the result."""
        merged: dict[tuple[str | None, str | None], list[Profile]] = {}
        for profile in (profile for url in urls for profile in self.shelf.load_profiles(url)):
            merged.setdefault((profile.endpoint, profile.variant), []).append(profile)
        profiles = tuple(together(group) for group in merged.values())
        self.shelf.save(output, ".json", documents.write_profiles(profiles))
        return profiles

    @contextmanager
    def _source(
        self,
        monitor: Monitor,
        dataset: Dataset,
        progress: Progress,
        frame: object,
        truth: Truth | None,
        keep: str | None = None,
    ) -> Iterator[Source]:
        """Return the rows, first joined with their labels where these come later."""
        if truth is None:
            yield AsItIs(self.engine, dataset, progress, frame)
            return
        if frame is not None:
            raise SettingError("Labels are joined to files.", next_step="Give a path or URL, or a frame with labels.")
        with tempfile.TemporaryDirectory(prefix="kedge-merge-") as name:
            source = self.join(monitor, dataset, truth, Path(name), progress)
            if keep:
                self.shelf.save_merged(Path(name), keep)
            yield source

    def _stamp(self) -> Stamp:
        return Stamp(format_time(self.clock.now()), self.version)


def _refuse_join(monitor: Monitor, dataset: Dataset) -> None:
    """Refuse labels that cannot be joined."""
    if not monitor.needs_labels:
        raise SettingError("Data quality needs no labels.", field="--ground-truth", next_step="Leave it out.")
    if dataset.preprocess:
        raise SettingError(
            "A preprocess script sees no labels.", field="--preprocess", next_step="Leave out it, or --ground-truth."
        )


def _with(report: AReport, run: HookRun) -> AReport:
    return replace(report, summary=report.summary.model_copy(update={"postprocess": run}))


def _environment(report: AnyJudged, folder: str) -> dict[str, str]:
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
