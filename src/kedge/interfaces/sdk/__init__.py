"""The Python interface: ``kedge.baseline``, ``kedge.check``, ``kedge.upload_labels``, and what they return."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Literal, overload

from kedge.adapters.presentation.words import count, plain
from kedge.adapters.renderers import terminal
from kedge.app import jobs, upload
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import LabelColumns, Truth
from kedge.domain.window import Window, parse_time
from kedge.errors import SettingError, did_you_mean
from kedge.monitors.model_quality import Asked
from kedge.service.choice import Wanted
from kedge.settings import SERVER, Settings, load

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.analysis.anomalies import Anomalies
    from kedge.analysis.documents import DriftMethod
    from kedge.analysis.report import AnyJudged, AnyLearned, Finding
    from kedge.service.jobs import Jobs
    from kedge.service.upload import Uploaded


MonitorName = Literal["data-quality", "model-quality", "bias", "attribution", "embeddings"]
# What the options of model quality are called, and what they are.
MODEL_QUALITY = {
    "problem_type": "problem",
    "label": "label",
    "prediction": "prediction",
    "probability": "probability",
    "probability_threshold": "threshold",
    "positive_label": "positive",
    "segments": "segments",
    "segment_min_rows": "segment_rows",
}
# Those of bias and attribution.
ANALYSIS = ("config", "predictor", "explained_rows", "column")


def baseline(
    data: object,
    *,
    monitor: MonitorName = "data-quality",
    categorical_drift_method: DriftMethod = "LInfinity",
    **options: Any,
) -> Baseline:
    """Learn what normal looks like.

    Parameters
    ----------
    data
        A path or URL of a file or folder, or a frame (Polars, pandas, Arrow, or any with
        ``__arrow_c_stream__``).
    monitor
        ``"data-quality"``; ``"model-quality"`` for data that hold what a model said and what was true;
        ``"bias"`` for whether somebody is treated worse; ``"attribution"`` for what its answers come from;
        ``"embeddings"`` for data that hold vectors.
    categorical_drift_method
        How categories will be compared.
    options
        Of model quality: ``problem_type``, ``label``, ``prediction``, ``probability``, ``probability_threshold``,
        ``positive_label``, ``segments``, ``segment_min_rows``, and where labels come later ``ground_truth`` and
        ``id``. Of bias: ``config`` and the first four of those. Of attribution: ``config``, ``predictor``,
        ``explained_rows``. Of embeddings: ``column``. Of any: fields of :class:`kedge.domain.dataset.Dataset`
        (``format``, ``header``, ``delimiter``, ``exclude``, ``unreadable_share``, ``preprocess`` …), settings
        (``sample_rows``, ``raw_values``, ``score``, ``threads``, ``hook_memory`` …), and ``start`` and ``end`` of a
        window (ISO 8601 or aware ``datetime``).

    Raises
    ------
    KedgeError
        The data cannot be read; the message says where and what to do.
    """
    wanted, truth = _wanted(options, monitor, categorical_drift_method), _truth(options)
    wired, dataset, frame = _job(data, options | {"label": wanted.roles.label})
    chosen = wired.choice.learner(wanted)
    return Baseline(wired.learn(chosen, dataset, _quiet, frame=frame, truth=truth), wired)


@overload
def check(
    data: object,
    baseline: Baseline | str | PathLike[str],
    *,
    compat: Literal["sagemaker"] | None = None,
    **options: Any,
) -> Result: ...
@overload
def check(
    *,
    profile: str | PathLike[str],
    baseline: Baseline | str | PathLike[str],
    compat: Literal["sagemaker"] | None = None,
    plugins: str | None = None,
) -> Result: ...
def check(
    data: object = None,
    baseline: Baseline | str | PathLike[str] = "",
    *,
    profile: str | PathLike[str] | None = None,
    compat: Literal["sagemaker"] | None = None,
    **options: Any,
) -> Result:
    """Hold data against a baseline: one that :func:`baseline` returned, or the path or URL of one.

    ``profile``, the path or URL of a report's profile or of a merged one, stands for the data and is judged
    without it. ``compat="sagemaker"`` gives the service's verdicts. The other options are those of
    :func:`baseline`.
    """
    if (data is None) == (profile is None):
        raise SettingError("One thing is checked at a time.", next_step="Give either data or profile=.")
    if profile is not None and (reading := options.keys() - {"plugins"}):
        raise SettingError("A profile is judged as it is: no data is read.", next_step=f"Leave out {min(reading)}.")
    wanted, truth = _wanted(options), _truth(options)
    wired, dataset, frame = _job(data, options | {"label": wanted.roles.label})
    learned = baseline._learned if isinstance(baseline, Baseline) else wired.shelf.load_baseline(fspath(baseline))
    mode = compat or "default"
    monitor = wired.choice.judge_of(learned, wanted)
    if profile is not None:
        return Result(wired.judge(monitor, fspath(profile), learned, mode), wired)
    return Result(wired.check(monitor, dataset, learned, mode, _quiet, frame=frame, truth=truth), wired)


def upload_labels(
    labels: object,
    *,
    id: str,
    label: str,
    destination: str | PathLike[str],
    group: bool = False,
    sampling_percentage: float | None = None,
    **options: Any,
) -> Uploaded:
    """Upload the labels of a table as ground truth, below the hour in which they arrive.

    Parameters
    ----------
    labels
        A path or URL of a file or folder, or a frame, as in :func:`baseline`.
    id, label
        The columns of the id that the request was sent with, and of its label.
    destination
        The folder or URL of the ground truth.
    group
        Whether rows with one id are the rows of one request, in order; else the last of them counts.
    sampling_percentage
        That of a capture that samples by the inference id: labels of requests that it left out are not uploaded.
    options
        ``format``, ``header``, ``delimiter``, ``unreadable_share``, ``threads`` and ``memory_limit``, as in
        :func:`baseline`.

    Raises
    ------
    KedgeError
        The labels cannot be read, or the store failed; the message says what arrived before.
    """
    if unknown := [name for name in options if name not in _TABLE]:
        raise SettingError(f"There is no option {unknown[0]!r}.{did_you_mean(unknown[0], _TABLE)}")
    settings, dataset, frame = _read(labels, options)
    columns = LabelColumns(id, label, group, sampling_percentage)
    return upload(settings)(dataset, columns, fspath(destination), _quiet, frame)


@dataclass(frozen=True)
class Baseline:
    """What normal looks like."""

    _learned: AnyLearned
    _jobs: Jobs

    @property
    def constraints(self) -> Any:
        """What is demanded, as in ``constraints.json``."""
        return self._learned.constraints

    @property
    def statistics(self) -> Any:
        """What was found, as in ``statistics.json``."""
        return self._learned.statistics

    def save(self, url: str | PathLike[str]) -> None:
        """Write ``statistics.json``, ``constraints.json`` and ``profile.json`` below a path or URL."""
        self._jobs.shelf.save_baseline(self._learned, fspath(url))

    def __repr__(self) -> str:
        rows = count(self.statistics.dataset.item_count, "row") if self.statistics else "unknown rows"
        return f"<Baseline of {terminal.extent(self._learned)}, {rows}>"


class Violations(tuple["Finding", ...]):
    """The broken constraints, as a table wherever they are shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        names = [plain(_subject(violation)) for violation in self]
        width = max(map(len, names), default=0)
        said = (plain(f"{v.description}. {v.hint}" if v.hint else v.description, 500) for v in self)
        return "\n".join(f"{name:{width}}  {text}" for name, text in zip(names, said, strict=True)) or "no violations"

    def _repr_html_(self) -> str:
        head = "<tr><th>feature</th><th>check</th><th>description</th><th>hint</th></tr>"
        told = ((_subject(v), v.constraint_check_type, v.description, v.hint) for v in self)
        rows = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in cells) + "</tr>"
            for cells in told
        )
        return f"<table>{head}{rows}</table>" if rows else "<p>no violations</p>"


