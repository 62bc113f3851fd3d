"""What is written appears whole: the file that a reader asks for first comes last."""

from __future__ import annotations

from pathlib import Path

import pytest

import kedge
from kedge.app import Stores, jobs
from kedge.domain import wire
from kedge.errors import InputError
from kedge.settings import load


@pytest.fixture
def kept():
    """Return what saves a baseline, and what saves a report."""
    Path("train.csv").write_text("n,c\n" + "1,a\n2,b\n" * 50)
    learned = kedge.baseline("train.csv")
    return {"baseline": learned.save, "report": kedge.check("train.csv", learned).save}


@pytest.mark.parametrize(
    ("what", "load_one"), [("baseline", lambda shelf: shelf.load_baseline), ("report", lambda shelf: shelf.load_report)]
)
def test_what_lacks_only_its_last_file_is_not_there(kept, monkeypatch, what, load_one):
    write = Stores.write
    monkeypatch.setattr(Stores, "write", lambda s, url, files: write(s, url, dict(list(files.items())[:-1])))
    kept[what](what)
    with pytest.raises(InputError, match=f"There is no {what} here"):
        load_one(jobs(load()[0]).shelf)(what)


def test_a_report_is_six_files(kept, tmp_path):
    kept["report"]("report")
    names = {name for key, name in vars(wire).items() if key.endswith("_FILE")} - {
        wire.CORRECTIONS_FILE,
        wire.ANALYSIS_FILE,
        wire.RECENT_FILE,
    }
    assert {file.name for file in (tmp_path / "report").iterdir()} == names
