"""Exchanges to records, and records to the journal: what the recorder's thread does."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kedge.capture.config import named
from kedge.capture.content import TooLong
from kedge.capture.line import event_ids, line, moment, record, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.capture.config import CaptureConfig, Settings
    from kedge.capture.exchange import Exchange
    from kedge.capture.journal import Journal
    from kedge.capture.line import Seen
    from kedge.capture.talk import Talk
    from kedge.capture.tally import Tally


class Writer:
    """Writes exchanges into a journal, and counts those that it cannot write."""

    def __init__(self, config: CaptureConfig, journal: Journal, tally: Tally) -> None:
        self._variant, self._redact = config.variant, config.redact
        self._journal, self._tally = journal, tally

    def write(self, exchanges: Sequence[Exchange | Talk], settings: Settings) -> None:
        """Write the records of exchanges, those of each variant and hour together."""
        lines: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
        for exchange, id in zip(exchanges, event_ids(len(exchanges)), strict=True):
            if (text := self._line(exchange, id, settings)) is not None:
                given = exchange.variant
                variant = given if given is not None and named(given) else self._variant
                lines[variant, moment(int(exchange.time))[1]].append(text.encode() + b"\n")
        for (variant, hour), some in lines.items():
            try:
                self._tally.journalled(len(some), self._journal.write(variant, hour, some))
            except OSError as error:
                self._tally.count("journal_failed", len(some), error)

    def _line(self, exchange: Exchange | Talk, id: str, settings: Settings) -> str | None:
        """Return the record of an exchange, or None where it is not kept, which is counted."""
        try:
            exchange.whole()
            kept = seen(exchange, settings)
            for remark in kept.remarks:
                self._tally.count(remark)
            return self._redacted(kept, exchange, id) if self._redact else line(kept, exchange, id)
        except TooLong:
            self._tally.count("body_too_large")
        except Exception:
            self._tally.defect(1)
        return None

    def _redacted(self, kept: Seen, exchange: Exchange | Talk, id: str) -> str | None:
        """Return the record as the hook leaves it; one that it fails on is never written."""
        assert self._redact is not None
        try:
            left = self._redact(record(kept, exchange, id))
            if left is not None:
                return left.to_json()
            self._tally.count("redacted")
        except Exception as error:
            self._tally.count("redact_failed", why=type(error).__name__)  # its text may hold what it should hide
        return None
