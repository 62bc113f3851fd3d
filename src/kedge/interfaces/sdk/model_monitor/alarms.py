"""Alarms, which are not there yet."""

from __future__ import annotations

from typing import Final, NoReturn

ALARMS: Final = (
    "Alarms are not there yet: they come with metrics. kedge execution list --status CompletedWithViolations."
)


class WithoutAlarms:
    """What the service's monitors are asked of alarms."""

    def update_monitoring_alert(
        self, monitoring_alert_name: str, data_points_to_alert: int | None, evaluation_period: int | None
    ) -> NoReturn:
        """Refuse: there are no alarms yet."""
        raise NotImplementedError(ALARMS)

    def list_monitoring_alerts(self, next_token: str | None = None, max_results: int | None = 10) -> NoReturn:
        """Refuse: there are no alarms yet."""
        raise NotImplementedError(ALARMS)

    def list_monitoring_alert_history(
        self,
        monitoring_alert_name: str | None = None,
        sort_by: str | None = "CreationTime",
        sort_order: str | None = "Descending",
        next_token: str | None = None,
        max_results: int | None = 10,
        creation_time_before: str | None = None,
        creation_time_after: str | None = None,
        status_equals: str | None = None,
    ) -> NoReturn:
        """Refuse: there are no alarms yet."""
        raise NotImplementedError(ALARMS)
