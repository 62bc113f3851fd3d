"""Settings that change while the server runs: a file in the journal, looked at now and then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kedge.errors import SettingError

if TYPE_CHECKING:
    from pathlib import Path

    from kedge.capture.config import Settings
    from kedge.capture.tally import Tally


class Live:
    """The settings as they are now: those that the server was started with, and what the file changes of them."""

    def __init__(self, settings: Settings, file: Path, tally: Tally) -> None:
        self._now = self._first = settings
        self._file, self._tally = file, tally
        self._version: tuple[int, int] | None = None

    def look(self) -> Settings:
        """Return them, with what has changed; where that is of no use, count it and go on as before."""
        version = self._look_at_version()
        if version == self._version:
            return self._now
        self._version = version
        try:
            self._now = self._first.changed(json.loads(self._file.read_bytes())) if version else self._first
        except (OSError, ValueError, TypeError, SettingError) as error:
            self._tally.count("bad_settings", why=f"({self._file}: {error})")
        return self._now

    def _look_at_version(self) -> tuple[int, int] | None:
        try:
            state = self._file.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size
