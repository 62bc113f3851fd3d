"""The newest captures, and those that come after them."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge.adapters.stores.local import Local
from kedge.errors import InputError
from kedge.service.capture.shipping import Shipper
from kedge.service.capture.tail import tail


class Clock:
    def now(self):
        return datetime(2024, 5, 1, 10, 30, tzinfo=UTC)


class Counting(Local):
    """A store that remembers what it was asked to list and to read."""

    def __init__(self) -> None:
        self.listed: list[str] = []
        self.got: list[str] = []

    def list(self, url):
        self.listed.append(url)
        return super().list(url)

    def read(self, url):
        self.got.append(url)
        return super().read(url)


def _record(second: int, hour: str = "09") -> bytes:
    return (
        f'{{"eventMetadata":{{"eventId":"{second}","inferenceTime":"2024-05-01T{hour}:00:{second:02}Z"}}}}\n'.encode()
    )


def _seconds(found) -> list[int]:
    return [int(tailed.line.partition(b"eventId")[2][3:].partition(b'"')[0]) for tailed in found]


@pytest.fixture
def followed():
    """Return what follows a place, closed when the test ends."""
    with ExitStack() as ends:

        def followed(place, store=None, variant=None):
            return ends.enter_context(closing(tail(store or Local(), Clock(), str(place), "fraud", variant)))

        yield followed


def test_the_newest_of_a_journal_come_first_and_then_what_is_written(hand, followed):
    hand.file(_record(1) + _record(2), "00-01-a.jsonl")
    path = hand.file(_record(3), "00-03-b.jsonl.open")
    following = followed(hand.folder)
    assert _seconds(following.last(2)) == [2, 3]
    with path.open("ab") as file:
        file.write(_record(4) + _record(5)[:20])
    assert _seconds(following.more()) == [4]
    with path.open("ab") as file:
        file.write(_record(5)[20:])
    assert _seconds(following.more()) == [5]


def test_what_is_shipped_between_two_looks_is_not_missed(hand, followed):
    path = hand.file(_record(1), "00-01-a.jsonl.open")
    following = followed(hand.folder)
    following.last(10)
    with path.open("ab") as file:
        file.write(_record(2))
    Shipper(hand.folder, "store", Local()).once()
    hand.file(_record(3), "00-03-b.jsonl")
    assert _seconds(following.more()) == [2, 3]
    assert following.more() == []


def test_of_many_files_that_wait_none_is_held(hand, followed):
    for name in range(50):
        hand.file(_record(name), f"00-{name:02}-a.jsonl")
    following = followed(hand.folder)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert _seconds(following.last(50)) == list(range(50))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_of_a_store_only_the_newest_hours_are_listed_and_each_file_is_read_once(hand, followed):
    for hour in ("07", "08", "09", "10"):
        hand.file(_record(int(hour), hour), f"00-{hour}-a.jsonl", hour=f"2024/05/01/{hour}")
    Shipper(hand.folder, "store", Local()).once()
    following = followed("store", store := Counting())
    assert _seconds(following.last(2)) == [9, 10]
    store.listed.clear()
    hand.file(_record(11, "10"), "00-11-a.jsonl", hour="2024/05/01/10")
    Shipper(hand.folder, "store", Local()).once()
    assert [_seconds(following.more()) for _ in range(3)] == [[11], [], []]
    assert set(store.listed) == {f"store/fraud/AllTraffic/2024/05/01/{hour}" for hour in ("09", "10")}
    assert len(store.got) == len(set(store.got)) == 3


def test_of_a_store_that_stands_still_the_last_are_found_however_old_they_are(hand, followed):
    for hour in ("2019/12/31/23", "2018/01/01/00"):
        hand.file(_record(int(hour[3])), "00-00-a.jsonl", hour=hour)
    Shipper(hand.folder, "store", Local()).once()
    assert _seconds(followed("store").last(1)) == [9]


@pytest.mark.parametrize("shipped", [False, True])
def test_one_variant_alone_may_be_followed(hand, shipped, followed):
    hand.file(_record(1), variant="blue")
    hand.file(_record(2), variant="green")
    if shipped:
        Shipper(hand.folder, "store", Local()).once()
    following = followed("store" if shipped else hand.folder, variant="blue")
    assert [(t.variant, *_seconds([t])) for t in following.last(10)] == [("blue", 1)]


@pytest.mark.parametrize("shipped", [False, True])
def test_sealed_records_are_told_without_what_is_in_them(hand, shipped, followed):
    hand.file(b'{"kedge":"sealed-lines-1"}\nAAAA\nBBBB\n', "00-00-a.jsonl.enc")
    if shipped:
        Shipper(hand.folder, "store", Local()).once()
    found = followed("store" if shipped else hand.folder).last(10)
    assert [(tailed.line, tailed.file) for tailed in found] == [(None, "00-00-a.jsonl.enc")] * 2


def test_an_endpoint_that_is_not_there_is_named_beside_those_that_are(hand, followed):
    hand.file(_record(1), endpoint="froud")
    Shipper(hand.folder, "store", Local()).once()
    with pytest.raises(InputError, match=r"Did you mean 'froud'\? There are: froud\."):
        followed("store")
