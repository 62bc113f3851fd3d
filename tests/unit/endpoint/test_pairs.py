"""Halves find each other in any order, once, in time, and in bounded memory."""

from __future__ import annotations

import pytest

from kedge.endpoint.pairs import Fate, Pair, Pairs


def wanted():
    return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize("order", [("request", "response"), ("response", "request")])
def test_halves_find_each_other_in_any_order(order):
    pairs = Pairs(60)
    first, second = (pairs.add("a", half, half, 1, wanted) for half in order)
    assert (first, second) == (Fate.waits, Pair(*reversed(order)))
    assert (pairs.waiting, pairs.waiting_bytes) == (0, 0)


def test_a_half_that_comes_again_is_known_before_and_after_the_other():
    pairs, halves = Pairs(60), ["request", "request", "response", "response"]
    found = [pairs.add("a", half, half, 1, wanted) for half in halves]
    assert [type(each) for each in found].count(Pair) == 1
    assert found.count(Fate.repeated) == 2


def test_a_half_alone_is_let_go_when_its_time_is_over(clock):
    pairs = Pairs(60, clock=clock)
    pairs.add("a", "request", "early", 10, wanted)
    clock.now = 30
    pairs.add("b", "request", "late", 5, wanted)
    clock.now = 61
    assert list(pairs.expired()) == ["early"]
    assert (pairs.waiting, pairs.waiting_bytes) == (1, 5)


def test_a_pair_is_forgotten_without_a_word(clock):
    pairs = Pairs(60, clock=clock)
    pairs.add("a", "request", "a", 1, wanted)
    pairs.add("a", "response", "b", 1, wanted)
    clock.now = 61
    assert list(pairs.expired()) == []
    assert pairs.add("a", "request", "again", 1, wanted) is Fate.waits


@pytest.mark.parametrize(("held", "held_bytes"), [(3, 1000), (1000, 30)])
def test_the_oldest_go_where_there_is_no_room(held, held_bytes):
    pairs = Pairs(60, held, held_bytes)
    for number in range(5):
        pairs.add(number, "request", number, 10, wanted)
    assert list(pairs.expired()) == [0, 1]
    assert (pairs.waiting, pairs.waiting_bytes) == (3, 30)


def test_what_is_not_wanted_is_asked_for_once_and_left_out_twice():
    pairs, asked = Pairs(60), []
    fates = [pairs.add("a", half, half, 1, lambda: asked.append(1)) for half in ("request", "response", "response")]
    assert fates == [Fate.left_out, Fate.left_out, Fate.repeated]
    assert (len(asked), pairs.waiting) == (1, 0)
