from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from kedge.endpoint.host import archive
from kedge.endpoint.host.archive import digest, unpacked
from kedge.errors import InputError

ARCHIVE = Path("model.tar.gz")


def _packed(*members: tarfile.TarInfo, content: bytes = b"") -> Path:
    with tarfile.open(ARCHIVE, "w:gz") as file:
        for member in members:
            file.addfile(member, io.BytesIO(content))
    return ARCHIVE


def _member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = size, kind, target
    return member


def test_an_archive_is_unpacked():
    unpacked(_packed(_member("code/inference.py", 5), content=b"a = 1"), Path("model"))
    assert Path("model/code/inference.py").read_text() == "a = 1"


@pytest.mark.parametrize(
    "member",
    [
        _member("../out"),
        _member("link", kind=tarfile.SYMTYPE, target="/etc/passwd"),
        _member("link", kind=tarfile.SYMTYPE, target="../../out"),
        _member("link", kind=tarfile.LNKTYPE, target="../out"),
        _member("device", kind=tarfile.CHRTYPE),
    ],
    ids=["path", "absolute link", "link", "hard link", "device"],
)
def test_an_archive_that_leads_out_of_its_folder_is_refused(member):
    with pytest.raises(InputError, match="Pack it anew"):
        unpacked(_packed(member), Path("inner/model"))
    assert not Path("inner/out").exists()


def test_an_absolute_path_stays_inside():
    unpacked(_packed(_member("/model.txt")), Path("model"))
    assert Path("model/model.txt").exists()


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="It holds more than"):
        unpacked(_packed(_member("a", 600), _member("b", 600), content=b"\0" * 600), Path("model"))
    assert not Path("model/b").exists()


def test_an_archive_of_too_many_files_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    with pytest.raises(InputError, match="more than 2 files"):
        unpacked(_packed(*(_member(name) for name in "abc")), Path("model"))


@pytest.mark.parametrize("keep", [0, 5, 60])
def test_an_archive_that_is_cut_off_is_refused(keep):
    content = _packed(_member("a", 100_000), content=bytes(range(256)) * 400).read_bytes()
    ARCHIVE.write_bytes(content[:keep])
    with pytest.raises(InputError, match="It cannot be unpacked"):
        unpacked(ARCHIVE, Path("model"))


def test_a_link_in_a_folder_becomes_the_file_that_it_leads_to():
    Path("given").mkdir()
    Path("weights.bin").write_text("1")
    Path("given/link.bin").symlink_to("../weights.bin")
    unpacked(Path("given"), Path("model"))
    assert not Path("model/link.bin").is_symlink()


def test_a_folder_that_holds_the_models_of_the_host_is_refused():
    Path("here/kedge-models").mkdir(parents=True)
    with pytest.raises(InputError, match="Give a folder without"):
        unpacked(Path("here"), Path("here/kedge-models/fraud/v1/model"))


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"nowhere\.onnx: .*Give an archive, a folder or a file"):
        digest(Path("nowhere.onnx"))


def test_what_tells_a_folder_from_another_is_its_content_and_its_names():
    for name, file in (("one", "a"), ("same", "a"), ("other", "b")):
        Path(name).mkdir()
        Path(name, file).write_text("1")
    assert digest(Path("one")) == digest(Path("same")) != digest(Path("other"))
