"""Apply: what is declared becomes what is in the catalog. First the difference, then the changes, all or none."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from kedge.domain.action import Action
from kedge.domain.alarm import Acknowledgement, Alarm, Alert, Silence
from kedge.domain.catalog import Baseline, Endpoint, JobDefinition, MonitoringSchedule, PlainFiles
from kedge.domain.channel import Channel
from kedge.domain.composite import composed
from kedge.domain.declaration import Difference, Learn
from kedge.domain.documents import default_document, to_document
from kedge.domain.ground_truth import Truth
from kedge.domain.subscription import Subscription
from kedge.errors import InputError, KedgeError, SettingError
from kedge.service.access.reach import Reach
from kedge.service.catalog.draft import Draft
from kedge.service.catalog.kept import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kedge.domain.declaration import Declaration, Sign
    from kedge.domain.entry import Entry
    from kedge.domain.record import Record
    from kedge.ports import ObjectStore, Progress
    from kedge.service.catalog.catalog import Catalog
    from kedge.service.jobs import Jobs

    Placed = Callable[[KedgeError, str, str], KedgeError]
    Step = tuple[str, str, Callable[[], object]]  # what kind of what name is declared, and what does that

NOTES = (Alert.kind, Silence.kind, Acknowledgement.kind)  # what stands beside an alarm, and goes with it
LONGEST_STEM = 54  # of a definition's name, before the hash of its content
HEAD = 65_536  # bytes of a remote file that are looked at, to see whether it changed
OWN = ("name", "endpoint_name", "dataset_name")  # of a definition: its schedule has them, too


@dataclass(frozen=True)
class Plan:
    """What would be done.

    Parameters
    ----------
    differences
        What would be changed.
    learn
        The baselines to learn before, and where to.
    draft
        The changes.
    learned
        Looks at what is declared once baselines are learned, and what names their features can be held against them.
    """

    differences: tuple[Difference, ...]
    learn: tuple[tuple[Baseline, Learn], ...]
    draft: Draft
    learned: Callable[[], None]


@dataclass(frozen=True)
class Apply:
    """Brings a catalog to what is declared.

    Parameters
    ----------
    catalog
        The catalog.
    store
        Where data lie that baselines are learned from.
    jobs
        Makes what learns baselines; only one that is new needs it.
    baselines
        The folder or URL below which they are kept.
    reach
        What may be named.
    """

    catalog: Catalog
    store: ObjectStore
    jobs: Callable[[], Jobs]
    baselines: str
    reach: Reach = field(default_factory=Reach)

    def plan(self, declaration: Declaration, placed: Placed, *, prune: bool = False) -> Plan:
        """Return what is to be done; nothing is changed.

        Parameters
        ----------
        declaration
            What is wanted.
        placed
            Gives an error its place in the file.
        prune
            Whether what is not declared is deleted, but for baselines.

        Raises
        ------
        KedgeError
            What is declared breaks a rule.
        """
        draft = Draft(self.catalog.records)
        catalog = replace(self.catalog, records=self.reach.over(draft))
        planned = _Planned(catalog, self.store, self.baselines, self.reach)
        _taken(planned.steps(declaration), placed)
        if prune:
            planned.prune(declaration)
        learned = partial(_taken, tuple(planned.alarms(declaration)), placed)
        return Plan(tuple(_told(draft)), tuple(planned.learn), draft, learned)

    def carry_out(self, plan: Plan, progress: Progress) -> None:
        """Learn, and then change the catalog, all or none; what was learned for nothing harms nobody."""
        if plan.learn:
            jobs = self.jobs()
            for baseline, learn in plan.learn:
                _learn(jobs, baseline, learn, progress)
            plan.learned()
        plan.draft.commit(self.catalog.by)


@dataclass
class _Planned:
    """Declares everything in a draft."""

    catalog: Catalog
    store: ObjectStore
    folder: str
    reach: Reach

    def __post_init__(self) -> None:
        self.learn: list[tuple[Baseline, Learn]] = []

    def steps(self, declaration: Declaration) -> Iterator[Step]:
        """Yield what is declared, each with what declares it: what is named by others first."""
        for endpoint in declaration.endpoints:
            yield "endpoint", endpoint.name, partial(self.catalog.endpoints.declare, endpoint)
        for dataset in declaration.datasets:
            yield "dataset", dataset.name, partial(self.catalog.datasets.declare, dataset)
        for baseline in declaration.baselines:
            yield "baseline", baseline.name, partial(self.baseline, baseline)
        for schedule, definition in declaration.schedules:
            yield "schedule", schedule.name, partial(self.schedule, schedule, definition)
        yield from self.alarms(declaration)
        for channel in declaration.channels:
            yield "channel", channel.name, partial(self.catalog.channels.declare, channel)
        for action in declaration.actions:
            yield "action", action.name, partial(self.catalog.actions.declare, action)
        for subscription in declaration.subscriptions:
            yield "subscription", subscription.name, partial(self.catalog.subscriptions.declare, subscription)

    def alarms(self, declaration: Declaration) -> Iterator[Step]:
        """Yield the alarms that are declared."""
        for alarm in _in_order(declaration.alarms):
            yield "alarm", alarm.name, partial(self.catalog.alarms.declare, alarm)

    def baseline(self, declared: Baseline | Learn) -> None:
        """Make what is declared the current version: one that is there already, or a new one."""
        made = self._version(declared)
        versions = self.catalog.baselines.versions(made.name)
        same = next((known for known in reversed(versions) if _same(known, made)), None)
        if same is None:
            if isinstance(declared, Learn):
                self.reach.check(declared.asked)
            added = self.catalog.baselines.add(made)
            if isinstance(declared, Learn):
                url = f"{self.folder.rstrip('/')}/{added.reference.replace(':', '/')}-{str(made.content)[:8]}"
                added = self.catalog.baselines.change(added.reference, lambda known: replace(known, url=url))
                self.learn.append((added, declared))
        elif same.status != "Current":
            self.catalog.baselines.roll_back(made.name, same.version)

    def schedule(self, declared: MonitoringSchedule, what: JobDefinition) -> None:
        """Have a schedule do what is declared, by a definition of its own."""
        known = self.catalog.schedules.find(declared.name)
        name = f"{declared.name[:LONGEST_STEM]}-{_hash(to_document(what))}"
        if not self.catalog.definitions.find(name):
            self.catalog.definitions.create(replace(what, name=name))
        wanted = replace(
            declared,
            monitoring_job_definition_name=name,
            monitoring_type=what.monitoring_type,
            endpoint_name=what.endpoint_name,
            dataset_name=what.dataset_name,
        )
        if known is None:
            self.catalog.schedules.create(wanted)
        elif known != replace(
            wanted, status=known.status, next_time=known.next_time, failure_reason=known.failure_reason
        ):
            self.catalog.schedules.update(wanted)

    def prune(self, declaration: Declaration) -> None:
        """Delete what is not declared; baselines and definitions stay, as executions name them."""
        catalog = self.catalog
        for kept, known, declared in (
            (catalog.subscriptions, catalog.subscriptions.list(), declaration.subscriptions),
            (catalog.channels, catalog.channels.list(), declaration.channels),
            (catalog.actions, catalog.actions.list(), declaration.actions),
            (catalog.alarms, _in_order(catalog.alarms.list())[::-1], declaration.alarms),
            (catalog.schedules, catalog.schedules.list(), [schedule for schedule, _ in declaration.schedules]),
            (catalog.endpoints, catalog.endpoints.list(), declaration.endpoints),
            (catalog.datasets, catalog.datasets.list(), declaration.datasets),
        ):
            names = {one.name for one in declared}
            for one in known:
                if one.name not in names:
                    kept.delete(one.name)

    def _version(self, declared: Baseline | Learn) -> Baseline:
        """Return a version as it would be, without its number."""
        now = self.catalog.clock.now()
        if isinstance(declared, Baseline):
            return replace(declared, learned=now)
        asked = declared.asked
        told = {
            "asked": to_document(asked),
            "reading": to_document(declared.data.reading),
            "method": declared.categorical_drift_method,
            "files": [self._file(entry, declared.data.url) for entry in self._files(declared)],
        }
        return Baseline(
            name=declared.name,
            version=0,
            url="",
            monitoring_type=asked.monitoring_type,
            learned_from=declared.data.url,
            learned=now,
            content=_hash(told, 32),
        )

    def _files(self, learn: Learn) -> list[Entry]:
        found = self.store.list(learn.data.url)
        if not found:
            raise InputError("There is no data here.", field="learn", next_step=f"Look for it: {learn.data.url}.")
        return found

    def _file(self, entry: Entry, url: str) -> list[Any]:
        """Return what tells whether a file is still the same: its bytes, or of a remote one size and first bytes."""
        name = entry.url.removeprefix(url)
        if "://" in entry.url:
            return [name, entry.size, hashlib.sha256(self.store.head(entry.url, HEAD)).hexdigest()]
        with open(entry.url, "rb") as file:  # noqa: PTH123
            return [name, entry.size, hashlib.file_digest(file, "sha256").hexdigest()]


def _learn(jobs: Jobs, baseline: Baseline, learn: Learn, progress: Progress) -> None:
    from kedge.service.defined import dataset_of, wanted_of  # with every monitor, for which a plan need not wait

    asked, data = learn.asked, learn.data
    how = replace(wanted_of(asked), categorical_drift_method=learn.categorical_drift_method)
    truth = Truth(asked.ground_truth, asked.id) if asked.ground_truth else None
    rows = dataset_of(asked, data.url, data.reading)
    learned = jobs.learn(jobs.choice.learner(how), rows, progress, truth=truth)
    jobs.shelf.save_baseline(learned, baseline.url)


def _taken(steps: Iterable[Step], placed: Placed) -> None:
    """Take steps; what is wrong with one is told with its place."""
    for kind, name, step in steps:
        try:
            step()
        except KedgeError as error:
            raise placed(error, kind, name) from None


def _in_order(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Return alarms, each after those that its rule names; where a rule is none, that is told when it is declared."""
    by_name = {alarm.name: alarm for alarm in alarms}
    rules = {alarm.name: alarm.rule for alarm in alarms if alarm.rule is not None}
    try:
        ordered = composed(rules)
    except SettingError:
        ordered = list(rules)
    return [*(alarm for alarm in alarms if alarm.name not in rules), *(by_name[name] for name in ordered)]


