"""The newest captures, asked for again and again: each is shown once."""

from __future__ import annotations

import pytest

from kedge.domain.tailed import Tailed
from kedge.interfaces.cli.capture.tail import FEW, Polled


@pytest.fixture
def captured():
    """The lines that there are, which grow."""
    return []


@pytest.fixture
def polled(captured):
    return Polled(lambda most: captured[-most:])


def _lines(*numbers):
    return [Tailed("a", f"{number}".encode(), "x.jsonl") for number in numbers]


def test_what_comes_is_shown_once(captured, polled):
    captured += _lines(*range(5))
    assert polled.last(2) == _lines(3, 4)
    assert polled.more() == []
    captured += _lines(5, 6)
    assert polled.more() == _lines(5, 6)
    assert polled.more() == []


def test_many_at_once_are_all_shown(captured, polled):
    captured += _lines(*range(5))
    polled.last(2)
    captured += _lines(*range(5, 5 + 3 * FEW))
    assert polled.more() == _lines(*range(5, 5 + 3 * FEW))


def test_none_at_first_is_no_loss(captured, polled):
    assert polled.last(0) == []
    captured += _lines(1)
    assert polled.more() == _lines(1)


def test_one_that_is_sealed_is_shown_wherever_it_stands(captured, polled):
    captured += _lines(1, 2)
    polled.last(10)
    captured.insert(0, Tailed("a", None, "sealed"))
    assert polled.more() == [Tailed("a", None, "sealed")]
