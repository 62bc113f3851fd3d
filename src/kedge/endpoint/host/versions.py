"""Which versions of a model there are, and which share of the traffic each has: the document and its changes.

A version is a variant of the endpoint, so that what is captured and monitored is told apart. It never changes; what
changes is the traffic, and each change is kept, so that it can be taken back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # of endpoints and variants, as the service has it


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Version(_Part):
    """One model, as it was deployed."""

    variant: str
    source: str
    digest: str
    kind: str = ""
    trust: bool = False
    time: str
    command: str


class Traffic(_Part):
    """Who has which weight since when. Who has none, 0, is up for those who ask for it; who is missing is not up."""

    weights: dict[str, float]
    time: str
    command: str

    @property
    def taking(self) -> dict[str, float]:
        """Those that are given traffic, each with its share of it."""
        total = sum(self.weights.values())
        return {variant: weight / total for variant, weight in self.weights.items() if weight}


class Versions(_Part):
    """All versions of an endpoint, in the order in which they came, and all traffic since."""

    endpoint: str
    versions: tuple[Version, ...] = ()
    history: tuple[Traffic, ...] = ()

    @property
    def traffic(self) -> Traffic:
        """What is to be served now."""
        return self.history[-1]

    def next_variant(self) -> str:
        """Return a name for the next version: v1, v2 and so on."""
        taken = {version.variant for version in self.versions}
        return next(name for i in range(1, len(taken) + 2) if (name := f"v{i}") not in taken)

    def deployed(self, version: Version, percent: float | None = None) -> Versions:
        """Return all with one more version, which takes a share of the traffic from the others; None is all of it.

        Raises
        ------
        SettingError
            There is a version of this name, or this is no share.
        """
        if any(known.variant == version.variant for known in self.versions):
            told = f"There is a variant {version.variant} already, and a version never changes."
            raise SettingError(told, field="--variant", next_step="Choose another name, or none.")
        share = 100.0 if percent is None or not self.history else percent
        if not 0 <= share <= 100:
            raise SettingError(f"{share:g} is no percentage.", field="--weight", next_step="Give 0 to 100.")
        others = self.traffic.taking if self.history and share < 100 else {}
        weights = {name: round(part * (100 - share), 6) for name, part in others.items()} | {version.variant: share}
        known = self.model_copy(update={"versions": (*self.versions, version)})
        return known.weighed(weights, version.time, version.command)

    def weighed(self, weights: Mapping[str, float], time: str, command: str) -> Versions:
        """Return all with other traffic: exactly what is said, and nothing for the rest.

        Raises
        ------
        SettingError
            There is no such version, or nobody is left to answer.
        """
        names = [version.variant for version in self.versions]
        for name, weight in weights.items():
            if name not in names:
                told = f"There is no variant {name!r}.{did_you_mean(name, names)}"
                raise SettingError(told, field="weights", next_step="kedge model list shows them.")
            if not 0 <= weight < float("inf"):
                told = f"{weight:g} is no weight."
                raise SettingError(told, field=name, next_step="Give a number of 0 or more.")
        if not any(weights.values()):
            raise SettingError("Nobody would answer.", field="weights", next_step="Give one variant a weight above 0.")
        moved = Traffic(weights=dict(weights), time=time, command=command)
        return self.model_copy(update={"history": (*self.history, moved)})

    def rolled_back(self, time: str, command: str) -> Versions:
        """Return all with the traffic as it last was among versions older than the newest that answers now.

        Raises
        ------
        SettingError
            There was nothing before it.
        """
        names = [version.variant for version in self.versions]
        newest = max(self.traffic.taking, key=names.index)
        older = set(names[: names.index(newest)])
        before = next((past for past in reversed(self.history) if past.taking.keys() <= older), None)
        if before is None:
            told = f"Nothing was served before {newest}."
            raise SettingError(told, field="rollback", next_step="kedge model weights gives traffic to any version.")
        weights = {name: weight for name, weight in before.weights.items() if weight}
        return self.weighed(weights, time, command)


def named(name: str, field: str) -> str:
    """Return the name of an endpoint or variant, which also names a folder.

    Raises
    ------
    SettingError
        It is none.
    """
    if _NAME.fullmatch(name) is None:
        raise SettingError(
            f"{name!r} is no name.", field=field, next_step="Give up to 63 letters, digits and hyphens between them."
        )
    return name
