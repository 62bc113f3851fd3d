"""Composite rules: what is to hold of other alarms, ``drift and not (quiet or OK(traffic))``.

A name alone is an alarm that alarms; ``OK(name)``, ``ALARM(name)`` and ``INSUFFICIENT_DATA(name)`` name the state.
Words are read in any case; a name with other characters than letters, digits and hyphens stands in quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final, cast

from kedge.domain.alarm import STATES, AlarmState
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN: Final = re.compile(r'\s*(?:([()])|"([^"]+)"|([\w.-]+))')
LONGEST: Final = 10_240
DEEPEST: Final = 50  # parentheses and nots within each other
EXAMPLE: Final = "Write it like: drift and not (quiet or OK(traffic))."
RESERVED: Final = frozenset(("and", "or", "not", "true", "false", *(state.lower() for state in STATES)))


@dataclass(frozen=True, slots=True)
class InState:
    """An alarm is in a state."""

    alarm: str
    state: AlarmState

    def names(self) -> frozenset[str]:
        """The alarms that are named."""
        return frozenset((self.alarm,))


@dataclass(frozen=True, slots=True)
class Constant:
    """What always holds, or never."""

    value: bool

    def names(self) -> frozenset[str]:
        """No alarms are named."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Joined:
    """All of some rules hold, any of them, or none."""

    how: str
    rules: tuple[Rule, ...]

    def names(self) -> frozenset[str]:
        """The alarms that are named."""
        return frozenset[str]().union(*(rule.names() for rule in self.rules))


Rule = InState | Constant | Joined


def parse(text: str) -> Rule:
    """Read a rule.

    >>> parse("a and OK(b)")
    Joined(how='and', rules=(InState(alarm='a', state='ALARM'), InState(alarm='b', state='OK')))

    Raises
    ------
    SettingError
        It is none; what was expected where is told.
    """
    if len(text) > LONGEST:
        raise SettingError(
            f"The rule has {len(text):,} characters, and {LONGEST:,} are allowed.",
            field="rule",
            next_step="Name parts of it as alarms of their own.",
        )
    reader = _Reader(text)
    rule = reader.any_of(0)
    if not reader.at_end():
        raise reader.unexpected("and, or, or the end")
    return rule


def holds(rule: Rule, states: Mapping[str, AlarmState]) -> bool:
    """Return whether a rule holds; an alarm that is not there has no data."""
    if isinstance(rule, InState):
        return states.get(rule.alarm, "INSUFFICIENT_DATA") == rule.state
    if isinstance(rule, Constant):
        return rule.value
    if rule.how == "not":
        return not holds(rule.rules[0], states)
    return (all if rule.how == "and" else any)(holds(part, states) for part in rule.rules)


def composed(rules: Mapping[str, str]) -> list[str]:
    """Return the names of composite alarms, each after those that its rule names.

    >>> composed({"above": "any or other", "any": "drift"})
    ['any', 'above']
    """
    parts = {name: sorted(parse(rule).names()) for name, rule in rules.items()}
    try:
        return [name for name in TopologicalSorter(parts).static_order() if name in parts]
    except CycleError:  # two people closed it at the same time
        return sorted(parts)


class _Reader:
    """Reads from left to right: ``or`` joins what ``and`` joined."""

    def __init__(self, text: str) -> None:
        self._text, self._place = text.rstrip(), 0

    def at_end(self) -> bool:
        return self._place == len(self._text)

    def any_of(self, depth: int) -> Rule:
        return self._several("or", lambda: self._several("and", lambda: self._one(depth)))

    def unexpected(self, expected: str) -> SettingError:
        rest = self._text[self._place :].strip()
        found = f"{rest[:20]!r}" if rest else "the end"
        return SettingError(
            f"Expected {expected} at character {self._place + 1} of the rule; found {found}.",
            field="rule",
            next_step=EXAMPLE,
        )

    def _several(self, word: str, part: Callable[[], Rule]) -> Rule:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self, depth: int) -> Rule:
        if depth > DEEPEST:
            raise self.unexpected(f"no more than {DEEPEST} parentheses and nots within each other, and so none")
        if self._take("not"):
            return Joined("not", (self._one(depth + 1),))
        if self._take("("):
            rule = self.any_of(depth + 1)
            self._close()
            return rule
        for value in (True, False):
            if self._take(str(value).lower()):
                return Constant(value)
        for state in STATES:
            if self._take(state.lower()):
                return self._in_state(state)
        return InState(self._name(), "ALARM")

    def _in_state(self, state: str) -> InState:
        if not self._take("("):
            raise self.unexpected("an alarm's name in parentheses")
        name = self._name()
        self._close()
        return InState(name, cast("AlarmState", state))

    def _close(self) -> None:
        if not self._take(")"):
            raise self.unexpected("')'")

    def _name(self) -> str:
        match = TOKEN.match(self._text, self._place)
        if match is None or match[1] or (match[3] or "").lower() in RESERVED:
            raise self.unexpected("an alarm's name")
        self._place = match.end()
        return str(match[2] or match[3])

    def _take(self, word: str) -> bool:
        match = TOKEN.match(self._text, self._place)
        if match is None or word not in (match[1], (match[3] or "").lower()):
            return False
        self._place = match.end()
        return True