def _subject(violation: object) -> str:
    """Return what a violation is of: a feature, or else a label of the answers, or a metric."""
    names = (getattr(violation, key, None) for key in ("feature_name", "label", "metric_name"))
    return next((name for name in names if name), "")


@dataclass(frozen=True)
class Result:
    """A window held against a baseline."""

    report: AnyJudged
    _jobs: Jobs

    @property
    def violations(self) -> Violations:
        """The broken constraints, in the order of the columns."""
        return Violations(self.report.summary.findings)

    @property
    def statistics(self) -> Any:
        """The window's statistics, as in ``statistics.json``."""
        return self.report.statistics

    @property
    def distances(self) -> dict[str, float]:
        """The distance of every compared feature from its baseline."""
        compared = getattr(self.report.summary, "distances", {})
        return {name: found.distance for name, found in compared.items()}

    @property
    def anomalies(self) -> Anomalies | None:
        """Single values and rows that stand out; None where nothing is known that they could stand out from."""
        return getattr(self.report.summary, "anomalies", None)

    def save(self, url: str | PathLike[str]) -> None:
        """Write the report's files, the page among them, below a path or URL."""
        self._jobs.shelf.save_report(self.report, fspath(url))

    def __repr__(self) -> str:
        count = len(self.violations)
        return f"<Result: {count or 'no'} violation{'' if count == 1 else 's'}>\n{self.violations!r}"

    def _repr_html_(self) -> str:
        return self.violations._repr_html_()


