"""How numbers stand in the text of a violation."""

from __future__ import annotations

import numpy as np


def number(value: float) -> str:
    """Return a number as a Java double prints itself, so that texts equal those of the service.

    Plain digits from 0.001 up to ten million, ``E`` notation outside, always with a fraction.
    Reference: ``Double.toString``; data-quality.md, 3.5.

    >>> [number(value) for value in (100, 99.64592817400101, 0.0001, 12345678, 0)]
    ['100.0', '99.64592817400101', '1.0E-4', '1.2345678E7', '0.0']
    """
    value = float(value)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    return np.format_float_scientific(value, trim="0", exp_digits=1).replace("e+", "E").replace("e", "E")


def percent(share: float) -> str:
    """Return a share between 0 and 1 in percent, without the sign.

    >>> percent(310 / 320)
    '96.875'
    """
    return number(share * 100)
