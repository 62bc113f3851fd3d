"""Conditions hold or they do not, and nothing that is told of them is guessed."""

from __future__ import annotations

import pytest

from kedge.errors import Conflict
from kedge.interfaces.api.conditions import Conditions, tags
from kedge.interfaces.api.problems import Unmet

ONE, OTHER = '"1"', '"2"'


@pytest.mark.parametrize(
    ("match", "none_match", "there", "holds"),
    [
        (None, None, ONE, True),
        (None, None, None, True),
        (ONE, None, ONE, True),
        (f"{OTHER}, {ONE}", None, ONE, True),
        ("*", None, ONE, True),
        (ONE, None, OTHER, False),
        (ONE, None, None, False),
        ("*", None, None, False),
        (f"W/{ONE}", None, ONE, False),
        (None, "*", None, True),
        (None, "*", ONE, False),
        (None, ONE, ONE, False),
        (None, ONE, OTHER, True),
    ],
)
def test_a_condition_holds_as_the_protocol_says(match, none_match, there, holds):
    asked = Conditions(tags(match), tags(none_match))
    if holds:
        asked.check(there)
    else:
        with pytest.raises(Unmet):
            asked.check(there)


@pytest.mark.parametrize(("match", "error"), [(ONE, Unmet), (None, Conflict)])
def test_who_was_too_slow_is_told_by_the_condition_that_they_gave(match, error):
    with pytest.raises(Conflict) as told, Conditions(tags(match)).kept():
        raise Conflict("Somebody was faster.", next_step="Read it again.")
    assert (told.type, told.value.next_step) == (error, "Read it again.")
