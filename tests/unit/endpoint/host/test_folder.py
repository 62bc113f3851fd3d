from __future__ import annotations

from pathlib import Path

import pytest

from kedge.endpoint.host import changes
from kedge.endpoint.host.changes import Change
from kedge.endpoint.host.folder import Folder
from kedge.errors import DocumentError, InputError, SettingError

MODEL = Path("model.onnx")


@pytest.fixture
def folder(monkeypatch):
    """Return a folder whose models are not tried."""
    MODEL.write_bytes(b"1")
    monkeypatch.setattr(changes, "tried", lambda *_: {"kind": "ONNX", "warning": "careful"})
    return Folder(Path("models"), "fraud")


def _deployed(folder: Folder, **options):
    return Change(folder, "kedge model deploy").deploy(
        MODEL, **{"variant": None, "percent": None, "trust": False} | options
    )


def test_a_version_is_kept_with_its_model_and_where_it_came_from(folder):
    version, warning = _deployed(folder)
    assert (folder.model("v1") / "model.onnx").read_bytes() == b"1"
    assert (version.variant, version.kind, version.command, warning) == ("v1", "ONNX", "kedge model deploy", "careful")
    assert folder.known().versions == (version,)


def test_only_the_owner_can_look_into_the_folder(folder):
    _deployed(folder)
    assert {oct(path.stat().st_mode & 0o777) for path in (folder.path, folder.path / "v1")} == {"0o700"}


def test_a_model_that_does_not_load_leaves_nothing(folder, monkeypatch):
    def fails(*_):
        raise InputError("broken")

    monkeypatch.setattr(changes, "tried", fails)
    with pytest.raises(InputError, match="broken"):
        _deployed(folder)
    assert [path.name for path in folder.path.iterdir()] == ["change.lock"]


def test_what_a_killed_command_left_is_cleared_away(folder):
    (folder.path / ".adding-1").mkdir(parents=True)
    (folder.path / "v1/model").mkdir(parents=True)
    _deployed(folder)
    assert sorted(path.name for path in folder.path.iterdir()) == ["change.lock", "v1", "versions.json"]
    assert (folder.model("v1") / "model.onnx").exists()


def test_a_name_that_is_taken_is_refused_before_anything_is_unpacked(folder):
    _deployed(folder, variant="v1")
    with pytest.raises(SettingError, match="There is a variant v1 already"):
        _deployed(folder, variant="v1")
    assert (folder.model("v1") / "model.onnx").exists()


@pytest.mark.parametrize("text", ["", "{", '{"endpoint": 3}', '{"endpoint": "fraud", "other": 1}'])
def test_a_damaged_document_is_named(folder, text):
    folder.path.mkdir(parents=True)
    (folder.path / "versions.json").write_text(text)
    with pytest.raises(DocumentError, match=r"versions\.json"):
        folder.read()


def test_one_host_at_a_time(folder):
    with folder.hosting():
        assert folder.hosted
        with pytest.raises(SettingError, match="Another host serves fraud"), folder.hosting():
            pass
    assert not folder.hosted


def test_a_host_that_has_ended_says_nothing(folder):
    with folder.hosting():
        folder.tell({"change": 0})
        assert folder.told() == {"change": 0}
    assert folder.told() == {}
