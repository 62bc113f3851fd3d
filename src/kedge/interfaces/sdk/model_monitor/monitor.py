"""A monitor: what is the same for all of them, and the one that runs an analyzer of one's own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from kedge.domain.catalog import JobDefinition, MonitoringSchedule, MonitoringType, Program, is_reference
from kedge.domain.wire import CONSTRAINTS_FILE, STATISTICS_FILE, VIOLATIONS_FILE
from kedge.errors import Conflict, InputError, KedgeError, NotFound, SettingError
from kedge.interfaces.sdk.model_monitor import baseline_folder
from kedge.interfaces.sdk.model_monitor.asked import DAILY, MACHINES, Asked
from kedge.interfaces.sdk.model_monitor.baselining_job import BaseliningJob
from kedge.interfaces.sdk.model_monitor.describe import schedule_answer
from kedge.interfaces.sdk.model_monitor.given import plain, told
from kedge.interfaces.sdk.model_monitor.monitoring_alerts import WithAlerts, disown, own
from kedge.interfaces.sdk.model_monitor.monitoring_execution import MonitoringExecution
from kedge.interfaces.sdk.model_monitor.names import unique
from kedge.interfaces.sdk.model_monitor.own_baseline import own_baseline
from kedge.interfaces.sdk.model_monitor.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kedge.interfaces.sdk.model_monitor.inputs import BatchTransformInput, EndpointInput, MonitoringOutput
    from kedge.interfaces.sdk.model_monitor.monitoring_files import Constraints, ConstraintViolations, Statistics
    from kedge.service.workspace import Workspace

Found = TypeVar("Found")

MOST_EXECUTIONS = 100


class ModelMonitor(WithAlerts):
    """A monitor whose analyzer is a container image or a command of one's own.

    Parameters
    ----------
    image_uri, entrypoint
        What runs; without an image the command runs on this machine.
    max_runtime_in_seconds
        After which an execution is stopped.
    base_job_name
        What names begin with that nobody gave.
    sagemaker_session
        Where things are declared: None, a :class:`Session`, or a ``kedge.Client``.
    env
        Variables for scripts and analyzers.
    role, instance_count, instance_type, volume_size_in_gb, volume_kms_key, output_kms_key, tags, network_config
        Mean nothing here; they are kept, and told by ``describe_schedule``.
    """

    JOB_DEFINITION_BASE_NAME: ClassVar[str] = "monitoring-job-definition"
    _type: ClassVar[MonitoringType] = "Custom"

    def __init__(
        self,
        role: str | None = None,
        image_uri: str | None = None,
        instance_count: int = 1,
        instance_type: str = "ml.m5.xlarge",
        entrypoint: str | list[str] | None = None,
        volume_size_in_gb: int = 30,
        volume_kms_key: str | None = None,
        output_kms_key: str | None = None,
        max_runtime_in_seconds: int | None = None,
        base_job_name: str | None = None,
        sagemaker_session: Any = None,
        env: dict[str, str] | None = None,
        tags: Any = None,
        network_config: Any = None,
    ) -> None:
        self.role, self.image_uri, self.entrypoint = role, image_uri, entrypoint
        self.instance_count, self.instance_type = instance_count, instance_type
        self.volume_size_in_gb, self.volume_kms_key = volume_size_in_gb, volume_kms_key
        self.output_kms_key, self.max_runtime_in_seconds = output_kms_key, max_runtime_in_seconds
        self.base_job_name, self.env = base_job_name, env
        self.tags, self.network_config = tags, network_config
        self.sagemaker_session = session_of(sagemaker_session)
        self.baselining_jobs: list[BaseliningJob] = []
        self.monitoring_schedule_name: str | None = None
        self._arguments: list[str] | None = None

    @classmethod
    def monitoring_type(cls) -> str:
        """Return what is monitored."""
        return cls._type

    @classmethod
    def attach(cls, monitor_schedule_name: str, sagemaker_session: Any = None) -> Self:
        """Return a monitor of a schedule that is there.

        Raises
        ------
        NotFound
            It is not.
        SettingError
            It is of another type.
        """
        session = session_of(sagemaker_session)
        with session.workspace() as workspace:
            schedule = workspace.schedules.get(monitor_schedule_name)
            definition = workspace.definitions.get(schedule.monitoring_job_definition_name)
        if schedule.monitoring_type != cls._type:
            raise SettingError(
                f"The schedule {monitor_schedule_name!r} is of {schedule.monitoring_type}, and not of {cls._type}.",
                field="monitor_schedule_name",
                next_step="Attach the class of its type.",
            )
        made = cls(sagemaker_session=session, **cls._remembered(definition))
        made.monitoring_schedule_name = monitor_schedule_name
        made._arguments = list(definition.program.container_arguments) if definition.program else None
        return made

    # --- baselines ---------------------------------------------------------------------------------

    def run_baseline(
        self,
        baseline_inputs: Sequence[Any],
        output: MonitoringOutput,
        arguments: list[str] | None = None,
        wait: bool = True,
        logs: bool = True,
        job_name: str | None = None,
    ) -> BaseliningJob:
        """Have the analyzer make a baseline of data: paths or URLs, or what has one as its ``source``."""
        sources = [str(getattr(given, "source", given)) for given in baseline_inputs]
        if len(sources) != 1:
            raise SettingError(
                f"A baseline is made of one folder, and not of {len(sources)}.",
                field="baseline_inputs",
                next_step="Put the files into one folder.",
            )
        run = own_baseline(self.sagemaker_session, self._program(arguments), sources[0], self.env or {})
        return self._learn(sources[0], output.destination, job_name).start(run, wait=wait, logs=logs)

    @property
    def latest_baselining_job(self) -> BaseliningJob | None:
        """The last one."""
        return self.baselining_jobs[-1] if self.baselining_jobs else None

    @property
    def latest_baselining_job_name(self) -> str | None:
        """Its name."""
        return self.latest_baselining_job.job_name if self.latest_baselining_job else None

    def baseline_statistics(self, file_name: str = STATISTICS_FILE) -> Statistics:
        """Return what the last baseline found, when it is learned."""
        return self._job().baseline_statistics(file_name)

    def suggested_constraints(self, file_name: str = CONSTRAINTS_FILE) -> Constraints:
        """Return what the last baseline demands, when it is learned."""
        return self._job().suggested_constraints(file_name)

    def describe_latest_baselining_job(self) -> dict[str, Any]:
        """Tell how the last baseline goes."""
        return self._job().describe()

    # --- schedules ---------------------------------------------------------------------------------

    def create_monitoring_schedule(
        self,
        endpoint_input: EndpointInput | str | None = None,
        output: MonitoringOutput | None = None,
        statistics: Statistics | str | None = None,
        constraints: Constraints | str | None = None,
        monitor_schedule_name: str | None = None,
        schedule_cron_expression: str | None = None,
        batch_transform_input: BatchTransformInput | None = None,
        arguments: list[str] | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
    ) -> None:
        """Declare a schedule that runs the analyzer."""
        self._arguments = arguments
        self._create(locals(), output_s3_uri=output and output.destination, program=self._program(arguments))

    def update_monitoring_schedule(
        self,
        endpoint_input: EndpointInput | str | None = None,
        output: MonitoringOutput | None = None,
        statistics: Statistics | str | None = None,
        constraints: Constraints | str | None = None,
        schedule_cron_expression: str | None = None,
        instance_count: int | None = None,
        instance_type: str | None = None,
        entrypoint: str | list[str] | None = None,
        volume_size_in_gb: int | None = None,
        volume_kms_key: str | None = None,
        output_kms_key: str | None = None,
        arguments: list[str] | None = None,
        max_runtime_in_seconds: int | None = None,
        env: dict[str, str] | None = None,
        network_config: Any = None,
        role: str | None = None,
        image_uri: str | None = None,
        batch_transform_input: BatchTransformInput | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
        *,
        schedule_name: str | None = None,
    ) -> None:
        """Change a schedule: what is not said stays. ``schedule_name`` names one that this monitor did not make."""
        self.image_uri, self.entrypoint = image_uri or self.image_uri, entrypoint or self.entrypoint
        self._arguments = arguments if arguments is not None else self._arguments
        other = image_uri or entrypoint or arguments is not None
        program = self._program(self._arguments) if other else None
        self._update(locals(), output_s3_uri=output and output.destination, program=program)

    def start_monitoring_schedule(self) -> None:
        """Have the schedule run again."""
        with self.sagemaker_session.workspace() as workspace:
            workspace.schedules.start(self._scheduled())

    def stop_monitoring_schedule(self) -> None:
        """Have the schedule rest."""
        with self.sagemaker_session.workspace() as workspace:
            workspace.schedules.stop(self._scheduled())

    def delete_monitoring_schedule(self) -> None:
        """Delete the schedule and its alert; its executions, their reports and what they were told to do stay."""
        with self.sagemaker_session.workspace() as workspace:
            workspace.schedules.delete(self._scheduled())
            disown(workspace, self._scheduled())
        self.monitoring_schedule_name = None

    def describe_schedule(self) -> dict[str, Any]:
        """Tell how the schedule stands, as the service does."""
        with self.sagemaker_session.workspace() as workspace:
            schedule = workspace.schedules.get(self._scheduled())
            definition = workspace.definitions.get(schedule.monitoring_job_definition_name)
            history = workspace.schedules.history(schedule.name)
            last = workspace.executions.search(schedule=schedule.name, limit=1)
        return schedule_answer(schedule, definition, history, last[0] if last else None)

    # --- executions --------------------------------------------------------------------------------

    def list_executions(self) -> list[MonitoringExecution]:
        """Return the executions, the last hundred, the latest at the end."""
        with self.sagemaker_session.workspace() as workspace:
            found = workspace.executions.search(schedule=self._scheduled(), limit=MOST_EXECUTIONS)
        return [MonitoringExecution(self.sagemaker_session, execution.name) for execution in reversed(found)]

    def get_latest_execution_logs(self, wait: bool = False) -> None:
        """Print what the latest execution printed, or when it ends will have.

        Raises
        ------
        NotFound
            There is none.
        """
        latest = self._latest()
        if latest is None:
            raise NotFound(
                f"The schedule {self.monitoring_schedule_name!r} has no execution yet.",
                next_step="Wait for its first slot; kedge serve runs it.",
            )
        if wait:
            latest.wait(logs=False)
        latest.print_log()

    def latest_monitoring_statistics(self, file_name: str = STATISTICS_FILE) -> Statistics | None:
        """Return what the latest execution found; None, and why is printed, where there is nothing yet."""
        return self._of_latest(lambda execution: execution.statistics(file_name))

    def latest_monitoring_constraint_violations(self, file_name: str = VIOLATIONS_FILE) -> ConstraintViolations | None:
        """Return what the latest execution did not find as demanded; None as of the statistics."""
        return self._of_latest(lambda execution: execution.constraint_violations(file_name))

    # --- below -------------------------------------------------------------------------------------

    @classmethod
    def _remembered(cls, definition: JobDefinition) -> dict[str, Any]:
        """Return what a definition keeps of the monitor that made it."""
        kept = {name: value for name, value in definition.kept.items() if name in MACHINES}
        seconds, program = definition.max_runtime_in_seconds, definition.program
        own = {"image_uri": program.image_uri, "entrypoint": list(program.container_entrypoint)} if program else {}
        return {**kept, **own, "max_runtime_in_seconds": seconds, "env": definition.environment or None}

    def _program(self, arguments: list[str] | None) -> Program | None:
        command = [self.entrypoint] if isinstance(self.entrypoint, str) else self.entrypoint or []
        return Program(
            image_uri=self.image_uri,
            container_entrypoint=tuple(command),
            container_arguments=tuple(map(str, arguments or ())),
        )

    def _learn(self, data: str, output: str | None, job_name: str | None, **given: Any) -> BaseliningJob:
        """Return a job that learns a baseline, to be started."""
        name = job_name or unique(self.base_job_name or "baseline-suggestion-job")
        environment = {**(self.env or {}), **told(given)}
        kept = told(plain({**{field: getattr(self, field) for field in MACHINES}, "env": environment}))
        self.baselining_jobs.append(BaseliningJob(self.sagemaker_session, name, data, output, kept))
        return self.baselining_jobs[-1]

    def _job(self) -> BaseliningJob:
        if self.latest_baselining_job is None:
            raise NotFound("This monitor has learned no baseline.", next_step="Call suggest_baseline first.")
        return self.latest_baselining_job

    def _create(self, said: Mapping[str, Any], **ours: Any) -> None:
        """Declare a definition and a schedule of it, both or neither, by the arguments of a call and what is ours."""
        asked, session = Asked.of(said, **ours), self.sagemaker_session
        if self.monitoring_schedule_name:
            raise Conflict(
                f"This monitor has made the schedule {self.monitoring_schedule_name!r}.",
                next_step="Make another monitor, or delete that first: delete_monitoring_schedule().",
            )
        if asked.input is None:
            raise SettingError(
                "There is nothing to look at.",
                field="endpoint_input",
                next_step="Give endpoint_input or batch_transform_input.",
            )
        name = said["monitor_schedule_name"] or unique(self.base_job_name or "monitoring-schedule")
        made = JobDefinition(
            name=unique(self.JOB_DEFINITION_BASE_NAME),
            monitoring_type=self._type,
            compat=session.compat,
            environment=self.env or {},
            max_runtime_in_seconds=self.max_runtime_in_seconds,
            output=f"{session.folder}/monitoring/{name}/results",
            baseline=self._baseline(name, said.get("statistics"), said.get("constraints")),
            kept=told(plain({kept: getattr(self, kept) for kept in MACHINES})),
        )
        schedule = MonitoringSchedule(name=name, monitoring_job_definition_name=made.name, schedule_expression=DAILY)
        with session.workspace() as workspace:
            asked.declare(workspace, name)
            workspace.definitions.create(asked.over(made, name))
            with _undone(workspace, made.name):
                workspace.schedules.create(asked.timed(schedule))
            own(workspace, name)
        self.monitoring_schedule_name = name

    def _baseline(self, name: str, statistics: Any, constraints: Any) -> str | None:
        """Return the folder of the files that were given, or else of the baseline that was learned last."""
        found = baseline_folder.folder(self.sagemaker_session, name, statistics, constraints)
        if found is None and self.latest_baselining_job:
            self.latest_baselining_job.wait(logs=False)
            return self.latest_baselining_job.destination
        return found

    def _update(self, said: Mapping[str, Any], **ours: Any) -> None:
        """Let the schedule do a new definition, in which what was not said is as in the one before; that one stays."""
        for field in (*MACHINES, "max_runtime_in_seconds", "env"):
            if said.get(field) is not None:
                setattr(self, field, said[field])
        session, name = self.sagemaker_session, said["schedule_name"] or self._scheduled()
        with session.workspace() as workspace:
            schedule = workspace.schedules.get(name)
            before = workspace.definitions.get(schedule.monitoring_job_definition_name)
            known = before.baseline
            if known and is_reference(known):
                known = workspace.baselines.resolve(known).url
            files = said.get("statistics"), said.get("constraints")
            asked = Asked.of(said, baseline=baseline_folder.folder(session, name, *files, known), **ours)
            after = replace(asked.over(before, name), name=unique(self.JOB_DEFINITION_BASE_NAME))
            asked.declare(workspace, name)
            workspace.definitions.create(after)
            with _undone(workspace, after.name):
                timed = asked.timed(replace(schedule, monitoring_job_definition_name=after.name))
                workspace.schedules.update(timed)
        self.monitoring_schedule_name = name

    def _scheduled(self) -> str:
        if self.monitoring_schedule_name is None:
            raise NotFound(
                "This monitor has made no schedule.",
                next_step="Call create_monitoring_schedule first, or attach one that is there.",
            )
        return self.monitoring_schedule_name

    def _latest(self) -> MonitoringExecution | None:
        with self.sagemaker_session.workspace() as workspace:
            found = workspace.executions.search(schedule=self._scheduled(), limit=1)
        return MonitoringExecution(self.sagemaker_session, found[0].name) if found else None

    def _of_latest(self, document: Callable[[MonitoringExecution], Found]) -> Found | None:
        latest = self._latest()
        if latest is None:
            print(f"The schedule {self.monitoring_schedule_name} has no execution yet.")
            return None
        try:
            return document(latest)
        except (InputError, NotFound) as error:
            print(error)
            return None


@contextmanager
def _undone(workspace: Workspace, definition: str) -> Iterator[None]:
    """Take a definition back where its schedule is refused."""
    try:
        yield
    except KedgeError:
        workspace.definitions.delete(definition)
        raise
