"""Settings that change while servers run: they look at a file of the journal once a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.capture.config import Settings
from kedge.capture.journal import SETTINGS_FILE
from kedge.errors import InputError, did_you_mean
from kedge.service.capture.journals import endpoints
from kedge.service.capture.ledger import replaced
from kedge.service.capture.past import document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def change(journal: Path, endpoint: str, values: Mapping[str, Any], *, reset: bool) -> tuple[dict[str, Any], ...]:
    """Change settings of an endpoint, and return what was changed before and what is now.

    Whatever was changed earlier stays, unless ``reset`` takes it back: then a server's own settings hold again.

    Raises
    ------
    InputError
        The journal has no such endpoint.
    SettingError
        A value is of no use; nothing has changed.
    """
    folder = _folder(journal, endpoint)
    before = document(folder / SETTINGS_FILE)
    after = {**({} if reset else before), **values}
    Settings().changed(after)
    if after:
        replaced(folder / SETTINGS_FILE, after)
    else:
        (folder / SETTINGS_FILE).unlink(missing_ok=True)
    return before, after


def _folder(journal: Path, endpoint: str) -> Path:
    known = {folder.name: folder for folder in endpoints(journal)} if journal.is_dir() else {}
    if endpoint not in known:
        raise InputError(
            f"No endpoint of this name is captured here.{did_you_mean(endpoint, known)}",
            file=journal,
            field="endpoint",
            next_step=f"Known here: {', '.join(known) or 'none'}.",
        )
    return known[endpoint]
