"""What became of every request, so that a gap is never mistaken for silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DROPPED = {
    "buffer_full": "memory held as much as it may: the journal's disk is slow, or the buffer small",
    "disk_share": "the journal's disk is above its set share",
    "journal_failed": "the journal could not be written",
    "body_too_large": "a request or an answer is longer than max_body_bytes, packed or unpacked",
    "redact_failed": "the redact hook raised an error, or returned no record",
    "unpaired": "of a payload logger's request and response only one came in time",
    "not_serializable": "the arguments or the result of a function, or a message, could not be written as JSON",
    "defect": "kedge itself failed; the log says how",
}
SKIPPED = {
    "error_answer": "the answer's status was 400 or above, and errors is off",
    "broken_off": "the answer broke off: the server failed, or the caller left before it was complete",
    "redacted": "the redact hook returned None",
    "unseen": "the server was told to send a file as the answer, so that its body did not come by",
}
REMARKED = {
    "bad_inference_id": "the inference id is not 1 to 64 visible characters; it was left out",
    "bad_custom_attributes": "the custom attributes are not 1 to 1,024 visible characters; they were left out",
    "not_text": "a body is not in the charset that its type tells; it was kept in base64",
    "not_json": "a body that is called JSON does not look like it",
    "unread": "the server answered before it had read the whole request; what it had read was kept",
    "undecodable": "a body could not be unpacked; it was kept in base64 as it came",
    "bad_settings": "the file of changed settings is of no use; the settings before it stay",
    "repeated": "a payload logger sent an event twice; the second was left out",
    "bad_event": "a payload logger sent what is no event; it was answered with 400",
}
REASONS = DROPPED | SKIPPED | REMARKED


@dataclass
class Counts:
    """What became of the requests that capture was asked about.

    Every one of ``seen`` is sampled out, skipped, dropped, journalled, or still on its way.

    Parameters
    ----------
    seen
        Requests that capture was asked about.
    sampled_out
        Those that the sample left out.
    accepted
        Those whose exchange went into memory.
    journalled
        Those whose record is in the journal.
    journalled_bytes
        What these take.
    dropped
        Those that should have been captured and were not, by reason.
    skipped
        Those that are not to be captured, by reason.
    remarked
        Those that were captured though something was odd, by reason.
    """

    seen: int = 0
    sampled_out: int = 0
    accepted: int = 0
    journalled: int = 0
    journalled_bytes: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    remarked: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{part.name: getattr(self, part.name) + getattr(other, part.name) for part in fields(Counts)})

    @property
    def on_its_way(self) -> int:
        """How many are neither captured nor left out yet."""
        ended = self.sampled_out + self.journalled + sum(self.dropped.values()) + sum(self.skipped.values())
        return self.seen - ended

    def count(self, reason: str, times: int = 1) -> None:
        """Count one more of a reason, under what it is one of."""
        kind = self.dropped if reason in DROPPED else self.skipped if reason in SKIPPED else self.remarked
        kind[reason] += times

    def to_json(self) -> dict[str, Any]:
        """Return them as a document."""
        return {part.name: getattr(self, part.name) for part in fields(Counts)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Counts:
        """Read a document; what is missing counts as none."""
        counts = cls(**{name: raw.get(name, 0) for name in NUMBERS})
        for name in ("dropped", "skipped", "remarked"):
            getattr(counts, name).update(raw.get(name, {}))
        return counts


NUMBERS = tuple(part.name for part in fields(Counts) if part.type == "int")
