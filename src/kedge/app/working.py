"""Jobs and what they are made of: engine, shelf, hooks, analyzer."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from kedge.app.clocks import FixedClock, SystemClock
from kedge.app.storing import Stores
from kedge.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kedge.adapters.engines.local import Local
    from kedge.adapters.hooks.process import Process
    from kedge.analysis.anomalies import Anomalies
    from kedge.ports import ObjectStore, Renderer
    from kedge.service.access.places import Places
    from kedge.service.access.reach import Reach
    from kedge.service.analyzer import Analyzer
    from kedge.service.assignment import Assignment, Outcome
    from kedge.service.execution import Tell
    from kedge.service.jobs import Jobs
    from kedge.service.memory.reports import Reports
    from kedge.service.preview import Look
    from kedge.service.shelf import Shelf
    from kedge.service.upload import Upload
    from kedge.settings import Settings


ENDING_SECONDS = 2.0  # for an analyzer that is stopped: less than an execution has for it


def jobs(
    settings: Settings,
    scripts: Mapping[str, str] | None = None,
    store: Stores | None = None,
    reach: Reach | None = None,
) -> Jobs:
    """Return the jobs of an application with these settings.

    ``scripts`` have these variables, or all of ours. What is read and written is so through ``store``, a workspace's
    own, or else through one with the credentials of the environment; of all that there is only what is in ``reach``.
    """
    from kedge.adapters.net.pinned import ANYWHERE, Pinned
    from kedge.adapters.predictors import predictor
    from kedge.service.jobs import Jobs

    places = reach.places if reach else None
    pinned = Pinned(reach.addresses) if reach else ANYWHERE
    keyed = replace(store or Stores(settings.capture_key), places=places)
    hooks = _hooks(settings, scripts, replace(store or Stores(), places=places))
    return Jobs(
        engine=_engine(settings, keyed, hooks),
        shelf=_shelf(settings, keyed),
        clock=SystemClock(),
        version=__version__,
        hooks=hooks,
        no_anomalies=_no_anomalies(settings),
        predictors=partial(predictor, pinned=pinned, holds=places.holds if places else None),
        kept_rows=settings.sample_rows if settings.raw_values else 0,
    )


def execute(settings: Settings, given: Assignment, folder: Path, tell: Tell, stop: Event | None = None) -> Outcome:
    """Carry out one execution below a folder, as of its slot; what is not ours sees nothing of our environment."""
    from kedge.service.access.reach import Reach, addresses_of, places_of
    from kedge.service.execution import Run
    from kedge.service.terms import PATHS, PLAIN, patterns_of, seen

    plain = seen((*PLAIN, *patterns_of(settings.script_environment)))
    reach = Reach(places_of(settings, str(folder)), addresses_of(settings))
    analyzer = _analyzer(settings, plain, stop or Event(), reach.places) if given.definition.program else None
    scripts = {**seen(PATHS), **plain, **given.definition.environment}
    work = replace(jobs(settings, scripts, reach=reach), clock=FixedClock(given.scheduled_time))
    return Run(work, given, folder, tell, analyzer).run()


def look(settings: Settings) -> Look:
    """Return what looks at data before it is checked."""
    from kedge.service.preview import Look

    return Look(partial(_engine, settings), _shelf(settings), _no_anomalies(settings))


def upload(settings: Settings, store: Stores | None = None, keep: Callable[[bytes], int] | None = None) -> Upload:
    """Return what uploads labels: to a workspace's own store, to that of the environment, or to who ``keep``s them."""
    from kedge.service.upload import Keeper, Upload

    to = Keeper(keep) if keep else store or Stores()
    return Upload(_engine(settings, store or Stores(settings.capture_key)), to, SystemClock())


def reports(settings: Settings, url: str) -> Reports:
    """Return the reports of a folder, to be asked."""
    from kedge.service.memory.reports import Reports

    shelf = _shelf(settings)
    return Reports(shelf.store, url, shelf.items)


def _analyzer(settings: Settings, plain: Mapping[str, str], stop: Event, places: Places) -> Analyzer:
    from kedge.adapters.executors import call
    from kedge.adapters.executors.docker import Docker
    from kedge.adapters.executors.process import Process as Executor
    from kedge.service.analyzer import Analyzer
    from kedge.service.terms import module_path

    return Analyzer(
        store=Stores(settings.capture_key, places=places),
        executor=Docker(
            Executor(grace_seconds=ENDING_SECONDS), settings.containers, settings.container_network, settings.threads
        ),
        call=(sys.executable, "-P", "-u", str(call.__file__)),
        environment=plain,
        modules=module_path(),
        memory=settings.execution_memory,
        stop=stop,
    )


def _shelf(settings: Settings, store: Stores | None = None) -> Shelf:
    from kedge.adapters.renderers.attribution_page import attribution_page
    from kedge.adapters.renderers.bias_page import bias_page
    from kedge.adapters.renderers.embeddings_page import embeddings_page
    from kedge.adapters.renderers.page import page
    from kedge.adapters.renderers.quality_page import quality_page
    from kedge.service.shelf import Shelf

    pages: dict[str, Renderer] = {
        "attribution": attribution_page,
        "bias": bias_page,
        "data-quality": page,
        "embeddings": embeddings_page,
        "model-quality": quality_page,
    }
    return Shelf(store or Stores(settings.capture_key), pages, settings.plugins)


def _engine(settings: Settings, store: ObjectStore, hooks: Process | None = None) -> Local:
    from kedge.adapters.engines.local import Local
    from kedge.analysis.profile import Profile
    from kedge.analysis.sketches.sample import Sample

    plain = Profile(sample=Sample(size=settings.sample_rows))
    empty = plain if settings.raw_values else Profile.without_raw_values()
    return Local(store, empty, settings.threads, settings.memory_limit, hooks or _hooks(settings, None, Stores()))


def _hooks(settings: Settings, scripts: Mapping[str, str] | None, store: ObjectStore) -> Process:
    from kedge.adapters.hooks.process import Process
    from kedge.settings import size_bytes

    return Process(store, settings.hook_timeout_seconds, size_bytes(settings.hook_memory), scripts)


def _no_anomalies(settings: Settings) -> Anomalies:
    from kedge.analysis.anomalies import ROWS, Anomalies

    kept = min(ROWS, settings.sample_rows)
    return Anomalies(score=settings.score, size=kept, raw_values=settings.raw_values)
