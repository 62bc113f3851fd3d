"""The shipper, over a store that fails as it is told to."""

from __future__ import annotations

import gc
import json
import threading
import tracemalloc
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from kedge.adapters.stores.local import Local
from kedge.capture.journal import Journal
from kedge.errors import InputError, SettingError
from kedge.service.capture import shipping
from kedge.service.capture.shipping import PROBE, Shipper, Turn

RECORD = b'{"captureData":{}}\n'


class Store(Local):
    """A folder that may be away, for all files or for some."""

    def __init__(self) -> None:
        self.away = lambda _: False
        self.asked: list[str] = []

    def write(self, url, files):
        (name,) = files
        self.asked.append(name)
        if self.away(name):
            raise InputError("The store did not answer.", file=url)
        super().write(url, files)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def shipper(hand, store):
    return Shipper(hand.folder, "store", store)


def _arrived() -> dict[str, bytes]:
    files = [path for path in Path("store").rglob("*") if path.is_file()]
    return {path.relative_to("store").as_posix(): path.read_bytes() for path in files}


def _ledger(hand, endpoint="fraud"):
    return json.loads((hand.folder / endpoint / "shipper.json").read_bytes())


def test_closed_files_arrive_under_their_names_and_leave_no_folder_behind(hand, shipper):
    hand.file(RECORD * 3, "58-03-123-a.jsonl")
    hand.file(RECORD, "58-03-123-b.jsonl", endpoint="churn", variant="blue")
    assert shipper.once()
    assert _arrived() == {
        "fraud/AllTraffic/2024/05/01/09/58-03-123-a.jsonl": RECORD * 3,
        "churn/blue/2024/05/01/09/58-03-123-b.jsonl": RECORD,
    }
    assert [list((hand.folder / name / "files").iterdir()) for name in ("fraud", "churn")] == [[], []]
    assert [_ledger(hand)[name] for name in ("files", "records", "bytes")] == [1, 3, len(RECORD) * 3]


def test_a_sealed_file_is_moved_as_it_is_and_its_header_is_no_record(hand, shipper):
    sealed = b'{"kedge":"sealed-lines-1"}\nAAAA\nBBBB\n'
    hand.file(sealed, "58-03-123-a.jsonl.enc")
    shipper.once()
    assert (list(_arrived().values()), _ledger(hand)["records"]) == ([sealed], 2)


def test_a_file_that_is_being_written_stays(hand, shipper):
    hand.hold(path := hand.file(RECORD, "a.jsonl.open"))
    assert shipper.once()
    assert (_arrived(), path.read_bytes()) == ({}, RECORD)


def test_files_go_oldest_first(hand, store, shipper):
    shipper.uploads = 1
    for variant, hour, name in (("a", "10", "01-b"), ("b", "09", "59-a"), ("a", "10", "00-c"), ("a", "09", "58-d")):
        hand.file(RECORD, f"{name}.jsonl", variant=variant, hour=f"2024/05/01/{hour}")
    shipper.once()
    assert store.asked == ["58-d.jsonl", "59-a.jsonl", "00-c.jsonl", "01-b.jsonl"]


def test_while_the_store_is_away_nothing_goes_and_it_is_told_once(hand, store, shipper, caplog):
    store.away = lambda _: True
    hand.file(RECORD, "a.jsonl")
    well = [shipper.once() for _ in range(5)]
    assert (well, hand.files()) == ([False] * 5, ["a.jsonl"])
    assert [r.getMessage().endswith("It is tried again.") for r in caplog.records].count(True) == 1
    assert (_ledger(hand)["failures"], _ledger(hand)["last_error"]) == (5, "store/fraud/AllTraffic/2024/05/01/09: "
                                                                           "The store did not answer.")  # fmt: skip


def test_when_the_store_is_back_all_arrives_and_the_error_is_history(hand, store, shipper):
    store.away = lambda _: True
    for name in "abc":
        hand.file(RECORD, f"{name}.jsonl")
    shipper.once()
    store.away = lambda _: False
    assert (shipper.once(), len(_arrived()), _ledger(hand)["last_error"]) == (True, 3, None)


def test_one_file_that_the_store_refuses_does_not_keep_back_the_others(hand, store, shipper):
    store.away = lambda name: name == "a.jsonl"
    for name in "abcde":
        hand.file(RECORD, f"{name}.jsonl")
    assert [shipper.once() for _ in range(3)] == [False] * 3
    assert (hand.files(), len(_arrived())) == (["a.jsonl"], 4)


def test_a_store_that_was_away_is_asked_for_one_file_first(hand, store, shipper):
    store.away = lambda _: True
    for name in range(20):
        hand.file(RECORD, f"{name}.jsonl")
    shipper.once()
    store.asked.clear()
    shipper.once()
    assert len(store.asked) == 1


def test_pauses_grow_to_a_minute_and_differ(shipper):
    pauses = [[], []]
    for shipper._failures in range(1, 40):
        for some in pauses:
            some.append(shipper._pause())
    assert pauses[0] != pauses[1]
    assert 30 <= min(pauses[0][10:]) <= max(pauses[0]) <= 60


TABLE = 100_000  # bytes; a file of this test has two thousand
FRAMES = 12  # that a trace tells: enough to reach from a library back into kedge


