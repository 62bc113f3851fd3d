"""What an execution does: reads a window, holds it against a baseline, leaves a report and says how it went.

It asks no catalog, and what it leaves depends on its inputs and its slot alone, so that whoever does it again leaves
the same.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.catalog import Step, StepName, shortened
from kedge.errors import KedgeError, NoData, SettingError
from kedge.reading.files import timed
from kedge.service.assignment import REPORT, Outcome
from kedge.service.defined import dataset_of, wanted_of
from kedge.service.shelf import MONITORS as KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kedge.analysis.report import AnyJudged, AnyLearned
    from kedge.domain.catalog import ExecutionStatus
    from kedge.domain.dataset import Dataset
    from kedge.ports import Monitor, Source
    from kedge.service.analyzer import Analyzer
    from kedge.service.assignment import Assignment
    from kedge.service.jobs import Jobs

    Tell = Callable[[Outcome], None]

NO_DATA: Final = "Job inputs had no data"


@dataclass
class Run:
    """One execution, below a folder of its own.

    Parameters
    ----------
    jobs
        What reads and judges; its clock stands at the slot.
    given
        What is to be done.
    folder
        An empty folder; the report comes below it.
    tell
        Called when a step begins, and at the end.
    analyzer
        What runs a program that is not ours.
    """

    jobs: Jobs
    given: Assignment
    folder: Path
    tell: Tell
    analyzer: Analyzer | None = None
    _steps: list[Step] = field(default_factory=list, init=False)

    def run(self) -> Outcome:
        """Do it; what goes wrong is told, not raised."""
        outcome = self._outcome()
        self.tell(outcome)
        return outcome

    def _outcome(self) -> Outcome:
        try:
            return replace(self._judged(), steps=tuple(self._steps))
        except NoData as error:
            where = KedgeError(error.message, file=error.file, line=error.line, field=error.field)
            return Outcome(
                status=self._no_data,
                exit_message=NO_DATA,
                failure_reason=NO_DATA if self._no_data == "Failed" else None,
                next_step=shortened(f"{where} {self._look}"),
                steps=tuple(self._steps),
            )
        except KedgeError as error:
            return Outcome.of(error, steps=tuple(self._steps))

    def _judged(self) -> Outcome:
        if self.given.definition.monitoring_type == "Custom":
            return self._analysed()
        definition, dataset = self.given.definition, self._dataset()
        baseline = self.jobs.shelf.load_baseline(self.given.baseline)
        monitor = self.jobs.choice.judge_of(baseline, replace(wanted_of(definition), report=self.given.previous))
        source = self._source(monitor, dataset)
        with self._step("analysis"):
            report = self._report(monitor, source, baseline)
            rows = report.summary.reading.rows
            self._told(rows=rows)
        found, joined = len(report.summary.findings), source.joined
        return Outcome(
            status="CompletedWithViolations" if found else "Completed",
            exit_message=_message(rows, definition.minimum_rows, found),
            rows=rows,
            violations=found,
            coverage=joined.labelled / joined.captures.rows if joined else None,
            files=self._files(report),
        )

    def _analysed(self) -> Outcome:
        """Have a program that is not ours judge."""
        program, minimum = self.given.definition.program, self.given.definition.minimum_rows
        if program is None or self.analyzer is None:
            raise SettingError("A custom monitor has a program.", field="program", next_step="Give its command.")
        with self._step("analysis"):
            outcome = self.analyzer.run(self.given, program, self.folder)
            self._told(rows=outcome.rows)
        if outcome.rows is not None and outcome.rows < minimum:
            message = _message(outcome.rows, minimum, 0)
            return replace(outcome, status="Completed", exit_message=message, violations=0)
        return outcome

    def _source(self, monitor: Monitor, dataset: Dataset) -> Source:
        """Return what is read: the data, or in a step of its own first the data with its labels."""
        truth = self.given.truth
        if truth is None:
            return self.jobs.source(dataset, _quiet)
        with self._step("merge"):
            merged = self.jobs.join(monitor, dataset, truth, self.folder / "merged", _quiet)
            self._told(rows=merged.joined.captures.rows if merged.joined else None)
            self.jobs.shelf.save_merged(self.folder / "merged", str(self._place))
        return merged

    def _report(self, monitor: Monitor, source: Source, baseline: AnyLearned) -> AnyJudged:
        """Judge, and write the report; too small a window is reported and not judged."""
        definition, shelf = self.given.definition, self.jobs.shelf
        report = self.jobs.hold(monitor, source, baseline, definition.compat or "default")
        if report.summary.reading.rows < definition.minimum_rows:
            report = _unjudged(report, definition.minimum_rows)
        if script := definition.post_analytics_processor_source_uri:
            return self.jobs.postprocess(report, script, str(self._place))
        shelf.save_report(report, str(self._place))
        return report

    def _dataset(self) -> Dataset:
        definition, reading = self.given.definition, self.given.source.reading
        if self.given.endpoint and reading.format is None:
            reading = replace(reading, format="capture")
        window = self.given.span if self.given.endpoint or self._is_timed() else None
        return dataset_of(definition, self._url(), reading, window)

    def _url(self) -> str:
        if len(self.given.places) == 1:
            return self.given.places[0]
        raise SettingError(
            "One variant can be looked at, or all of them together.",
            field="variants",
            next_step="Name one, or none, or make a schedule for each.",
        )

    def _is_timed(self) -> bool:
        """Return whether plain files stand in hour folders; those that do not are read whole each time."""
        return timed(self.jobs.shelf.store, self._url())

    @property
    def _no_data(self) -> ExecutionStatus:
        return "NoData" if self.given.definition.no_data == "quiet" else "Failed"

    @property
    def _look(self) -> str:
        """What to do where there is no data: no window is to be chosen, it is the schedule's."""
        endpoint = self.given.endpoint
        if endpoint is None:
            return "See what writes it."
        return f"See what was captured: kedge capture tail {endpoint.captures} --endpoint {endpoint.name} --no-follow"

    @property
    def _place(self) -> Path:
        return self.folder / REPORT

    def _files(self, report: AnyJudged) -> tuple[str, ...]:
        last = next(kind.statistics_file for kind in KINDS if kind.monitor == report.summary.monitor)
        found = sorted(path.relative_to(self._place).as_posix() for path in self._place.rglob("*") if path.is_file())
        return (*(name for name in found if name != last), last)

    @contextmanager
    def _step(self, name: StepName) -> Iterator[None]:
        self._steps.append(Step(name=name, status="InProgress", start_time=_now()))
        self.tell(Outcome(steps=tuple(self._steps)))
        try:
            yield
        except KedgeError as error:
            status = self._no_data if isinstance(error, NoData) else "Failed"
            self._told(status=status, failure_reason=shortened(str(error)), end_time=_now())
            raise
        self._told(status="Completed", end_time=_now())

    def _told(self, **how: Any) -> None:
        self._steps[-1] = replace(self._steps[-1], **how)


def _unjudged(report: AnyJudged, minimum: int) -> AnyJudged:
    """Return a report without its verdict, and with the reason."""
    kind = next(kind for kind in KINDS if kind.monitor == report.summary.monitor)
    note = f"The window has fewer rows than the {minimum:,} that a verdict takes, so it is not judged."
    emptied: dict[str, list[object]] = {
        name: [] for name in ("findings", "patterns") if name in type(report.summary).model_fields
    }
    summary = report.summary.model_copy(update={**emptied, "reading": report.summary.reading.noted([note])})
    return replace(report, summary=summary, violations=kind.violations())


def _message(rows: int, minimum: int, found: int) -> str:
    """Return what the service says at the end (data-quality.md, 3.8)."""
    if rows < minimum:
        return (
            f"Completed: Job completed successfully; {rows:,} rows are too few for a verdict, which takes {minimum:,}."
        )
    if found:
        return f"CompletedWithViolations: Job completed successfully with {found} violations."
    return "Completed: Job completed successfully with no violations."


def _now() -> datetime:
    return datetime.now(UTC)


def _quiet(rows: int) -> None:
    """Show no progress: nobody looks."""