def _same(known: Baseline, made: Baseline) -> bool:
    if made.content is None:
        return (known.url, known.monitoring_type) == (made.url, made.monitoring_type)
    return known.content == made.content


def _hash(document: Any, length: int = 8) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:length]


def _told(draft: Draft) -> Iterator[Difference]:
    """Yield what a draft would change; what a definition says is said of its schedule."""
    for before, after in draft.drafted():
        one = after or before
        if one is None or one.kind in ("definition", "execution", *NOTES):
            continue
        sign: Sign = "+" if before is None else "-" if after is None else "~"
        then, now = _document(before, draft), _document(after, draft)
        if sign == "+":
            then = _defaults(one.kind)
        told = () if sign == "-" else tuple(differences(then, now))
        yield Difference(sign, one.kind, one.name, told)


def _document(record: Record | None, draft: Draft) -> dict[str, Any]:
    """Return what a record says, a schedule with what its definition does."""
    document = dict(record.document) if record else {}
    document.pop("learned", None)  # the moment of a plan, of which no two are the same
    what = draft.get("definition", document.get("monitoring_job_definition_name", "")) if record else None
    document.pop("monitoring_type", None) if what else None
    return document | {key: value for key, value in (what.document if what else {}).items() if key not in OWN}


def _defaults(kind: str) -> dict[str, Any]:
    """Return what a new record would say if nothing had been said of it."""
    classes: dict[str, tuple[type[Any], ...]] = {
        "endpoint": (Endpoint,),
        "dataset": (PlainFiles,),
        "baseline": (Baseline,),
        "schedule": (MonitoringSchedule, JobDefinition),
        "alarm": (Alarm,),
        "channel": (Channel,),
        "action": (Action,),
        "subscription": (Subscription,),
    }
    return {name: value for cls in classes[kind] for name, value in default_document(cls).items()}
