"""A story: captures are sealed in the server and on the way, and a monitor with the key reads them as any others."""

from __future__ import annotations

from base64 import b64encode

import pytest

import kedge
from kedge.capture import Capture, CaptureConfig, Exchange
from kedge.errors import InputError


@pytest.fixture
def sealed(tmp_path):
    """A journal of sealed captures, and where its key is."""
    (tmp_path / "key").write_text(b64encode(b"k" * 32).decode())
    key = f"file:{tmp_path / 'key'}"
    capture = Capture(CaptureConfig(endpoint="fraud", journal=tmp_path / "journal", key=key))
    for n in range(300):
        capture.wants()
        capture.record(Exchange(f"{n % 7},{n % 50}".encode(), b"1\n", "text/csv", "text/csv"))
    capture.close()
    return tmp_path / "journal/fraud/files", key


def test_a_monitor_with_the_key_reads_them(sealed, monkeypatch):
    folder, key = sealed
    monkeypatch.setenv("KEDGE_CAPTURE_KEY", key)
    assert kedge.baseline(folder).statistics.dataset.item_count == 300


def test_a_monitor_without_it_says_what_to_set(sealed):
    with pytest.raises(InputError, match="KEDGE_CAPTURE_KEY=file:PATH"):
        kedge.baseline(sealed[0])
