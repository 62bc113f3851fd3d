"""The alerts of a schedule: alarms on its executions, under the service's names (the specification, 8.8)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args

from kedge.domain.alarm import Alarm
from kedge.domain.record import Query
from kedge.domain.window import parse_time
from kedge.errors import InUse, NotAllowed, NotFound, SettingError
from kedge.service.catalog import rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.domain.record import Record
    from kedge.domain.standing import Standing
    from kedge.interfaces.sdk.model_monitor.session import Session
    from kedge.service.workspace import Workspace

Status = Literal["InAlert", "OK"]
Item = TypeVar("Item")

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
SORTS: Final = ("CreationTime", "Status")
ORDERS: Final = ("Ascending", "Descending")
MOST: Final = 100  # on a page


@dataclass(frozen=True)
class ModelDashboardIndicatorAction:
    """Whether anybody is told of an alert."""

    enabled: bool


@dataclass(frozen=True)
class MonitoringAlertActions:
    """What is done of an alert."""

    model_dashboard_indicator: ModelDashboardIndicatorAction


@dataclass(frozen=True)
class MonitoringAlertSummary:
    """An alert, and how it stands: ``InAlert`` or ``OK``."""

    alert_name: str
    creation_time: datetime | None
    last_modified_time: datetime | None
    alert_status: str
    data_points_to_alert: int
    evaluation_period: int
    actions: MonitoringAlertActions


@dataclass(frozen=True)
class MonitoringAlertHistorySummary:
    """An alert went from one status to another."""

    alert_name: str
    creation_time: datetime
    alert_status: str


class WithAlerts:
    """What the service's monitors are asked of alerts."""

    sagemaker_session: Session

    def _scheduled(self) -> str:
        raise NotImplementedError

    def update_monitoring_alert(
        self, monitoring_alert_name: str, data_points_to_alert: int | None, evaluation_period: int | None
    ) -> None:
        """Change of how many executions how many alert; None leaves it. A schedule's own alert is made by it.

        Raises
        ------
        NotFound
            The schedule has no such alert.
        SettingError
            A number is not between 1 and 100, or more are to alert than are looked at.
        """
        if data_points_to_alert is None and evaluation_period is None:
            raise SettingError(
                "Nothing is to be changed.", field="evaluation_period", next_step="Give one of the two numbers."
            )
        with self.sagemaker_session.workspace() as workspace:
            found = workspace.alarms.find(monitoring_alert_name)
            alarm = found or alert_of(self._scheduled())
            if alarm.executions_of != self._scheduled() or alarm.name != monitoring_alert_name:
                raise NotFound(
                    f"The schedule {self._scheduled()!r} has no alert {monitoring_alert_name!r}.",
                    field="monitoring_alert_name",
                    next_step=f"Its own is {alert_of(self._scheduled()).name!r}; list_monitoring_alerts() tells all.",
                )
            periods = alarm.evaluation_periods if evaluation_period is None else evaluation_period
            least = alarm.least if data_points_to_alert is None else data_points_to_alert
            workspace.alarms.declare(replace(alarm, evaluation_periods=periods, datapoints_to_alarm=least), found)

    def list_monitoring_alerts(
        self, next_token: str | None = None, max_results: int | None = 10
    ) -> tuple[list[MonitoringAlertSummary], str | None]:
        """Return the alerts of the schedule and how they stand, and what goes on with the next ones."""
        with self.sagemaker_session.workspace() as workspace:
            found = _alerts(workspace, self._scheduled())
            records = {one.name: one for one in workspace.records(Query(Alarm.kind, parent=self._scheduled()))}
        told = [_summary(one, records.get(one.alarm.name)) for one in found]
        return _page(told, next_token, max_results)

    def list_monitoring_alert_history(
        self,
        monitoring_alert_name: str | None = None,
        sort_by: str | None = "CreationTime",
        sort_order: str | None = "Descending",
        next_token: str | None = None,
        max_results: int | None = 10,
        creation_time_before: datetime | str | None = None,
        creation_time_after: datetime | str | None = None,
        status_equals: str | None = None,
    ) -> tuple[list[MonitoringAlertHistorySummary], str | None]:
        """Return when alerts of the schedule went from one status to another, and what goes on with the next ones."""
        for word, known, field in ((sort_by, SORTS, "sort_by"), (sort_order, ORDERS, "sort_order")):
            rules.one_of(word or known[0], known, field)
        rules.one_of(status_equals or "OK", STATUSES, "status_equals")
        before, after = _time(creation_time_before), _time(creation_time_after)
        with self.sagemaker_session.workspace() as workspace:
            names = [one.alarm.name for one in _alerts(workspace, self._scheduled())]
            asked = [name for name in names if monitoring_alert_name in (None, name)]
            went = [entry for name in asked for entry in _history(workspace, name)]
        told = [
            one
            for one in went
            if status_equals in (None, one.alert_status)
            and (before is None or one.creation_time < before)
            and (after is None or one.creation_time > after)
        ]
        by_status = sort_by == "Status"
        told.sort(
            key=lambda one: (by_status and one.alert_status, one.creation_time), reverse=sort_order != "Ascending"
        )
        return _page(told, next_token, max_results)


