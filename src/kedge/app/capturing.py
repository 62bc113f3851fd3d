"""What happens to captures: they are shipped, and followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.app.clocks import SystemClock
from kedge.app.storing import Stores

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from kedge.service.capture.shipping import Shipper
    from kedge.service.capture.tail import Tail
    from kedge.settings import Settings


def shipper(journal: Path, destination: str, stop: Event) -> Shipper:
    """Return what ships a journal, until ``stop``."""
    from kedge.service.capture.shipping import Shipper

    return Shipper(journal, destination, Stores(), stop)


def tail(settings: Settings, place: str, endpoint: str, variant: str | None) -> Tail:
    """Return what follows an endpoint's captures."""
    from kedge.service.capture.tail import tail as followed

    store = Stores(settings.capture_key) if settings.capture_key else Stores()
    return followed(store, SystemClock(), place, endpoint, variant)
