"""How names, numbers and times are said: the same on the page and in the terminal."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from kedge.domain.window import format_time, parse_time
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "–"

# Control characters can steer a terminal, direction marks and what has no width can disguise a name, lone
# surrogates cannot be written to a file.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
# Units, their seconds, and from where on the next one is said.
_DURATIONS = (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 3 * 86400))
# A decimal with more digits than a person reads, outside of quotes.
_LONG_DECIMAL = re.compile(r"(?<![\w.'])\d+\.\d{5,}(?:E-?\d+)?(?![\w'])")


def plain(text: str, longest: int = 80) -> str:
    """Return a text that came with the data so that it is safe to show: one line, not longer than said.

    >>> plain("a\\nb"), plain("x" * 100, 5), plain(" ")
    ('a�b', 'xxxx…', '(blank)')
    """
    if not text.strip():
        return "(blank)"
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", cut)


def number(value: float | None, digits: int = 4) -> str:
    """Return a number rounded to significant digits; whole parts are never rounded.

    >>> number(1234567.89), number(0.00123456), number(3.0), number(2e-9), number(None)
    ('1,234,568', '0.001235', '3', '2e-9', '–')
    """
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    if not -4 <= magnitude < 12:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{trimmed(mantissa)}e{int(exponent)}"
    return trimmed(f"{value:,.{max(0, digits - 1 - magnitude)}f}")


def rounded(text: str) -> str:
    """Return a text with its long decimals rounded: the service prints every digit of a double.

    >>> rounded("Baseline drift distance: 0.30791265775509713 exceeds threshold: 0.1")
    'Baseline drift distance: 0.3079 exceeds threshold: 0.1'
    """
    return _LONG_DECIMAL.sub(lambda found: number(float(found[0])), text)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage; what is not all never reads 100%, what is not nothing never 0%.

    >>> percent(0.98437), percent(1.0), percent(0.99999), percent(0.0001), percent(None)
    ('98.4%', '100%', '>99.9%', '<0.1%', '–')
    """
    if share is None or math.isnan(share):
        return NOTHING
    step = 10.0**-digits
    if 0 < share * 100 < step:
        return f"<{step:.{digits}f}%"
    if 100 - step < share * 100 < 100:
        return f">{100 - step:.{digits}f}%"
    return trimmed(f"{share * 100:.{digits}f}") + "%"


def distance(value: float, digits: int = 3) -> str:
    """Return a distance or a p-value with so many decimals.

    >>> distance(0.3), distance(0.0), distance(0.0001)
    ('0.300', '0', '<0.001')
    """
    least = 10.0**-digits
    return f"<{least:.{digits}f}" if 0 < value < least else f"{value:.{digits}f}" if value else "0"


def count(amount: int, noun: str) -> str:
    """Return an amount with its noun.

    >>> count(1, "violation"), count(0, "row"), count(12000, "row")
    ('1 violation', '0 rows', '12,000 rows')
    """
    return f"{amount:,} {noun}" + ("" if amount == 1 else "s")


def some(names: Sequence[str], most: int = 3) -> str:
    """Return the first of many names, and how many more there are.

    >>> some(["a", "b", "c", "d", "e"]), some([])
    ('a, b, c and 2 more', '')
    """
    listed = ", ".join(plain(name, 40) for name in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


def span(start: str, end: str) -> str:
    """Return a window of time for a person.

    >>> span("2024-05-01T09:00:00Z", "2024-05-01T10:00:00Z")
    '2024-05-01 09:00 to 10:00 UTC'
    >>> span("2024-05-01T09:00:00Z", "2024-05-03T00:00:30Z")
    '2024-05-01 09:00 to 2024-05-03 00:00:30 UTC'
    """
    first, last = moment(start), moment(end)
    return f"{first} to {last.removeprefix(first[:11])} UTC"


def duration(seconds: float) -> str:
    """Return how long something takes, in the unit that fits.

    >>> duration(40), duration(5400), duration(93600), duration(11 * 86400)
    ('40 s', '90 min', '26 h', '11 days')
    """
    for unit, size, most in _DURATIONS:
        if abs(seconds) < most:
            return f"{number(seconds / size, 2)} {unit}"
    return f"{number(seconds / 86400, 2)} days"


def moment(time: str) -> str:
    """Return a time for a person, in UTC; what is no time as it is.

    >>> moment("2024-05-01T09:58:03+02:00"), moment("yesterday")
    ('2024-05-01 07:58:03', 'yesterday')
    """
    try:
        return format_time(parse_time(time)).replace("T", " ").removesuffix("Z").removesuffix(":00")
    except SettingError:
        return plain(time)


def trimmed(text: str) -> str:
    """Return a decimal without the zeros at its end.

    >>> trimmed("0.300"), trimmed("4.0"), trimmed("300")
    ('0.3', '4', '300')
    """
    return text.rstrip("0").rstrip(".") if "." in text else text
