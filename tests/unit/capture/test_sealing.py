"""What is sealed is read by the holder of the key, and by nobody else, and not after it was changed."""

from __future__ import annotations

from base64 import b64encode

import pytest

from kedge.capture.exchange import Exchange
from kedge.capture.sealing import fingerprint, opened, sealer
from kedge.errors import InputError, SettingError

LINES = [b'{"a": 1}', b'{"a": 2}', b'{"a": 3}']
SECRET = b64encode(b"k" * 32).decode()


@pytest.fixture
def key(tmp_path):
    (tmp_path / "key").write_text(SECRET + "\n")
    return f"file:{tmp_path / 'key'}"


def sealed(key: str, id: str = "file-1") -> bytes:
    file = sealer(key)(id)
    return b"\n".join([file.header, *map(file.seal, LINES)]) + b"\n"


def test_what_is_sealed_opens(key):
    assert opened(sealed(key), key).splitlines() == LINES


def test_a_key_in_the_environment_opens_what_one_in_a_file_sealed(key, monkeypatch):
    monkeypatch.setenv("CAPTURE_SECRET", SECRET)
    assert opened(sealed(key), "env:CAPTURE_SECRET").splitlines() == LINES


def test_nothing_of_a_record_and_nothing_of_the_key_is_in_the_file(key):
    content = sealed(key)
    assert not any(secret in content for secret in (b'"a"', b64encode(LINES[0]), SECRET.encode(), b"k" * 8))


def test_the_same_line_is_sealed_differently_each_time(key):
    assert len(set(sealed(key).splitlines() + sealed(key).splitlines())) == 8


def test_another_key_does_not_open_it_and_is_told(key, monkeypatch):
    monkeypatch.setenv("OTHER", b64encode(b"o" * 32).decode())
    with pytest.raises(InputError, match=f"another key, {fingerprint(b'k' * 32)}"):
        opened(sealed(key), "env:OTHER", "a.jsonl.enc")


def test_an_older_key_below_the_new_one_still_opens(key, tmp_path):
    content = sealed(key)
    (tmp_path / "key").write_text(f"{b64encode(b'n' * 32).decode()}\n{SECRET}\n")
    assert opened(content, key).splitlines() == LINES
    assert opened(sealed(key), key).splitlines() == LINES


@pytest.mark.parametrize("change", ["swapped", "repeated", "of another file", "a letter", "a letter of the header"])
def test_a_line_that_was_changed_or_moved_does_not_open(key, change):
    header, one, two, three = sealed(key).splitlines()
    changed = {
        "swapped": [header, two, one, three],
        "repeated": [header, one, one],
        "of another file": [header, sealed(key, "file-2").splitlines()[1]],
        "a letter": [header, one[:30] + (b"A" if one[30:31] != b"A" else b"B") + one[31:]],
        "a letter of the header": [header.replace(b"file-1", b"file-7"), one],
    }[change]
    with pytest.raises(InputError) as error:
        opened(b"\n".join(changed), key, "a.jsonl.enc")
    assert error.value.line in (2, 3)


def test_a_torn_line_costs_that_line_and_no_other(key):
    header, one, _, three = sealed(key).splitlines()
    assert opened(b"\n".join([header, one, b"", three, b""]), key).splitlines() == [LINES[0], LINES[2]]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"a": 1}\n{"a": 2}\n', b"[1]\n", b"\xff\n"])
def test_what_is_no_sealed_file_is_refused(key, content):
    with pytest.raises(InputError, match="does not start as a sealed file does"):
        opened(content, key, "a.jsonl.enc")


@pytest.mark.parametrize("text", ["", "short", "k" * 32, b64encode(b"k" * 31).decode(), "ß"])
def test_a_key_that_is_none_is_refused_and_never_told(tmp_path, text):
    (tmp_path / "key").write_text(text)
    with pytest.raises(SettingError) as error:
        sealer(f"file:{tmp_path / 'key'}")
    assert error.value.field == "key"
    assert not text or text not in str(error.value).replace("This is no key of", "")


@pytest.mark.parametrize("key", ["file:/nowhere", "env:NO_SUCH_NAME", "secret"])
def test_a_key_that_is_not_there_is_refused(key):
    with pytest.raises(SettingError) as error:
        sealer(key)
    assert error.value.field == "key"


def test_a_key_service_gives_the_key_and_takes_it_back(s3, monkeypatch):
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    assert opened(sealed(f"kms:{name}"), f"kms:{name}").splitlines() == LINES
    with pytest.raises(SettingError, match="does not give the key"):
        sealer("kms:no-such-key")


def test_a_recorder_with_a_key_writes_sealed_files_only(capture, tmp_path, key):
    made = capture(key=key)
    for _ in range(40):
        made.wants()
        made.record(Exchange(b"41,0.5", b"0.873\n", "text/csv", "text/csv"))
    made.close()
    (file,) = (tmp_path / "journal/fraud/files").rglob("*.*")
    assert file.name.endswith(".jsonl.enc")
    assert b"41,0.5" not in file.read_bytes()
    lines = opened(file.read_bytes(), key).splitlines()
    assert len(lines) == 40
    assert b"41,0.5" in lines[0]


def test_a_recorder_whose_key_is_not_there_is_not_made(capture):
    with pytest.raises(SettingError, match="There is no key"):
        capture(key="env:NO_SUCH_NAME")
