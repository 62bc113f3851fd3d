"""How people and programs are told: the stages of messages, and who sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.app.notifying import notifiers

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from kedge.app.notifying import NotifierOf
    from kedge.domain.access import WorkspaceSettings
    from kedge.ports import Clock, ObjectStore, Records
    from kedge.service.messages.messaging import Messaging
    from kedge.service.messages.trial import Trial
    from kedge.settings import Settings


def messaging(
    settings: Settings,
    own: WorkspaceSettings,
    records: Records,
    store: ObjectStore,
    clock: Clock,
    stop: Event,
    notifier_of: NotifierOf | None = None,
    ended: Callable[[str], None] = lambda _: None,
) -> Messaging:
    """Return what has the people and programs of a workspace told; what runs when ``stop`` is set is ended.

    ``ended`` is called with the schedule of an alarm that waited for the end of an action.
    """
    from kedge.service.messages.deciding import Deciding
    from kedge.service.messages.deduplicating import deduplicate
    from kedge.service.messages.gathering import Gathering
    from kedge.service.messages.grouping import Grouping
    from kedge.service.messages.incidents import Incidents
    from kedge.service.messages.messaging import Messaging
    from kedge.service.messages.places import Places
    from kedge.service.messages.publishing import Publishing
    from kedge.service.messages.senders import Sender, Senders
    from kedge.service.messages.sending import Sending
    from kedge.service.messages.silencing import Silencing

    made = notifier_of or notifiers(settings, own, stop)

    def sender(name: str, stop: Event) -> Sender:
        sending = Sending(name, records, made, clock, Publishing(records, senders.add), ended)
        return Sender(name, records, clock, sending, stop)

    senders, places = Senders(sender), Places(records)
    gathering = Gathering(records, places)
    incidents = Incidents(records, store, places, settings.public_url or "", own.name)
    deciding = Deciding(records, own.name, incidents, gathering.subscriptions, senders.add)
    stages = (Grouping(records, gathering.subscriptions), Silencing(records, places), deduplicate, deciding)
    return Messaging(records, gathering, stages, deciding, senders, settings.notification_days)


def trial(settings: Settings, own: WorkspaceSettings, records: Records, store: ObjectStore, clock: Clock) -> Trial:
    """Return what tries the channels of a workspace's alarms."""
    from kedge.service.messages.incidents import Incidents
    from kedge.service.messages.places import Places
    from kedge.service.messages.trial import Trial

    incidents = Incidents(records, store, Places(records), settings.public_url or "", own.name)
    return Trial(records, own.name, incidents, notifiers(settings, own), clock)
