"""Nothing that a person wrote into a column can be read from what kedge keeps, where that is asked for."""

from pathlib import Path

import pytest

import kedge

TEXTS = ["alice", "bob", "carol", "x" * 300]
ROWS = [f"{i},{TEXTS[i % 4]}" for i in range(400)]


@pytest.fixture
def train() -> str:
    Path("train.csv").write_text("\n".join(["n,name", *ROWS]) + "\n")
    return "train.csv"


def test_no_text_is_in_any_file(train: str) -> None:
    kedge.baseline(train, raw_values=False).save("baseline")
    kedge.check(train, "baseline").save("report")
    kept = "".join(file.read_text() for folder in ("baseline", "report") for file in Path(folder).iterdir())
    assert [text for text in TEXTS if text[:200] in kept] == []


def test_a_hashed_baseline_is_compared_as_a_plain_one_is(train: str) -> None:
    Path("live.csv").write_text("\n".join(["n,name", *ROWS[:200], *["1,dave"] * 100]) + "\n")
    plain, hashed = (
        kedge.check("live.csv", kedge.baseline(train, raw_values=raw)).report.summary for raw in (True, False)
    )
    assert hashed.distances == plain.distances
    assert [f.constraint_check_type for f in hashed.findings] == [f.constraint_check_type for f in plain.findings]


def test_a_plain_baseline_judges_a_hashed_window(train: str) -> None:
    assert kedge.check(train, kedge.baseline(train), raw_values=False).violations == ()
