"""What a message says of an alarm: the facts, as far as they are known when it is told."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.severity import SEVERITIES
from kedge.domain import wire
from kedge.domain.access import DEFAULT
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import ENDED, Execution, from_record
from kedge.domain.notification import MOST_INCIDENTS, Incident, Worst
from kedge.domain.record import Query
from kedge.errors import KedgeError
from kedge.service.history.left import Left

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kedge.domain.group import Telling
    from kedge.ports import ObjectStore, Records
    from kedge.service.messages.places import Places

LOG = logging.getLogger(__name__)
LOOKED: Final = 48  # executions among which the one is looked for that an alarm is about
MOST_WORST: Final = 3
LONGEST: Final = 500  # of what is said of a feature
STATES: Final = ("ALARM", "INSUFFICIENT_DATA", "OK")


@dataclass
class Incidents:
    """Collects facts, those of an execution once.

    Parameters
    ----------
    records
        Where executions are.
    store
        Where reports lie.
    places
        The alarms, and what they are about.
    public_url
        Where people reach the server.
    workspace
        Whose the reports are.
    """

    records: Records
    store: ObjectStore
    places: Places
    public_url: str = ""
    workspace: str = DEFAULT
    _worst: dict[str, tuple[Worst, ...]] = field(default_factory=dict, init=False)
    _ended: dict[str, list[Execution]] = field(default_factory=dict, init=False)

    def of(
        self, tellings: Iterable[Telling], most: int = MOST_INCIDENTS
    ) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
        """Return the incidents of the worst, the worst first, and the names of the other alarms."""
        self._worst, self._ended = {}, {}
        found = sorted(tellings, key=self._place)
        return tuple(map(self._incident, found[:most])), tuple(telling.alarm for telling in found[most:])

    def _incident(self, telling: Telling) -> Incident:
        alarm = self._alarm(telling)
        schedule, endpoint = self.places.about(alarm)
        execution = self._execution(schedule, telling) if schedule else None
        plain = Incident(
            alarm=alarm,
            state=telling.state,
            previous=telling.previous,
            since=telling.since,
            number=telling.number,
            reason=telling.reason,
            began=telling.began,
            value=telling.value,
            schedule=schedule,
            endpoint=endpoint,
            look=f"kedge alarm show {alarm.name}",
        )
        return replace(plain, **self._seen(execution)) if execution else plain

    def _seen(self, execution: Execution) -> dict[str, Any]:
        """Return what an execution tells."""
        look = self._page(execution) if self.public_url else f"kedge execution show {execution.name}"
        worst = self._features(execution)
        return {"execution": execution.name, "window": execution.window, "worst": worst, "look": look}

    def _page(self, execution: Execution) -> str:
        """Return the URL of its report's page; one that left none is told as it stands."""
        ours = execution.report and execution.monitoring_type != "Custom"
        file, whose = f"/report/{wire.PAGE_FILE}" if ours else "", f"?workspace={self.workspace}"
        page = f"{self.public_url.rstrip('/')}/v1/executions/{execution.name}{file}"
        return page if self.workspace == DEFAULT else page + whose

    def _alarm(self, telling: Telling) -> Alarm:
        return self.places.alarms.get(telling.alarm) or Alarm(name=telling.alarm)

    def _place(self, telling: Telling) -> tuple[int, float, str]:
        """Return where a telling stands among others: what alarms first, and what is furthest past its threshold."""
        threshold = self._alarm(telling).threshold
        past = abs((telling.value or 0.0) - threshold) / (abs(threshold) or 1.0)
        return STATES.index(telling.state), -past, telling.alarm

    def _execution(self, schedule: str, telling: Telling) -> Execution | None:
        """Return the execution whose window holds the newest value, or else the last one that ended."""
        if schedule not in self._ended:
            asked = Query(Execution.kind, parent=schedule, status=tuple(sorted(ENDED)), order="time", descending=True)
            found = self.records.list(replace(asked, limit=LOOKED))
            self._ended[schedule] = [from_record(Execution, record) for record in found]
        ended = self._ended[schedule]
        holds = (one for one in ended if telling.time and one.window.start <= telling.time < one.window.end)
        return next(holds, ended[0] if ended else None)

    def _features(self, execution: Execution) -> tuple[Worst, ...]:
        """Return the worst features of a report; one that cannot be read costs them, and not the message."""
        if execution.name not in self._worst:
            try:
                self._worst[execution.name] = worst(_findings(execution, self.store))
            except (KedgeError, OSError, RecursionError, ValueError, TypeError, KeyError, ArithmeticError) as error:
                LOG.warning("%s: its report: %s", execution.name, " ".join(str(error).split()))
                self._worst[execution.name] = ()
        return self._worst[execution.name]


def worst(findings: Iterable[Mapping[str, Any]]) -> tuple[Worst, ...]:
    """Return the features that stand out most, each once with the worst that is said of it.

    Of those that are as severe the one furthest past its bound stands first.

    >>> found = [{"feature_name": "age", "severity": "notice", "description": "a few are new"},
    ...          {"feature_name": "pay", "severity": "error", "description": "all are gone"}]
    >>> [one.feature for one in worst(found)]
    ['pay', 'age']
    """
    first: dict[str, Worst] = {}
    for finding in sorted(findings, key=lambda finding: (_severity(finding), -_past(finding))):
        feature = str(finding.get("feature_name") or finding.get("metric_name") or finding.get("facet") or "")
        text = str(finding.get("description") or "")[:LONGEST]
        first.setdefault(feature, Worst(feature[:LONGEST], text, str(finding.get("severity") or "")))
    return tuple(first.values())[:MOST_WORST]


def _severity(finding: Mapping[str, Any]) -> int:
    said = finding.get("severity")
    return SEVERITIES.index(said) if said in SEVERITIES else len(SEVERITIES)


def _past(finding: Mapping[str, Any]) -> float:
    """Return how far a value is past what was expected, as a multiple of that; 0 where they are no numbers."""
    observed, expected = finding.get("observed"), finding.get("expected")
    if not isinstance(observed, int | float) or not isinstance(expected, int | float):
        return 0.0
    return abs(observed - expected) / (abs(expected) or 1.0)


def _findings(execution: Execution, store: ObjectStore) -> list[dict[str, Any]]:
    if not execution.report or execution.status != "CompletedWithViolations":
        return []
    left = Left(execution, store)
    return left.foreign() if left.kind is None else [finding.model_dump() for finding in left.summary.findings]