def alert_of(schedule: str) -> Alarm:
    """Return the alert that a schedule has of itself: it has the schedule's name, and alerts of each execution."""
    return Alarm(name=schedule, executions_of=schedule, evaluation_periods=1, datapoints_to_alarm=1)


def own(workspace: Workspace, schedule: str) -> None:
    """Have a schedule own its alert; one of its name that is there stays as it is."""
    with suppress(NotAllowed):  # a token that is for schedules alone may make those
        if workspace.alarms.find(schedule) is None:
            workspace.alarms.declare(alert_of(schedule))


def disown(workspace: Workspace, schedule: str) -> None:
    """Delete the alert that a schedule owned; one that the rule of an alarm names stays."""
    with suppress(NotAllowed, InUse):
        found = workspace.alarms.find(schedule)
        if found and found.executions_of == schedule:
            workspace.alarms.delete(schedule)


def _alerts(workspace: Workspace, schedule: str) -> list[Standing]:
    return [one for one in workspace.alarms.standings(parent=schedule) if one.alarm.executions_of]


def _summary(standing: Standing, record: Record | None) -> MonitoringAlertSummary:
    alarm = standing.alarm
    return MonitoringAlertSummary(
        alert_name=alarm.name,
        creation_time=record.created if record else None,
        last_modified_time=record.modified if record else None,
        alert_status=_status(standing.alert.state),
        data_points_to_alert=alarm.least,
        evaluation_period=alarm.evaluation_periods,
        actions=MonitoringAlertActions(ModelDashboardIndicatorAction(alarm.actions_enabled)),
    )


def _history(workspace: Workspace, name: str) -> list[MonitoringAlertHistorySummary]:
    """Return when an alert went; that an alarm had no data before is no status of the service's."""
    return [
        MonitoringAlertHistorySummary(name, alert.since, _status(alert.state))
        for alert in workspace.alarms.transitions(name)
        if alert.since and _status(alert.state) != _status(alert.previous)
    ]


def _status(state: str) -> Status:
    return "InAlert" if state == "ALARM" else "OK"


def _time(given: datetime | str | None) -> datetime | None:
    return None if given is None else parse_time(given if isinstance(given, str) else given.isoformat())


def _page(found: Sequence[Item], token: str | None, most: int | None) -> tuple[list[Item], str | None]:
    """Return a page, and what the one after it is asked for with."""
    if token is not None and not (token.isascii() and token.isdecimal()):
        raise SettingError("This is no token of a page.", field="next_token", next_step="Take it from the page before.")
    rules.between(most, 1, MOST, "max_results")
    start, end = int(token or 0), int(token or 0) + (most or MOST)
    return list(found[start:end]), str(end) if end < len(found) else None