# What can be said of a table of labels.
_TABLE = ("format", "header", "delimiter", "unreadable_share", "threads", "memory_limit")


def _quiet(rows: int) -> None:
    """Show no progress."""


def _wanted(
    options: dict[str, Any], monitor: MonitorName | None = None, drift_method: DriftMethod = "LInfinity"
) -> Wanted:
    """Take out of the options what says what is to be monitored, and how."""
    roles = {name: options.pop(option) for option, name in MODEL_QUALITY.items() if option in options}
    if "segments" in roles:
        roles["segments"] = tuple(roles["segments"])
    analysis = {name: options.pop(name) for name in ANALYSIS if name in options}
    if "config" in analysis:
        analysis["config"] = fspath(analysis["config"])
    return Wanted(monitor, drift_method, Asked(**roles), **analysis)


def _truth(options: dict[str, Any]) -> Truth | None:
    """Take out of the options where labels are, if they come later."""
    url, id = options.pop("ground_truth", None), options.pop("id", None)
    return Truth(fspath(url), id) if url is not None else None


def _job(data: object, options: dict[str, Any]) -> tuple[Jobs, Dataset, object]:
    settings, dataset, frame = _read(data, options)
    return jobs(settings), dataset, frame


def _read(data: object, options: dict[str, Any]) -> tuple[Settings, Dataset, object]:
    own = Settings.model_fields.keys() - set(Dataset.__slots__) - SERVER
    loaded, _ = load(**{name: options.pop(name) for name in own & options.keys()})
    start, end = options.pop("start", None), options.pop("end", None)
    known = [name for name in Dataset.__slots__ if name not in ("url", "window")]
    for name in options:
        if name not in known:
            raise SettingError(f"There is no option {name!r}.{did_you_mean(name, known)}")
    options["exclude"] = tuple(options.get("exclude", ()))
    if options.get("preprocess") is not None:
        options["preprocess"] = fspath(options["preprocess"])
    options.setdefault("unreadable_share", loaded.unreadable_share)
    window = _window(start, end)
    if isinstance(data, str | PathLike):
        return loaded, Dataset(fspath(data), window=window, **options), None
    return loaded, Dataset(type(data).__name__, window=window, **options), data


def _window(start: str | datetime | None, end: str | datetime | None) -> Window | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise SettingError("A window needs both a start and an end.", next_step="Give start and end.")
    return Window(*(parse_time(time) if isinstance(time, str) else time for time in (start, end)))
