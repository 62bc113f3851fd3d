"""A server: schedulers and workers over all workspaces."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from kedge.app.clocks import SystemClock
from kedge.app.messaging import messaging
from kedge.app.storing import stores
from kedge.app.workspaces import database
from kedge.domain.access import DEFAULT

if TYPE_CHECKING:
    from kedge.domain.access import WorkspaceSettings
    from kedge.service.server import Server
    from kedge.settings import Settings


def server(settings: Settings, workers: int, *, schedules: bool) -> Server:
    """Return a server with so many workers."""
    from kedge.adapters.databases.sql import Sql
    from kedge.adapters.executors.process import Process as Executor
    from kedge.adapters.sinks import sinks
    from kedge.service.access.workspaces import Workspaces
    from kedge.service.alarms.alarming import Alarming
    from kedge.service.alarms.values import Values
    from kedge.service.alarms.watching import Watching
    from kedge.service.clock import DatabaseClock
    from kedge.service.late import Late
    from kedge.service.memory.memory import Memory
    from kedge.service.memory.remembering import Remembering
    from kedge.service.metrics.lag import Lag
    from kedge.service.metrics.publishing import Publishing
    from kedge.service.metrics.sending import Sending, begin, forget
    from kedge.service.preparing import Preparing
    from kedge.service.rota import Each, Everywhere, Known, Rota
    from kedge.service.scheduler import Scheduler
    from kedge.service.server import SCHEDULER, Scheduling, Server, own_name
    from kedge.service.terms import terms_of
    from kedge.service.worker import Worker

    leaving = sinks(settings.metric_sinks) if schedules else {}
    sql, name = Sql(database(settings)), own_name()
    clock, hand_back = DatabaseClock(SystemClock(), sql), Event()
    known = Known(Workspaces(sql, "", clock))

    def worker(name: str, own: WorkspaceSettings) -> Worker:
        room, store = sql.of(own.name), stores(settings, own)
        preparing = Preparing(room, store, clock, settings.execution_memory)
        return Worker(name, room, room, Executor(), store, clock, preparing, terms_of(settings, own), hand_back)

    def scheduling(own: WorkspaceSettings) -> Scheduling:
        room, store = sql.of(own.name), stores(settings, own)
        late = Late(room, Preparing(room, store, clock, settings.execution_memory), settings.late_days)
        memory = Memory(room, store, f"{terms_of(settings, own).output}/_profiles")
        scheduler, remembering = Scheduler(room, settings.jitter_seconds), Remembering(room, memory, clock)
        alarming = Alarming(Watching(room, Values(room, room.points, store), settings.metric_days))
        points = replace(room.points, feed=room.feed) if leaving else room.points
        lag, fine, days = Lag(room, points, store, clock), settings.metric_fine_days, settings.metric_days
        publishing = Publishing(room, points, store, clock, fine, days, alarming.tell)
        forget(room, leaving)
        for one in leaving:
            begin(room, room.feed, one)
        sending = {name: Sending(name, sink, own.name, room, room.feed) for name, sink in leaving.items()}
        called = SCHEDULER if own.name == DEFAULT else f"{SCHEDULER} of {own.name}"
        ended = partial(alarming.tell, metrics=())
        telling = messaging(settings, own, room, store, clock, hand_back, ended=ended)
        by_itself = (scheduler, late, remembering, publishing, lag, alarming, telling)
        return Scheduling(*by_itself, room, clock, name, settings.lease_seconds, called, sending)

    names = [f"{name}-{n}" for n in range(workers)]
    work = [Rota(each, Each(known, partial(worker, each))) for each in names]
    leading = Everywhere(Each(known, scheduling)) if schedules else None
    return Server(leading, work, terms_of(settings).work, sql.close, tuple(leaving), hand_back=hand_back)
