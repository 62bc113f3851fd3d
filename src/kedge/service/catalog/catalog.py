"""The catalog as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.service.alarms.alarms import Alarms
from kedge.service.catalog import rules
from kedge.service.catalog.actions import Actions
from kedge.service.catalog.baselines import Baselines
from kedge.service.catalog.channels import Channels
from kedge.service.catalog.definitions import Definitions
from kedge.service.catalog.executions import Executions
from kedge.service.catalog.schedules import Schedules
from kedge.service.catalog.sources import Datasets, Endpoints
from kedge.service.catalog.subscriptions import Subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kedge.domain.catalog import Kind, MonitoringSchedule
    from kedge.ports import Clock, Records
    from kedge.service.catalog.kept import Kept


@dataclass(frozen=True)
class Catalog:
    """What is declared and what was run.

    Parameters
    ----------
    records
        Where it is kept.
    clock
        Tells when schedules are due.
    by
        Who changes it; every change is told with that.
    verify
        Refuses the URL of a channel that cannot be understood, or holds a secret.
    features
        Tells the features of a schedule's baseline, as far as they are known.
    """

    records: Records
    clock: Clock
    by: str
    verify: Callable[[str], None] = rules.service
    features: Callable[[Records, MonitoringSchedule], Sequence[str]] = lambda *_: ()

    @property
    def endpoints(self) -> Endpoints:
        """Models that answer."""
        return Endpoints(self.records, self.by)

    @property
    def datasets(self) -> Datasets:
        """Folders and tables of plain files."""
        return Datasets(self.records, self.by)

    @property
    def baselines(self) -> Baselines:
        """What normal looks like, by name and version."""
        return Baselines(self.records, self.by)

    @property
    def definitions(self) -> Definitions:
        """What is done each time."""
        return Definitions(self.records, self.by)

    @property
    def schedules(self) -> Schedules:
        """When it is done."""
        return Schedules(self.records, self.by, self.clock)

    @property
    def executions(self) -> Executions:
        """What was done."""
        return Executions(self.records, self.by, self.clock)

    @property
    def alarms(self) -> Alarms:
        """What is to be noticed."""
        return Alarms(self.records, self.by, self.clock, self.features)

    @property
    def channels(self) -> Channels:
        """Where messages go."""
        return Channels(self.records, self.by, self.verify)

    @property
    def actions(self) -> Actions:
        """Code that is called with a message."""
        return Actions(self.records, self.by)

    @property
    def subscriptions(self) -> Subscriptions:
        """Who is told of which alarms."""
        return Subscriptions(self.records, self.by)

    def of(self, kind: Kind) -> Kept:  # type: ignore[type-arg]  # which of them is told by the kind alone
        """Return the resources of a kind."""
        kinds: dict[Kind, Kept] = {  # type: ignore[type-arg]
            "endpoint": self.endpoints,
            "dataset": self.datasets,
            "baseline": self.baselines,
            "definition": self.definitions,
            "schedule": self.schedules,
            "execution": self.executions,
            "alarm": self.alarms,
            "channel": self.channels,
            "action": self.actions,
            "subscription": self.subscriptions,
        }
        return kinds[kind]
