"""What a process left open when it died is shipped up to its last whole line."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.service.capture.ledger import Book
from kedge.service.capture.recovery import forget, mended, records, recover

LINES = [json.dumps({"captureData": {}, "n": n, "text": "é{}[]\\ " * n}, ensure_ascii=False) for n in range(4)]
WHOLE = "".join(f"{line}\n" for line in LINES).encode()
SEALED = b'{"kedge":"sealed-lines-1"}\nAAAA\nBBBB\nCCCC\n'


@pytest.fixture
def recovered(hand):
    """Recover an ``.open`` file with this content; return its folder's files and the shipper's counters."""

    def recovered(data: bytes, suffix: str = ".jsonl"):
        path = hand.file(data, f"58-03-123-{uuid4()}{suffix}.open")
        book = Book(hand.folder / "fraud", "store")
        recover(path, f"files/{path.name}", hand.folder / "fraud", book)
        return {p.name.partition(".")[2]: p.read_bytes() for p in path.parent.iterdir()}, book.ledger

    return recovered


@pytest.mark.parametrize("cut", range(len(WHOLE) + 1))
def test_a_file_cut_at_any_byte_keeps_its_whole_lines_and_sets_the_rest_aside(cut):
    whole, torn = mended(WHOLE[:cut], sealed=False)
    ends = [len("".join(f"{line}\n" for line in LINES[:n]).encode()) for n in range(5)]
    kept = max(end for end in ends if end <= cut + 1)  # a line that lacks nothing but its newline is whole
    assert whole == WHOLE[:kept]
    assert b"".join(torn) == (WHOLE[kept:cut] if kept <= cut else b"")


@pytest.mark.parametrize("cut", range(len(SEALED) + 1))
def test_a_sealed_file_keeps_the_lines_that_have_their_newline(cut):
    whole, _ = mended(SEALED[:cut], sealed=True)
    assert whole == (SEALED[:cut].rpartition(b"\n")[0] + b"\n" if b"\n" in SEALED[:cut] else b"")


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, len(WHOLE)))
def test_zeros_that_a_power_loss_left_take_the_lines_they_touch_and_no_other(start, length):
    broken = bytearray(WHOLE)
    end = min(start + length, len(WHOLE))
    broken[start:end] = bytes(end - start)
    whole, torn = mended(bytes(broken), sealed=False)
    lines, left = [line.encode() for line in LINES], whole.splitlines()
    untouched = [line for line in bytes(broken).splitlines() if line in lines]
    assert left == untouched
    assert b"\0" not in whole
    assert len(left) + len(torn) >= 1


def test_a_sealed_line_that_is_broken_leaves_its_place_since_the_others_are_bound_to_their_number():
    whole, torn = mended(SEALED.replace(b"BBBB", b"B\0\0B"), sealed=True)
    assert (whole, torn) == (SEALED.replace(b"BBBB", b""), [b"B\0\0B"])
    assert records(whole, sealed=True) == 2


def test_without_its_header_nothing_of_a_sealed_file_can_be_read():
    data = b"\0" * 20 + b"\nAAAA\nBBBB\n"
    assert mended(data, sealed=True) == (b"", [b"\0" * 20, b"AAAA", b"BBBB"])


def test_a_torn_file_is_closed_and_its_torn_line_is_kept_aside(hand, recovered):
    files, ledger = recovered(WHOLE + b'{"captu')
    (aside,) = (hand.folder / "fraud/torn").iterdir()
    assert files == {"jsonl": WHOLE}
    assert (aside.read_bytes(), ledger.recovered, ledger.torn) == (b'{"captu', 1, 1)


def test_a_file_that_lost_lines_in_its_middle_is_written_anew(recovered):
    files, ledger = recovered(WHOLE.replace(b'"n": 1', b'"n\0\0\0'))
    assert files == {"jsonl": WHOLE.replace(LINES[1].encode() + b"\n", b"")}
    assert ledger.torn == 1


@pytest.mark.parametrize("data", [b"", b'{"captu'])
def test_a_file_without_a_record_is_deleted(recovered, data):
    assert recovered(data)[0] == {}


def test_a_sealed_file_with_nothing_but_its_header_is_deleted(recovered):
    assert recovered(SEALED.partition(b"\n")[0] + b"\n", ".jsonl.enc")[0] == {}


def test_a_file_whose_process_lives_is_left_alone(hand):
    path = hand.file(b"{", f"{uuid4()}.jsonl.open")
    hand.hold(path)
    recover(path, path.name, hand.folder / "fraud", Book(hand.folder / "fraud", "store"))
    assert path.read_bytes() == b"{"


def test_a_file_that_is_closed_while_it_is_looked_at_is_left_alone(hand, monkeypatch):
    path = hand.file(WHOLE + b"{", f"{uuid4()}.jsonl.open")
    closed = path.with_suffix("")

    def closes_first(*_: object) -> None:
        if path.exists():
            path.rename(closed)

    monkeypatch.setattr("kedge.service.capture.recovery.fcntl.flock", closes_first)
    recover(path, path.name, hand.folder / "fraud", Book(hand.folder / "fraud", "store"))
    assert closed.read_bytes() == WHOLE + b"{"


def test_a_name_that_has_come_to_another_file_is_left_alone(hand, monkeypatch):
    path = hand.file(WHOLE + b"{", f"{uuid4()}.jsonl.open")
    other = hand.file(WHOLE + b"[", "other")
    monkeypatch.setattr("kedge.service.capture.recovery.fcntl.flock", lambda *_: other.exists() and other.replace(path))
    recover(path, path.name, hand.folder / "fraud", Book(hand.folder / "fraud", "store"))
    assert path.read_bytes() == WHOLE + b"["


def test_a_file_that_was_being_made_is_deleted_unless_its_process_lives(hand):
    dead, living = (hand.file(b"", f"{uuid4()}.jsonl.new") for _ in range(2))
    hand.hold(living)
    for path in (dead, living):
        forget(path)
    assert hand.files() == [living.name]


@pytest.mark.parametrize("step", ["_set_aside", "_replace"])
def test_who_goes_on_after_a_kill_counts_a_file_once(hand, monkeypatch, step):
    path = hand.file(WHOLE + b"{", f"{uuid4()}.jsonl.open")
    folder = hand.folder / "fraud"
    with monkeypatch.context() as patch:
        patch.setattr(f"kedge.service.capture.recovery.{step}", _killed)
        with pytest.raises(KeyboardInterrupt):
            recover(path, "files/x", folder, Book(folder, "store"))
    recover(path, "files/x", folder, book := Book(folder, "store"))
    assert (book.ledger.recovered, book.ledger.torn, hand.files()) == (1, 1, [path.with_suffix("").name])


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
