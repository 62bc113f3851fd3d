"""How long, as a person writes it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from kedge.domain.window import parse_duration
from kedge.errors import SettingError

UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
PARTS: Final = re.compile("".join(rf"(?:(?P<{name}>\d{{1,6}}){unit})?" for unit, name in UNITS.items()), re.ASCII)


def how_long(text: str, option: str) -> timedelta:
    """Read how long: ``2h``, ``1d12h``, or as ISO 8601 writes it.

    >>> how_long("1d12h", "--for"), how_long("PT2H", "--for")
    (datetime.timedelta(days=1, seconds=43200), datetime.timedelta(seconds=7200))

    Raises
    ------
    SettingError
        It is no duration, or less than a second.
    """
    match = PARTS.fullmatch(text.strip())
    parts = {name: int(value) for name, value in match.groupdict().items() if value} if match else {}
    try:
        found = timedelta(**parts) if parts else parse_duration(text)
    except SettingError:
        raise SettingError(f"{text!r} is no duration.", field=option, next_step=_LIKE) from None
    if found < timedelta(seconds=1):
        raise SettingError(f"{text!r} is no time at all.", field=option, next_step=_LIKE)
    return found


_LIKE: Final = "Write it like 30m, 2h, 1d12h or PT2H."
