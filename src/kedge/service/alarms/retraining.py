"""Alarms that ask for a retraining: when they do, when that has ended, and what came of it.

What was asked for is what the alarm went through: each time that it went to ``ALARM`` is one; it goes back with a value
that says when the retraining ended and whether it succeeded. Notifications are asked of the one under way, and of those
that failed last: a call of theirs may have been sent again by hand.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from kedge.analysis.retraining.policy import NOTHING, Policy, Retraining, decide
from kedge.analysis.retraining.recent import Recent
from kedge.domain import wire
from kedge.domain.action import Action
from kedge.domain.alarm import Alert, Evaluation, Worn
from kedge.domain.catalog import ENDED, Execution, from_record
from kedge.domain.documents import from_document
from kedge.domain.metric import Point
from kedge.domain.notification import Notification
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription
from kedge.domain.window import format_time
from kedge.errors import KedgeError
from kedge.service.alarms.values import latest

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.domain.alarm import Alarm
    from kedge.ports import ObjectStore, Records

FAILED: Final = 10  # retrainings that failed last, of which one may have been sent again
FARTHEST: Final = 200  # executions that are looked at for the last rows
PATIENCE: Final = timedelta(days=2)  # with a notification that is not there: longer than one is tried


@dataclass(frozen=True)
class Wear:
    """Evaluates such alarms.

    Parameters
    ----------
    records
        Where executions, alerts and notifications are.
    store
        Where executions left the last labelled rows.
    """

    records: Records
    store: ObjectStore

    def evaluation(self, alarm: Alarm, now: datetime) -> Evaluation:
        """Return what an alarm says: ``ALARM`` from when a retraining is asked for until that has ended."""
        assert alarm.retraining is not None, "it watches that"
        past = self._past(alarm.name)
        if past and past[-1].ended is None:
            return self._under_way(alarm, past[-1], now)
        executions = self._executions(alarm.retraining.schedule)
        if not executions:
            return Evaluation("INSUFFICIENT_DATA", f"No execution of {alarm.retraining.schedule} has ended.")
        policy, past = policy_of(alarm.retraining), self._after_all(alarm.name, past)
        decision = decide(policy, self._recent(executions, policy.rows), now, _started(executions), past)
        told = (Point(now, decision.error),) if decision.error is not None else ()
        if decision.verdict == "retrain":
            return Evaluation("ALARM", decision.reason, told)
        unknown = decision.verdict == "keep" and decision.error is None and policy.every is None
        return Evaluation("INSUFFICIENT_DATA" if unknown else "OK", decision.reason, told)

    def _past(self, name: str) -> list[Retraining]:
        """Return what was asked for since the alarm was declared, in order."""
        found: list[Retraining] = []
        stood: Alert | None = None
        for change in self.records.changes(Alert.kind, name):
            alert = from_document(Alert, change.after) if change.after else None
            if alert is None:
                found = []
            elif stood and stood.state == "ALARM" and alert.number != stood.number and found:
                found[-1] = _ended(found[-1], alert)
            if alert and alert.since and alert.state == "ALARM" and not (stood and stood.number == alert.number):
                found.append(Retraining(alert.since, succeeded=False))
            stood = alert
        return found

    def _under_way(self, alarm: Alarm, asked: Retraining, now: datetime) -> Evaluation:
        """Return how the one stands that was asked for last: by the actions that are called for it."""
        actions = self._actions(alarm.name)
        if not actions:
            return _over(asked.asked, True, "Nobody is called for it, so it is taken as done.")
        found = self._calls(actions, alarm.name, asked.asked).get(asked.asked, [])
        called = {note.to for note in found}
        if any(note.status == "waiting" for note in found) or (called < actions and now - asked.asked < PATIENCE):
            waits = ", ".join(sorted({note.to for note in found if note.status == "waiting"} | (actions - called)))
            return Evaluation("ALARM", f"The retraining of {format_time(asked.asked)} is under way: {waits}.")
        failed = [note for note in found if note.status != "sent"]
        ended = max((note.ended for note in found if note.ended), default=now)
        if failed or called < actions:
            why = failed[0].reason if failed else "nobody was called"
            return _over(ended, False, f"The retraining of {format_time(asked.asked)} has failed: {why}")
        return _over(ended, True, f"The retraining of {format_time(asked.asked)} has ended.")

    def _after_all(self, alarm: str, past: list[Retraining]) -> list[Retraining]:
        """Return what was asked for as it stands now: of what failed a call may have been sent again since."""
        failed = [*takewhile(lambda one: not one.succeeded, reversed(past))][:FAILED][::-1]
        if not failed:
            return past
        actions = self._actions(alarm)
        calls = self._calls(actions, alarm, failed[0].asked)
        return [*past[: -len(failed)], *(_again(one, calls.get(one.asked, []), actions) for one in failed)]

    def _actions(self, alarm: str) -> set[str]:
        """Return the actions that are called when an alarm goes to ``ALARM``."""
        declared = self.records.list(Query(Subscription.kind))
        found = (from_document(Subscription, record.document) for record in declared)
        names = {name for one in found if one.covers(alarm) and "ALARM" in one.states for name in one.to}
        return {name for name in names if self.records.get(Action.kind, name)}

    def _calls(self, actions: set[str], alarm: str, since: datetime) -> dict[datetime, list[Notification]]:
        """Return the notifications that told actions that the alarm went since, by when it did."""
        found: dict[datetime, list[Notification]] = {}
        for action in actions:
            for record in self.records.list(Query(Notification.kind, parent=action, since=since)):
                note = from_document(Notification, record.document)
                for one in note.incidents:
                    if (one.alarm.name, one.state) == (alarm, "ALARM"):
                        found.setdefault(one.since, []).append(note)
        return found

    def _executions(self, schedule: str) -> list[Execution]:
        """Return the last executions that left a report, of each slot the one that judged last, the newest first."""
        asked = Query(
            Execution.kind, parent=schedule, status=tuple(sorted(ENDED)), order="time", descending=True, limit=FARTHEST
        )
        found = latest(from_record(Execution, record) for record in self.records.list(asked))
        return [execution for execution in found if execution.report]

    def _recent(self, executions: list[Execution], rows: int) -> Recent:
        found = Recent(rows)
        for execution in executions:
            with suppress(KedgeError, ValueError, KeyError, TypeError):  # it left none, or it is gone
                content = self.store.read(f"{str(execution.report).rstrip('/')}/{wire.RECENT_FILE}")
                found = found.merge(from_document(Recent, json.loads(content)))
            if len(found) >= rows:
                break
        return found


def policy_of(worn: Worn) -> Policy:
    """Return the policy that an alarm goes by.

    Raises
    ------
    SettingError
        Nothing would ever ask, or a value is unusable.
    """
    return Policy(
        threshold=worn.threshold,
        rows=worn.rows,
        least=worn.least,
        metric=worn.metric,
        every=worn.every,
        cool_down=worn.cool_down or NOTHING,
        budget=worn.budget,
        period=worn.period,
    )


def _started(executions: list[Execution]) -> datetime:
    """Return since when the first model is known: from the first window on that is looked at."""
    return min(execution.window.start for execution in executions)


def _again(asked: Retraining, calls: list[Notification], actions: set[str]) -> Retraining:
    """Return a retraining that failed as its calls stand now: one is made again, or all have succeeded after all."""
    if any(call.status == "waiting" for call in calls):
        return replace(asked, ended=None)
    if actions and actions <= {call.to for call in calls} and all(call.status == "sent" for call in calls):
        return replace(asked, ended=max(call.ended or asked.asked for call in calls), succeeded=True)
    return asked


def _over(ended: datetime, succeeded: bool, reason: str) -> Evaluation:
    return Evaluation("OK", reason, (Point(ended, float(succeeded)),))


def _ended(asked: Retraining, alert: Alert) -> Retraining:
    """Return a retraining as the alert tells of it that followed."""
    told = alert.datapoints[0] if alert.datapoints else None
    return Retraining(asked.asked, told.time if told else alert.since, succeeded=bool(told and told.value > 0))
