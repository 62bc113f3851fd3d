"""Alerts that went, and what a subscription's people were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.alarm import Alarm, Alert
from kedge.domain.catalog import from_record, to_record
from kedge.domain.channel import Channel
from kedge.domain.metric import Metric, Point
from kedge.domain.notification import Notification
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription
from kedge.service.messages.deciding import Deciding
from kedge.service.messages.deduplicating import deduplicate
from kedge.service.messages.gathering import Gathering
from kedge.service.messages.grouping import Grouping
from kedge.service.messages.incidents import Incidents
from kedge.service.messages.messaging import Messaging
from kedge.service.messages.notifications import Notifications, of
from kedge.service.messages.places import Places
from kedge.service.messages.silencing import Silencing

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Told:
    """A workspace whose people are told; time stands until it is moved."""

    def __init__(self, records):
        self.records, self.now, self.queued = records, NOON, []
        self.log = Notifications(records, "ann", SimpleNamespace(now=lambda: self.now))
        self.restart()

    def restart(self):
        """Forget all that is not in the database."""
        places = Places(self.records)
        gathering = Gathering(self.records, places)
        incidents = Incidents(self.records, None, places)
        senders = SimpleNamespace(add=self.queued.extend, rest=lambda *_: None)
        deciding = Deciding(self.records, "default", incidents, gathering.subscriptions, senders.add)
        stages = (
            Grouping(self.records, gathering.subscriptions),
            Silencing(self.records, places),
            deduplicate,
            deciding,
        )
        self.messaging = Messaging(self.records, gathering, stages, deciding, senders, 90)

    def put(self, resource):
        """Keep something in the place of what was there."""
        self.records.put(to_record(resource, self.records.get(resource.kind, resource.name)), "ann")

    def alarm(self, name, **given):
        """Declare an alarm of the schedule ``hourly``, unless it says otherwise."""
        dimensions = {"Endpoint": "fraud", "MonitoringSchedule": given.pop("schedule", "hourly")}
        self.put(Alarm(name=name, metric=Metric.of("data", "drift", dimensions), threshold=0.1, **given))

    def goes(self, name, state="ALARM", value=0.3):
        """Have an alarm go to another state."""
        record = self.records.get(Alert.kind, name)
        stood = from_record(Alert, record) if record else Alert(name=name)
        point = Point(self.now - timedelta(hours=1), value)
        went = {"state": state, "previous": stood.state, "since": self.now, "number": stood.number + 1}
        self.put(replace(stood, reason="said so", datapoints=(point,), **went))

    def after(self, **lasts):
        """Let time pass, have a look, and return what is sent by that."""
        self.now += timedelta(**lasts)
        known = {one.name for one in self.all()}
        self.messaging.once(self.now)
        return [one for one in self.all() if one.name not in known]

    def all(self):
        """Return all messages there ever were, the first one first."""
        return [of(record) for record in self.records.list(Query(Notification.kind, order="created"))]


@pytest.fixture
def records(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield database
    database.close()


@pytest.fixture
def told(records):
    """Those of the subscription ``on-call``, which has one channel, are told of the alarms ``drift`` and ``nulls``."""
    made = Told(records)
    made.put(Channel(name="mail", url="json://localhost"))
    made.put(Subscription(name="on-call", to=("mail",)))
    made.alarm("drift")
    made.alarm("nulls")
    return made
