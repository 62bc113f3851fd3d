"""Actions, made of what settings and a workspace say."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from kedge.app.storing import stores
from kedge.domain.access import DEFAULT, WorkspaceSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event

    from kedge.adapters.notifiers.calls import Calls
    from kedge.adapters.notifiers.references import Resolve
    from kedge.domain.action import Action
    from kedge.domain.addresses import Addresses
    from kedge.ports import Notifier
    from kedge.settings import Settings


def acting(
    action: Action, settings: Settings, own: WorkspaceSettings, resolve: Resolve, addresses: Addresses, stop: Event
) -> Notifier:
    """Return what is given the messages of an action; what runs when ``stop`` is set is ended, to be called again."""
    if action.http:
        from kedge.adapters.notifiers import http

        return http.notifier(action, resolve, addresses)
    from kedge.adapters.notifiers import command, handler

    calls = _calls(settings, own, stop)
    return handler.notifier(action, calls) if action.handler else command.notifier(action, calls)


def _calls(settings: Settings, own: WorkspaceSettings, stop: Event) -> Calls:
    from kedge.adapters.executors.process import Process
    from kedge.adapters.notifiers.calls import Calls
    from kedge.service.access.places import Places
    from kedge.service.access.reach import places_of
    from kedge.service.access.workspaces import resolved
    from kedge.service.terms import terms_of

    terms = terms_of(settings, own)
    places = places_of(settings).narrowed(own.places)
    logs = Places.of("", terms.logs).allowed
    store = replace(stores(settings, own), places=replace(places, allowed=(*places.allowed, *logs)))
    credentials = partial(resolved, own.credentials)
    return Calls(
        Process(), store, terms.logs, terms.work, _seen(settings, own), credentials, settings.execution_memory, stop
    )


def _seen(settings: Settings, own: WorkspaceSettings) -> Mapping[str, str]:
    """Return the variables of every call: as those of scripts, and no cloud is asked in the name of the machine."""
    from kedge.service.terms import PLAIN, module_path, patterns_of, seen

    passed = patterns_of(settings.script_environment) if own.name == DEFAULT else []
    return {"AWS_EC2_METADATA_DISABLED": "true", **module_path(), **seen([*PLAIN, *passed])}
