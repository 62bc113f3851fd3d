"""What a command changes of an endpoint, whether its host runs or not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kedge.domain.window import format_time
from kedge.endpoint.host.archive import digest
from kedge.endpoint.host.trial import tried
from kedge.endpoint.host.versions import Version, named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kedge.endpoint.host.folder import Folder
    from kedge.endpoint.host.versions import Versions

LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """A folder whose document is changed, and the command that does it, which is remembered."""

    folder: Folder
    command: str

    def deploy(self, source: Path, variant: str | None, percent: float | None, trust: bool) -> tuple[Version, str]:
        """Add a version when it has shown that it loads, and return it with a warning, empty where there is none.

        Raises
        ------
        KedgeError
            It cannot be read, does not load, or its name is taken.
        """
        known, told = self.folder.read(), digest(source)
        version = Version(
            variant=named(variant, "--variant") if variant else known.next_variant(),
            source=str(source.absolute()),
            digest=told,
            trust=trust,
            time=_now(),
            command=self.command,
        )
        known.deployed(version, percent)  # refuses what it can before a model is unpacked
        with self.folder.changing() as keep:
            with self.folder.adding(source, version.variant) as model:
                outcome = tried(model, trust, source)
            version = version.model_copy(update={"kind": outcome["kind"]})
            keep(self.folder.read().deployed(version, percent))
        return version, outcome["warning"]

    def weigh(self, weights: Mapping[str, float]) -> Versions:
        """Give traffic to exactly these variants."""
        with self.folder.changing() as keep:
            changed = self.folder.known().weighed(weights, _now(), self.command)
            keep(changed)
        return changed

    def roll_back(self) -> Versions:
        """Take the newest version out of the traffic."""
        with self.folder.changing() as keep:
            changed = self.folder.known().rolled_back(_now(), self.command)
            keep(changed)
        return changed


def settled(folder: Folder, seconds: float) -> str:
    """Wait until the running host serves the newest traffic, and return what hinders it; empty where nothing does."""
    change = len(folder.read().history) - 1
    end = time.monotonic() + seconds
    hindered = "It does not answer."
    while time.monotonic() < end:
        told = folder.told()
        if not folder.hosted or told.get("change", -1) >= change:
            return ""
        waiting = {name: state for name, state in told.get("variants", {}).items() if state != "up"}
        hindered = "; ".join(f"{name}: {state}" for name, state in waiting.items()) or hindered
        time.sleep(LOOK_SECONDS)
    return hindered


def _now() -> str:
    return format_time(datetime.now(UTC))
