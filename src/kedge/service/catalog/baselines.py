"""Baselines: every version is kept, one is current, and an earlier one can be made so again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.domain.catalog import Baseline
from kedge.domain.record import Query
from kedge.errors import NotFound, SettingError, did_you_mean
from kedge.service.catalog import rules
from kedge.service.catalog.kept import SUGGESTED, Kept

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Baselines(Kept[Baseline]):
    """What normal looks like, by name and version."""

    cls = Baseline

    def versions(self, name: str) -> Sequence[Baseline]:
        """Return every version of a name, the first one first."""
        return sorted(self.list(parent=name), key=lambda baseline: baseline.version)

    def current(self, name: str) -> Baseline | None:
        """Return the version that counts, or None where there is none of the name.

        A roll back that broke off may leave two: the one that became so last counts.
        """
        found = self.records.list(
            Query(Baseline.kind, parent=name, status=("Current",), order="modified", descending=True, limit=1)
        )
        return self._read(found[0]) if found else None

    def resolve(self, reference: str) -> Baseline:
        """Return the baseline that a definition names: ``name``, whose current version counts, or ``name:3``.

        Raises
        ------
        NotFound
            There is none.
        """
        name, _, version = reference.partition(":")
        found = self.find(reference) if version else self.current(name)
        if found is None:
            raise self._missing(reference, name)
        return found

    def add(self, baseline: Baseline) -> Baseline:
        """Keep a new version, which is current from now on; of its version nothing is asked."""
        rules.named(baseline.name)
        known = self.versions(baseline.name)
        if known and known[-1].monitoring_type != baseline.monitoring_type:
            raise SettingError(
                f"The baseline {baseline.name!r} is of {known[-1].monitoring_type}, and the new version is of"
                f" {baseline.monitoring_type}.",
                field="monitor",
                next_step="Give the new one a name of its own.",
            )
        version = known[-1].version + 1 if known else 1
        made = self.make(replace(baseline, version=version, status="Current"))
        self._retire(made)
        return made

    def roll_back(self, name: str, version: int | None = None) -> Baseline:
        """Make a version current, by default the one before that which is, and return it."""
        current = self.current(name)
        if current is None:
            raise self._missing(name, name)
        wanted = current.version - 1 if version is None else version
        if not self.find(f"{name}:{wanted}"):
            raise self._missing(f"{name}:{wanted}", name)
        made = self.change(f"{name}:{wanted}", lambda baseline: replace(baseline, status="Current"))
        self._retire(made)
        return made

    def _retire(self, current: Baseline) -> None:
        """Have every other version of the name step back."""
        for other in self.list(parent=current.name, status=("Current",)):
            if other.version != current.version:
                self.change(other.reference, lambda baseline: replace(baseline, status="Retired"))

    def _missing(self, reference: str, name: str) -> NotFound:
        versions = [baseline.reference for baseline in self.versions(name)]
        names = {record.parent for record in self.records.list(Query(Baseline.kind, limit=SUGGESTED))}
        near = "" if versions else did_you_mean(name, names)
        told = f"There are: {', '.join(versions)}." if versions else "Declare it under baselines: and apply."
        return NotFound(f"There is no baseline {reference!r}.{near}", field="baseline", next_step=told)
