"""From a request to the journal: what is kept, what is counted, and that nothing ever reaches the request."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import multiprocessing
import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from kedge.capture.config import CaptureConfig
from kedge.capture.exchange import Exchange
from kedge.capture.recorder import Capture
from kedge.errors import SettingError

ONE = Exchange(b"41,0.5", b"0.873\n", "text/csv", "text/csv; charset=utf-8", time=1714557483.0)
NAME = re.compile(r"fraud/files/AllTraffic/2024/05/01/09/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl")


def recorded(capture: Capture, *exchanges: Exchange) -> Capture:
    for exchange in exchanges:
        if capture.wants(exchange.inference_id):
            capture.record(exchange)
    assert capture.flush()
    return capture


def until(true, seconds: float = 10) -> bool:
    end = monotonic() + seconds
    while not true() and monotonic() < end:
        sleep(0.02)
    return bool(true())


def test_what_is_recorded_is_in_the_journal(capture, written):
    recorded(capture(), ONE._replace(inference_id="order-17", custom_attributes="a=b"))
    (record,) = written()
    assert (record.input.data, record.output.data) == ("41,0.5", "0.873\n")
    assert (record.inference_id, record.custom_attributes) == ("order-17", ("a=b",))
    assert record.inference_time == "2024-05-01T09:58:03Z"


def test_a_file_lies_in_the_hour_of_its_inferences_under_the_name_that_it_is_shipped_under(capture, tmp_path):
    recorded(capture(), ONE).close()
    (file,) = (tmp_path / "journal").rglob("*.jsonl")
    assert NAME.fullmatch(str(file.relative_to(tmp_path / "journal")))


def test_variants_and_hours_have_files_of_their_own(capture, tmp_path):
    later = ONE._replace(time=ONE.time + 3600)
    recorded(capture(), ONE, ONE._replace(variant="b"), later).close()
    folders = {str(file.parent.relative_to(tmp_path / "journal/fraud/files")) for file in tmp_path.rglob("*.jsonl")}
    assert folders == {"AllTraffic/2024/05/01/09", "b/2024/05/01/09", "AllTraffic/2024/05/01/10"}


def test_a_variant_that_is_no_name_of_a_folder_is_not_taken_as_one(capture, tmp_path):
    recorded(capture(), ONE._replace(variant="../../out")).close()
    assert {path.name for path in tmp_path.iterdir()} == {"journal"}
    assert (tmp_path / "journal/fraud/files/AllTraffic").is_dir()


def test_only_this_user_can_read_the_journal(capture, tmp_path):
    recorded(capture(), ONE).close()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "journal").rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "journal").rglob("*") if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_a_file_that_is_long_enough_is_closed_while_others_are_written(capture, tmp_path):
    recorded(capture(file_bytes=1000), *[ONE] * 200)
    assert len(list(tmp_path.rglob("*.jsonl"))) >= 2


def test_a_file_that_is_old_enough_is_closed_without_another_request(capture, tmp_path):
    recorded(capture(file_seconds=0.2), ONE)
    assert until(lambda: list(tmp_path.rglob("*.jsonl")))


def test_a_file_that_is_written_is_locked_and_one_that_is_closed_is_not(capture, tmp_path):
    made = recorded(capture(), ONE)
    (file,) = tmp_path.rglob("*.open")
    with file.open() as held, pytest.raises(BlockingIOError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    made.close()
    with next(tmp_path.rglob("*.jsonl")).open() as free:
        fcntl.flock(free, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_every_request_is_accounted_for(capture):
    made = recorded(capture(sampling_percentage=50), *[ONE] * 1000)
    counts = made.counts()
    assert counts.seen == 1000 == counts.sampled_out + counts.journalled
    assert 400 < counts.journalled < 600


def test_by_the_hash_of_an_id_the_same_requests_are_taken_again(capture, written):
    requests = [ONE._replace(inference_id=f"order-{n % 100}") for n in range(300)]
    recorded(capture(sampling_percentage=20, sample_by="inference_id"), *requests)
    taken = [record.inference_id for record in written()]
    assert 0 < len(set(taken)) < 100
    assert all(taken.count(id) == 3 for id in taken)


def test_a_full_buffer_drops_and_counts(capture, monkeypatch, caplog):
    made = capture(buffer_records=5)
    monkeypatch.setattr(made, "_start", lambda: None)
    with caplog.at_level(logging.WARNING):
        for _ in range(8):
            assert made.wants()
            made.record(ONE)
    assert made.counts().dropped == {"buffer_full": 3}
    assert caplog.text.count("buffer_full") == 1


def test_the_buffer_is_bounded_in_bytes_too(capture, monkeypatch):
    made = capture(buffer_bytes=12_000)
    monkeypatch.setattr(made, "_start", lambda: None)
    for _ in range(3):
        made.record(ONE._replace(request=b"1" * 4000))
    assert made.counts().dropped == {"buffer_full": 1}


def test_a_body_over_the_cap_is_dropped_and_counted(capture, written):
    made = recorded(capture(max_body_bytes=10), ONE, ONE._replace(request=b"1" * 11))
    assert (len(written()), made.counts().dropped) == (1, {"body_too_large": 1})


def test_a_disk_above_its_share_drops_and_counts(capture, written):
    made = capture(disk_share=0.0)
    recorded(made, ONE)
    assert until(lambda: not made.wants())
    recorded(made, ONE)
    assert made.counts().dropped["disk_share"] >= 2
    made.close()


def test_a_write_that_fails_leaves_nothing_of_itself_and_the_next_one_succeeds(capture, written, monkeypatch):
    made, write, called = recorded(capture(), ONE), os.writev, []

    def becomes_full(fd, lines):
        called.append(fd)
        if len(called) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, [b"".join(lines)[:100]])

    monkeypatch.setattr("kedge.capture.journal.os.writev", becomes_full)
    recorded(made, ONE)
    monkeypatch.setattr("kedge.capture.journal.os.writev", write)
    recorded(made, ONE)
    assert (len(written()), made.counts().dropped) == (2, {"journal_failed": 1})


def test_a_journal_that_is_taken_away_costs_records_and_nothing_else(capture, tmp_path):
    made = recorded(capture(file_seconds=0.001), ONE)
    assert until(lambda: list(tmp_path.rglob("*.jsonl")))
    (tmp_path / "journal").rename(tmp_path / "gone")
    (tmp_path / "journal").write_text("a file")
    recorded(made, ONE, ONE)
    assert made.counts().dropped == {"journal_failed": 2}


def test_a_defect_of_ours_is_counted_and_logged_and_the_next_record_is_written(capture, written, monkeypatch, caplog):
    made = capture()
    monkeypatch.setattr("kedge.capture.writer.seen", lambda *_: 1 / 0)
    recorded(made, ONE)
    monkeypatch.undo()
    recorded(made, ONE)
    assert (made.counts().dropped, len(written())) == ({"defect": 1}, 1)
    assert "ZeroDivisionError" in caplog.text


def test_what_a_hook_returns_is_what_is_written(capture, written):
    recorded(capture(redact=lambda record: replace(record, inference_id=None)), ONE._replace(inference_id="order-17"))
    assert written()[0].inference_id is None


def test_a_hook_may_leave_a_record_out(capture, written):
    made = recorded(capture(redact=lambda _: None), ONE)
    assert (written(), made.counts().skipped) == ([], {"redacted": 1})


def test_what_a_hook_fails_on_never_touches_the_disk_nor_the_log(capture, tmp_path, caplog):
    def fails(record):
        raise ValueError(f"secret {record.input.data}")

    made = recorded(capture(redact=fails), ONE)
    made.close()
    assert made.counts().dropped == {"redact_failed": 1}
    files = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any("41,0.5" in text or "secret" in text for text in [*files, caplog.text])


@pytest.fixture
def _looks_often(monkeypatch):
    """Have recorders look for changes all the time, and not every second."""
    monkeypatch.setattr("kedge.capture.recorder.LOOK_SECONDS", 0.05)


@pytest.mark.usefixtures("_looks_often")
def test_settings_change_without_a_restart(capture, tmp_path):
    made = recorded(capture(), ONE)
    (tmp_path / "journal/fraud/settings.json").write_text('{"enabled": false}')
    assert until(lambda: not made.wants())
    (tmp_path / "journal/fraud/settings.json").unlink()
    assert until(lambda: made.wants())


@pytest.mark.usefixtures("_looks_often")
def test_a_recorder_that_starts_switched_off_can_be_switched_on(capture, tmp_path):
    made = capture(enabled=False)
    assert not made.wants()
    (tmp_path / "journal/fraud/settings.json").write_text('{"enabled": true}')
    assert until(lambda: made.settings.enabled)
    assert made.wants()
    assert made.counts().seen == 1


@pytest.mark.usefixtures("_looks_often")
@pytest.mark.parametrize("text", ["{", "[]", '{"sample": 1}', '{"sampling_percentage": 300}', "1"])
def test_changed_settings_of_no_use_are_counted_and_those_before_stay(capture, tmp_path, text):
    made = recorded(capture(sampling_percentage=100), ONE)
    (tmp_path / "journal/fraud/settings.json").write_text(text)
    assert until(lambda: made.counts().remarked["bad_settings"])
    assert made.settings.sampling_percentage == 100


def test_what_a_process_counts_can_be_read_beside_it(capture, tmp_path):
    made = recorded(capture(), ONE, ONE)
    made.close()
    (file,) = (tmp_path / "journal/fraud/processes").glob("*.json")
    told = json.loads(file.read_text())
    assert (told["pid"], told["buffered"], told["counts"]["journalled"]) == (os.getpid(), 0, 2)


def test_the_counters_as_prometheus_reads_them(capture):
    made = recorded(capture(), ONE)
    made.count("broken_off")
    text = made.prometheus()
    assert 'kedge_capture_journalled_total{endpoint="fraud"} 1\n' in text
    assert 'kedge_capture_skipped_total{endpoint="fraud",reason="broken_off"} 1\n' in text


def test_a_fork_goes_on_with_a_journal_of_its_own(capture, tmp_path, written):
    made = recorded(capture(), ONE)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=lambda: (recorded(made, ONE, ONE), made.close()))
    child.start()
    child.join(20)
    recorded(made, ONE)
    made.close()
    assert child.exitcode == 0
    assert (len(written()), len(list(tmp_path.rglob("*.jsonl"))), made.counts().journalled) == (4, 2, 2)


def test_records_of_many_threads_arrive_once_each(capture, written):
    made = capture()

    def send(number):
        for n in range(200):
            made.wants()
            made.record(ONE._replace(inference_id=f"{number}-{n}"))

    threads = [Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.flush()
    ids = [record.inference_id for record in written()]
    assert len(ids) == len(set(ids)) == 1600 == made.counts().journalled


def test_what_was_recorded_before_the_end_of_the_process_is_written(tmp_path):
    code = f"""
from kedge.capture import Capture, CaptureConfig, Exchange
capture = Capture(CaptureConfig(endpoint="fraud", journal={str(tmp_path / "journal")!r}))
for _ in range(500):
    capture.wants(); capture.record(Exchange(b"1", b"2", "text/csv", "text/csv"))
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    (file,) = tmp_path.rglob("*.jsonl")
    assert len(file.read_bytes().splitlines()) == 500


def test_a_journal_stays_where_it_was_made_though_the_server_goes_elsewhere(tmp_path, monkeypatch):
    capture = Capture(CaptureConfig(endpoint="fraud", journal="journal", disk_share=1))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    recorded(capture, ONE).close()
    assert len([*(tmp_path / "journal").rglob("*.jsonl")]) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_journal_that_cannot_be_written_is_refused_at_once(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(SettingError, match="cannot be written"):
        Capture(CaptureConfig(endpoint="fraud", journal=tmp_path / "journal"))


def test_a_journal_that_is_a_file_is_refused_at_once(tmp_path):
    Path(tmp_path / "journal").write_text("")
    with pytest.raises(SettingError) as error:
        Capture(CaptureConfig(endpoint="fraud", journal=tmp_path / "journal"))
    assert error.value.field == "journal"
