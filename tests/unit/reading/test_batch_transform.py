"""Batch-transform captures: requests beside responses, through manifests in local folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.domain.dataset import Dataset, Expectation
from kedge.domain.window import Window, parse_time
from kedge.errors import DocumentError, InputError

DATA = {"in/part.csv": "1,2\n3,4\n", "out/part.csv.out": "0.5\n0.25\n"}
HOUR = "2024/05/01/09"
KNOWN = Expectation(("y", "a", "b"))


@pytest.fixture
def captured(tmp_path) -> Path:
    """A folder that holds input/ and output/, with manifests for one hour."""
    for name, text in DATA.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    for side, (name, *_) in zip(("input", "output"), (n.split("/")[::-1] for n in DATA), strict=True):
        folder = tmp_path / "capture" / side / HOUR
        folder.mkdir(parents=True)
        prefix = f"{tmp_path}/{'in' if side == 'input' else 'out'}/"
        (folder / "x.json").write_text(json.dumps([{"prefix": prefix}, name]))
    return tmp_path / "capture"


def _rows(url: str, **options: object):
    (profile,), _ = Engine(Local()).profile(Dataset(url, header=False, **options), KNOWN, lambda _: None)
    return {name: feature.moments.sum for name, feature in profile.features.items()}


def test_requests_stand_beside_their_responses(captured):
    assert _rows(str(captured)) == {"y": 0.75, "a": 4, "b": 6}


def test_requests_alone_take_the_last_names(captured):
    for file in captured.rglob("output/**/*.json"):
        file.unlink()
    (profile,), reading = Engine(Local()).profile(Dataset(str(captured), header=False), KNOWN, lambda _: None)
    assert {name: feature.moments.sum for name, feature in profile.features.items()} == {"a": 4, "b": 6}
    assert reading.notes == ["The request alone was captured, so it takes the last of the baseline's names."]


def test_the_sides_are_known_by_a_relative_path(captured, monkeypatch):
    monkeypatch.chdir(captured)
    assert _rows(".") == {"y": 0.75, "a": 4, "b": 6}


def test_a_folder_further_up_that_is_called_output_says_nothing(captured):
    moved = captured.parent / "output"
    captured.rename(moved)
    assert _rows(str(moved)) == {"y": 0.75, "a": 4, "b": 6}


def test_manifests_of_the_next_hour_are_not_of_the_window(captured):
    window = Window(parse_time("2024-05-01T08:00"), parse_time("2024-05-01T09:00"))
    with pytest.raises(InputError, match="No hour folder lies in the window"):
        _rows(str(captured), window=window)


@pytest.mark.parametrize(
    "text", ['[{"prefix": "s3://"}, 1]', '[{"prefix": 1}, "a"]', '["a"]', "[]", "{}", "[", "[" * 9999]
)
def test_a_manifest_that_is_none_is_refused_in_words(captured, text):
    (captured / "input" / HOUR / "x.json").write_text(text)
    with pytest.raises(DocumentError, match=r"x\.json: This is not a batch-transform manifest\. A manifest reads"):
        _rows(str(captured), format="batch")
