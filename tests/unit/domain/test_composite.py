"""Composite rules, beside Python's own reading of the same expression."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.composite import holds, parse
from kedge.errors import SettingError

NAMES = ("a", "b", "c")
LEAVES = st.sampled_from([*NAMES, "ALARM(a)", "OK(b)", 'INSUFFICIENT_DATA("c")', "TRUE", "false"])
RULES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds("NOT {}".format, parts),
        st.builds("({})".format, parts),
        st.builds("{} and {}".format, parts, parts),
        st.builds("{} OR {}".format, parts, parts),
    ),
    max_leaves=12,
)
STATES = st.fixed_dictionaries({name: st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA"]) for name in NAMES})


def reference(rule: str, states: dict[str, str]) -> bool:
    """Return what Python makes of a rule."""
    leaves = {
        "ALARM(a)": states["a"] == "ALARM",
        "OK(b)": states["b"] == "OK",
        'INSUFFICIENT_DATA("c")': states["c"] == "INSUFFICIENT_DATA",
        "TRUE": True,
        "false": False,
        "NOT": "not",
        "OR": "or",
    }
    for leaf, value in leaves.items():
        rule = rule.replace(leaf, str(value))
    return bool(eval(rule, {name: state == "ALARM" for name, state in states.items()}))


@given(RULES, STATES)
def test_a_rule_holds_as_in_python(rule, states):
    assert holds(parse(rule), states) == reference(rule, states)


def test_an_alarm_that_is_not_there_has_no_data():
    assert holds(parse("INSUFFICIENT_DATA(gone) and not gone"), {})


def test_a_rule_knows_the_alarms_that_it_names():
    assert parse('a-1 and not ("two words" or OK(c) or TRUE)').names() == {"a-1", "two words", "c"}


@pytest.mark.parametrize(
    ("rule", "expected", "place", "found"),
    [
        ("", "an alarm's name", 1, "the end"),
        ("a and", "an alarm's name", 6, "the end"),
        ("a b", "and, or, or the end", 2, "'b'"),
        ("(a or b", "')'", 8, "the end"),
        ("a and or b", "an alarm's name", 6, "'or b'"),
        ("OK b", "an alarm's name in parentheses", 3, "'b'"),
        ("a & b", "and, or, or the end", 2, "'& b'"),
    ],
)
def test_what_is_no_rule_is_told_with_its_place(rule, expected, place, found):
    with pytest.raises(SettingError) as error:
        parse(rule)
    assert error.value.message == f"Expected {expected} at character {place} of the rule; found {found}."


@pytest.mark.parametrize("rule", ["(" * 60 + "a" + ")" * 60, "not " * 500 + "a", "a or " * 3000 + "a"])
def test_a_rule_that_is_too_long_or_too_deep_is_refused(rule):
    with pytest.raises(SettingError):
        parse(rule)
