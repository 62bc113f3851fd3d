"""What an action publishes: lines of JSON in a file that it appends to."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from kedge.adapters.notifiers.left import left
from kedge.domain.notification import Publication

if TYPE_CHECKING:
    from pathlib import Path

MOST: Final = 20  # of one call
MOST_BYTES: Final = 1 << 20
# What neither a mail, nor a terminal, nor every database takes, or takes for more than a letter.
_ODD: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_EXPECTED: Final = 'Write {"subscription": NAME, "text": TEXT}, and a "subject" if you like, on a line.'


def publications(path: Path) -> tuple[tuple[Publication, ...], str]:
    """Return what was published, and why not all of it was; a line that is none does not keep back the others."""
    text = left(path, MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        return (), f"It published more than {MOST_BYTES:,} bytes, so nothing of it is sent."
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    found = [(number, _publication(line)) for number, line in lines]
    made = [one for _, one in found if one]
    wrong = [f"Line {number} of what it published is none. {_EXPECTED}" for number, one in found if not one][:1]
    if len(made) > MOST:
        wrong.append(f"Of {len(made)} that it published the first {MOST} are sent.")
    return tuple(made[:MOST]), " ".join(wrong)


def _publication(line: bytes) -> Publication | None:
    try:
        raw = json.loads(line)
        told = [raw["subscription"], raw.get("subject") or "", raw["text"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(part, str) for part in told) or not told[0] or not told[0].isprintable():
        return None
    return Publication(*(_ODD.sub("\N{REPLACEMENT CHARACTER}", part.replace("\r\n", "\n")) for part in told))
