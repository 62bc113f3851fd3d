"""What may stand in ``monitors.yaml``, key by key, and what each entry says in the words of the catalog.

Keys are those of the command line's options, with ``_`` for ``-``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, model_validator

from kedge.domain.catalog import (
    MONITORS,
    Answers,
    Baseline,
    Endpoint,
    JobDefinition,
    MonitoringSchedule,
    MonitoringType,
    PlainFiles,
    Program,
    Reading,
    is_reference,
)
from kedge.domain.dataset import Format
from kedge.domain.declaration import Declaration, Learn
from kedge.domain.roles import Problem
from kedge.reading.alarm_entries import AlarmEntry
from kedge.reading.keys import Duration, Entry, Text, Texts, Words, key, nothing
from kedge.reading.located import is_there, located, located_word
from kedge.reading.message_entries import ActionEntry, ChannelEntry, SubscriptionEntry

MonitorName = Literal["data-quality", "model-quality", "bias", "attribution", "embeddings", "custom"]
TYPES: dict[str, MonitoringType] = {name: kind for kind, name in MONITORS.items()} | {"custom": "Custom"}


class _Reading(Entry):
    format: Annotated[Format | None, key("What the files are; else told by their names.")] = None
    header: Annotated[bool, key("Whether CSV files start with the names.")] = True
    delimiter: Annotated[str, key("Between two fields of CSV files and payloads.", min_length=1, max_length=1)] = ","
    output_columns_position: Annotated[Literal["START", "END"], key("Where predictions stand in the baseline.")] = (
        "START"
    )
    input_rows: Annotated[str | None, key("JMESPath to the list of rows in a JSON request.")] = None
    output_rows: Annotated[str | None, key("JMESPath to the list of rows in a JSON response.")] = None

    def reading(self) -> Reading:
        return Reading(**{name: getattr(self, name) for name in _Reading.model_fields})


class EndpointEntry(_Reading):
    """A model that answers."""

    captures: Annotated[Text, key("The folder or URL that its captures were shipped to.")]
    variants: Annotated[Texts, key("The variants that are monitored; else all.")] = ()
    ground_truth: Annotated[Text | None, key("The folder or URL of its labels.")] = None


class DatasetEntry(_Reading):
    """A folder or table of plain files, monitored as an endpoint is."""

    url: Annotated[Text, key("The folder, file or URL.")]


class _Asked(Entry):
    monitor: Annotated[MonitorName, key("What is monitored.")] = "data-quality"
    problem_type: Annotated[Problem | None, key("What the model solves.")] = None
    label: Annotated[Text | None, key("The column of the label; in JSON ground truth its path.")] = None
    prediction: Annotated[Text | None, key("The column of the prediction, its place, or its JSON path.")] = None
    probability: Annotated[Text | None, key("The column of the probability of the positive class.")] = None
    probability_threshold: Annotated[float | None, key("Above it a probability means positive.", ge=0, le=1)] = None
    positive_label: Annotated[Text | None, key("The positive class.")] = None
    segments: Annotated[Texts, key("Columns by whose values metrics are told apart.")] = ()
    segment_min_rows: Annotated[int | None, key("Rows below which a segment is not judged.", ge=0)] = None
    ground_truth: Annotated[Text | None, key("The folder or URL of the labels; else the endpoint's.")] = None
    id: Annotated[Text | None, key("The column of the id, where the data are no capture records.")] = None
    exclude: Annotated[Texts, key("Columns to leave out.")] = ()
    preprocess: Annotated[Text | None, key("A script whose preprocess_handler makes rows of records.")] = None
    config: Annotated[Text | None, key("Of bias and attribution: the configuration.")] = None
    predictor: Annotated[Text | None, key("Of attribution: the model, a URL, a file, or module:function.")] = None
    explained_rows: Annotated[int | None, key("Of attribution: rows that are explained, at most.", ge=1)] = None
    column: Annotated[Text | None, key("Of embeddings: the column of the vectors.")] = None

    def asked(self, folder: Path) -> dict[str, Any]:
        """Return what a definition says of it."""
        return {
            "monitoring_type": TYPES[self.monitor],
            "ground_truth": located(self.ground_truth, folder),
            "id": self.id,
            "answers": Answers(
                problem_type=self.problem_type,
                label=self.label,
                inference_attribute=self.prediction,
                probability_attribute=self.probability,
                probability_threshold_attribute=self.probability_threshold,
                positive_label=self.positive_label,
                segments=self.segments,
                segment_min_rows=self.segment_min_rows,
            ),
            "exclude_features_attribute": self.exclude,
            "record_preprocessor_source_uri": located(self.preprocess, folder),
            "config_uri": located(self.config, folder),
            "predictor": located(self.predictor, folder) if is_there(self.predictor, folder) else self.predictor,
            "explained_rows": self.explained_rows,
            "column": self.column,
        }


class BaselineEntry(_Reading, _Asked):
    """What normal looks like: learned when it is applied, or where it lies."""

    learn: Annotated[Text | None, key("The file, folder or URL of the data to learn it of.")] = None
    url: Annotated[Text | None, key("The folder or URL of one that is learned already.")] = None
    categorical_drift_method: Annotated[
        Literal["LInfinity", "ChiSquared"], key("Of data quality: how categories will be compared.")
    ] = "LInfinity"

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.learn is None) == (self.url is None):
            raise ValueError("Expected either learn or url, where it is learned of or lies")
        return self

    def resource(self, name: str, folder: Path) -> Baseline | Learn:
        """Return it as the catalog takes it."""
        if self.url is not None:
            url = str(located(self.url, folder))
            return Baseline(name=name, version=0, url=url, monitoring_type=TYPES[self.monitor])
        data = PlainFiles(name=name, url=str(located(self.learn, folder)), reading=self.reading())
        asked = JobDefinition(name=name, dataset_name=name, **self.asked(folder))
        return Learn(name=name, data=data, asked=asked, categorical_drift_method=self.categorical_drift_method)


class ScheduleEntry(_Asked):
    """What is done with what, and when."""

    when: Annotated[Text, key("hourly, daily, weekly, monthly, every 15 minutes, cron(0 * ? * * *), 15 6 * * 1, NOW.")]
    endpoint: Annotated[Text | None, key("The endpoint it looks at.")] = None
    dataset: Annotated[Text | None, key("Or the dataset.")] = None
    baseline: Annotated[
        Text | None, key("What it is held against: a name, one version of it (fraud:3), or the folder of one.")
    ] = None
    variants: Annotated[Texts, key("The variants it looks at; else the endpoint's.")] = ()
    analysis_start: Annotated[Duration | None, key("The start of the window, counted from the slot: -PT5H.")] = None
    analysis_end: Annotated[Duration | None, key("The end of the window, counted from the slot: PT0H.")] = None
    start_offset: Annotated[Duration | None, key("Added to the start of the window, for late labels: -P8D.")] = None
    end_offset: Annotated[Duration | None, key("Added to the end of the window, for late labels: -P1D.")] = None
    postprocess: Annotated[Text | None, key("A script whose postprocess_handler sees the report.")] = None
    compat: Annotated[Literal["sagemaker"] | None, key("Whose verdicts are given.")] = None
    analyzer: Annotated[Text | None, key("Of a custom monitor: a Python file, or an entry point.")] = None
    command: Annotated[Words, key("Or what runs.")] = ()
    arguments: Annotated[Words, key("Of a custom monitor: its arguments.")] = ()
    image: Annotated[Text | None, key("Of a custom monitor: the container image it runs in.")] = None
    environment: Annotated[dict[str, Text], key("Variables for scripts and programs.", default_factory=dict)]
    output: Annotated[Text | None, key("Where reports go; else where the server puts them.")] = None
    max_runtime_seconds: Annotated[int | None, key("After so long an execution is stopped.", ge=1)] = None
    memory_limit: Annotated[str | None, key("What an execution may use, such as 2GB.")] = None
    minimum_rows: Annotated[int, key("Below it a window is reported, and not judged.", ge=0)] = 0
    no_data: Annotated[
        Literal["fail", "quiet"], key("Whether a window without data is a failure, or a quiet status of its own.")
    ] = "fail"
    catch_up: Annotated[
        Literal["run", "skip"], key("Whether slots that were missed are run, or all but the last skipped.")
    ] = "run"
    catch_up_limit: Annotated[int, key("The latest so many of them.", ge=1)] = 24

    def resource(self, name: str, folder: Path) -> tuple[MonitoringSchedule, JobDefinition]:
        """Return it as the catalog takes it: when, and what."""
        schedule = MonitoringSchedule(
            name=name,
            monitoring_job_definition_name="",
            schedule_expression=self.when,
            data_analysis_start_time=self.analysis_start,
            data_analysis_end_time=self.analysis_end,
            catch_up=self.catch_up,
            catch_up_limit=self.catch_up_limit,
        )
        return schedule, self._definition(folder)

    def _definition(self, folder: Path) -> JobDefinition:
        named = self.baseline is None or is_reference(self.baseline)
        return JobDefinition(
            name="",
            endpoint_name=self.endpoint,
            dataset_name=self.dataset,
            variants=self.variants,
            baseline=self.baseline if named else located(self.baseline, folder),
            start_time_offset=self.start_offset,
            end_time_offset=self.end_offset,
            post_analytics_processor_source_uri=located(self.postprocess, folder),
            compat=self.compat,
            program=self._program(folder),
            environment=self.environment,
            output=located(self.output, folder),
            max_runtime_in_seconds=self.max_runtime_seconds,
            memory_limit=self.memory_limit,
            minimum_rows=self.minimum_rows,
            no_data=self.no_data,
            **self.asked(folder),
        )

    def _program(self, folder: Path) -> Program | None:
        """Return what runs; a file beside this one is named from everywhere, unless a container has its own."""
        if not (self.analyzer or self.command or self.arguments or self.image):
            return None
        command, arguments = (
            words if self.image else tuple(located_word(word, folder) for word in words)
            for words in (self.command, self.arguments)
        )
        own = located(self.analyzer, folder) if str(self.analyzer).endswith(".py") else self.analyzer
        return Program(analyzer=own, container_entrypoint=command, container_arguments=arguments, image_uri=self.image)


class MonitorsFile(Entry):
    """What is monitored, against what, and when."""

    model_config = ConfigDict(title="monitors.yaml")

    endpoints: Annotated[
        dict[Text, EndpointEntry],
        BeforeValidator(nothing),
        key("Models that answer, by their name.", default_factory=dict),
    ]
    datasets: Annotated[
        dict[Text, DatasetEntry],
        BeforeValidator(nothing),
        key("Folders and tables of plain files, by their name.", default_factory=dict),
    ]
    baselines: Annotated[
        dict[Text, BaselineEntry],
        BeforeValidator(nothing),
        key("What normal looks like, by its name.", default_factory=dict),
    ]
    schedules: Annotated[
        dict[Text, ScheduleEntry],
        BeforeValidator(nothing),
        key("What is done, and when, by its name.", default_factory=dict),
    ]
    alarms: Annotated[
        dict[Text, AlarmEntry],
        BeforeValidator(nothing),
        key("What is to be noticed, by its name.", default_factory=dict),
    ]
    channels: Annotated[
        dict[Text, ChannelEntry],
        BeforeValidator(nothing),
        key("Where messages go, by their name.", default_factory=dict),
    ]
    actions: Annotated[
        dict[Text, ActionEntry],
        BeforeValidator(nothing),
        key("Code that is called with a message, by its name.", default_factory=dict),
    ]
    subscriptions: Annotated[
        dict[Text, SubscriptionEntry],
        BeforeValidator(nothing),
        key("Who is told of which alarms, by its name.", default_factory=dict),
    ]

    def declaration(self, folder: Path) -> Declaration:
        """Return what is declared; paths are seen from ``folder``."""
        return Declaration(
            endpoints=tuple(
                Endpoint(
                    name=name,
                    captures=str(located(entry.captures, folder)),
                    variants=entry.variants,
                    ground_truth=located(entry.ground_truth, folder),
                    reading=entry.reading(),
                )
                for name, entry in self.endpoints.items()
            ),
            datasets=tuple(
                PlainFiles(name=name, url=str(located(entry.url, folder)), reading=entry.reading())
                for name, entry in self.datasets.items()
            ),
            baselines=tuple(entry.resource(name, folder) for name, entry in self.baselines.items()),
            schedules=tuple(entry.resource(name, folder) for name, entry in self.schedules.items()),
            alarms=tuple(entry.resource(name) for name, entry in self.alarms.items()),
            channels=tuple(entry.resource(name, folder) for name, entry in self.channels.items()),
            actions=tuple(entry.resource(name, folder) for name, entry in self.actions.items()),
            subscriptions=tuple(entry.resource(name) for name, entry in self.subscriptions.items()),
        )