def _held() -> int:
    """Return the bytes held on behalf of the shipper; a thread that another test left behind is not its doing.

    A path interns its names: when the interpreter's table of all such names is full, whoever adds the next one makes it
    anew. It is megabytes in one piece here, and nobody's.
    """
    traces = tracemalloc.take_snapshot().traces
    own = (trace for trace in traces if any(frame.filename == shipping.__file__ for frame in trace.traceback))
    return sum(trace.size for trace in own if trace.size < TABLE)


@pytest.fixture
def _frozen():
    """Have the collector look at nothing but what a test makes: what all other tests left is millions of objects."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_frozen")
def test_an_hour_without_the_store_costs_no_memory_and_a_line_a_minute_at_most(hand, store, shipper, monkeypatch):
    now, lines, sizes = 0.0, 0, []

    def said(*_: object) -> None:
        nonlocal lines
        lines += 1

    monkeypatch.setattr(shipping, "monotonic", lambda: now)
    monkeypatch.setattr(shipping, "log", SimpleNamespace(log=said, warning=said))  # pytest would keep every line
    store.away = lambda _: True
    for name in range(20):
        hand.file(RECORD * 100, f"{name}.jsonl")
    tracemalloc.start(FRAMES)
    while now < 3600:
        shipper.once()
        now += shipper._pause()
        store.asked.clear()
        gc.collect()  # what is left of threads lies in circles
        sizes.append(_held())
    tracemalloc.stop()
    assert 30 < lines <= 61
    assert min(sizes[-10:]) - min(sizes[20:-10]) < 10_000
    assert len(hand.files()) == 20


def test_whoever_is_killed_after_counting_a_file_neither_ships_nor_counts_it_again(hand, store, shipper, monkeypatch):
    hand.file(RECORD, "a.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("killed")))
        shipper.once()
    assert hand.files() == ["a.jsonl"]
    Shipper(hand.folder, "store", store).once()
    assert (hand.files(), store.asked, _ledger(hand)["files"]) == ([], ["a.jsonl"], 1)


def test_counters_that_a_power_loss_took_start_again_and_say_so(hand, shipper, caplog):
    hand.file(RECORD, "a.jsonl")
    (hand.folder / "fraud/shipper.json").write_bytes(b"\0" * 100)
    assert (shipper.once(), _ledger(hand)["files"]) == (True, 1)
    assert "counters start again" in caplog.text


def test_a_full_disk_under_the_journal_does_not_keep_files_from_leaving_it(hand, shipper, monkeypatch):
    hand.file(RECORD, "a.jsonl")
    hand.file(RECORD + b"{", "b.jsonl.open")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("kedge.service.capture.ledger.replaced", full)
        patch.setattr("kedge.service.capture.recovery._set_aside", full)
        assert not shipper.once()
    assert (list(_arrived()), hand.files()) == (["fraud/AllTraffic/2024/05/01/09/a.jsonl"], ["b.jsonl.open"])
    assert (shipper.once(), hand.files()) == (True, [])


def test_when_told_to_stop_it_begins_no_file_and_leaves_a_store_that_hangs(hand, store, shipper, monkeypatch):
    hangs, asked = Event(), Event()
    store.away = lambda _: asked.set() or hangs.wait(30)
    monkeypatch.setattr(shipping, "STOP_SECONDS", 0.2)
    shipper.uploads = 1
    for name in "ab":
        hand.file(RECORD, f"{name}.jsonl")
    threading.Thread(target=lambda: (asked.wait(), shipper.stop.set())).start()
    shipper.run(shipper.stop)
    assert (shipper.in_flight, store.asked, hand.files()) == (True, ["a.jsonl"], ["a.jsonl", "b.jsonl"])
    hangs.set()


def test_a_folder_that_is_taken_away_while_a_server_needs_it_is_made_again(tmp_path, monkeypatch):
    journal, mkdir = Journal(tmp_path / "fraud", 1, 60), Path.mkdir
    times = iter([True, True])

    def taken_away(folder, *given, **named):
        mkdir(folder, *given, **named)
        if folder.name == "09" and next(times, False):
            folder.rmdir()

    monkeypatch.setattr(Path, "mkdir", taken_away)
    journal.write("AllTraffic", "2024/05/01/09", [b"{}\n"])
    assert len(list(tmp_path.rglob("*.jsonl"))) == 1


def test_the_destination_is_tried_at_the_start_and_nothing_stays_there(shipper):
    shipper.check()
    assert (Path("store").is_dir(), _arrived()) == (True, {})


def test_a_destination_that_may_not_be_deleted_from_is_fine(shipper, monkeypatch):
    monkeypatch.setattr(Store, "delete", lambda *_: (_ for _ in ()).throw(InputError("Access denied.")))
    shipper.check()
    assert list(_arrived()) == [PROBE]


def test_a_destination_that_cannot_be_written_is_named_with_what_to_do(shipper):
    shipper.destination = "/proc/store"
    with pytest.raises(SettingError, match=r"^/proc/store: destination: Captures cannot .* Name a folder or a bucket"):
        shipper.check()


def test_a_journal_that_is_not_there_is_named(store):
    with pytest.raises(InputError, match=r"^nowhere: There is no such folder\. Name the folder"):
        Shipper(Path("nowhere"), "store", store).check()


def test_one_ships_at_a_time_and_the_other_says_who(hand):
    first, second = Turn(hand.folder), Turn(hand.folder)
    assert first.take(Event())
    assert not second.take(Event(), 0.2)
    assert second.holder().startswith("process ")
    first.close()
    assert second.take(Event(), 0.2)
