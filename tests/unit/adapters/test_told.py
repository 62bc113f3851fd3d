from __future__ import annotations

from typing import Any

from kedge.adapters.presentation.told import Told

ROWS: dict[str, Any] = {"subject": "rows", "check": "row count", "severity": "warning", "description": "", "gap": 1.0}


def test_numbers_are_said_once_and_what_is_not_known_is_not_said() -> None:
    told = Told(observed="9", expected="at least 1,000", sentence="The window has 9 rows.", **ROWS)
    assert told.in_full == "The window has 9 rows. Observed 9, expected at least 1,000."
    bare = Told(observed="0.5", expected="–", sentence="Half are whole.", **ROWS)
    assert bare.in_full == "Half are whole. Observed 0.5."


def test_in_full_has_plain_characters_only() -> None:
    told = Told(observed="–", expected="–", sentence="“\u2068x\u2069” 0%\xa0→\xa0 5%.", **ROWS)
    assert told.in_full == "“x” 0% →  5%."
