"""What an action publishes: lines of JSON in a file that it appends to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from kedge.domain.notification import Publication

if TYPE_CHECKING:
    from pathlib import Path

MOST: Final = 20  # of one call
MOST_BYTES: Final = 1 << 20
_EXPECTED: Final = 'Write {"subscription": NAME, "text": TEXT}, and a "subject" if you like, on a line.'


def publications(path: Path) -> tuple[tuple[Publication, ...], str]:
    """Return what was published, and why not all of it was; a line that is none does not keep back the others."""
    if not path.exists():
        return (), ""
    with path.open("rb") as file:
        text = file.read(MOST_BYTES + 1)
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
    return Publication(*told) if all(isinstance(part, str) for part in told) and told[0] else None
