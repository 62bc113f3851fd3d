"""The contract of an object store, over the folders of this machine and over a real S3 protocol server."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import boto3
import pytest
from moto.server import ThreadedMotoServer
from obstore.exceptions import GenericError

from kedge.adapters.stores.local import Local
from kedge.adapters.stores.remote import Remote, _explained
from kedge.errors import InputError, SettingError


@pytest.fixture(scope="module")
def s3():
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["path", "file", "s3"])
def store(request, tmp_path, monkeypatch):
    """A store and the URL of an empty place in it."""
    if request.param != "s3":
        return Local(), str(tmp_path / "place") if request.param == "path" else (tmp_path / "place").as_uri()
    endpoint = request.getfixturevalue("s3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    bucket = f"bucket-{abs(hash(request.node.name)) % 10**9}"
    client.create_bucket(Bucket=bucket)
    return Remote(), f"s3://{bucket}/place"


def test_what_is_written_is_listed_by_name_with_its_size(store):
    place, url = store
    place.write(url, {"b.json": b"22", "a.json": b"1"})
    assert [(e.url.rpartition("/")[2], e.size) for e in place.list(url)] == [("a.json", 1), ("b.json", 2)]


def test_what_is_written_can_be_read(store):
    place, url = store
    place.write(url, {"a.json": b"content"})
    assert place.read(f"{url}/a.json") == b"content"


def test_a_write_replaces_only_the_files_it_names(store):
    place, url = store
    place.write(url, {"a.json": b"old", "mine.txt": b"kept"})
    place.write(url, {"a.json": b"new"})
    assert (place.read(f"{url}/a.json"), place.read(f"{url}/mine.txt")) == (b"new", b"kept")


def test_a_write_that_breaks_off_leaves_the_old_files_or_takes_the_last_away(store):
    place, url = store
    place.write(url, dict.fromkeys(("a.json", "b.json", "last.json"), b"old"))
    with pytest.raises(Exception, match=r"object|Input"):
        place.write(url, {"a.json": b"new", "b.json": object(), "last.json": b"new"})
    left = {e.url.rpartition("/")[2]: place.read(e.url) for e in place.list(url)}
    assert "last.json" not in left or set(left.values()) == {b"old"}


def test_folders_are_listed_by_name_without_what_is_in_them(store):
    place, url = store
    for name in ("b/1/x.json", "a/2/y.json", "a/3/z.json", "c.json"):
        place.write(url, {name: b"1"})
    assert (place.folders(url), place.folders(f"{url}/a/"), place.folders(f"{url}/no")) == (["a", "b"], ["2", "3"], [])


def test_one_object_is_listed_by_its_own_url(store):
    place, url = store
    place.write(url, {"a.json": b"1", "a.json.bak": b"2"})
    assert [e.size for e in place.list(f"{url}/a.json")] == [1]


def test_an_empty_place_lists_nothing(store):
    place, url = store
    assert place.list(f"{url}/nothing") == []


def test_a_name_may_hold_what_means_something_in_a_web_address(store):
    place, url = store
    place.write(url, {"a#1?b=2.json": b"content"})
    (entry,) = place.list(url)
    assert place.read(entry.url) == b"content"


def test_a_url_without_a_bucket_is_refused_in_words():
    with pytest.raises(SettingError, match=r"s3:///folder: The URL names no bucket\. Give one: s3://bucket/folder\."):
        Remote().list("s3:///folder")


def test_a_file_url_without_a_whole_path_is_refused_and_not_taken_for_the_folder_here():
    Path("live.csv").write_text("x\n")
    with pytest.raises(SettingError, match=r"file://live\.csv: A file:// URL needs a whole path\."):
        Local().list("file://live.csv")


def test_a_staged_object_is_a_local_file(store, tmp_path):
    place, url = store
    place.write(url, {"a.csv": b"x\n1\n"})
    (entry,) = place.list(url)
    assert place.stage(entry, tmp_path / "stage").read_bytes() == b"x\n1\n"


@pytest.mark.parametrize(("size", "found"), [(3, b"con"), (7, b"content"), (100, b"content")])
def test_the_head_of_an_object_is_its_first_bytes_or_all_of_it(store, size, found):
    place, url = store
    place.write(url, {"a.json": b"content"})
    assert place.head(f"{url}/a.json", size) == found


def test_reading_what_is_not_there_names_the_url(store):
    place, url = store
    with pytest.raises(InputError, match=r"nothing\.json"):
        place.read(f"{url}/nothing.json")


def test_a_deleted_object_is_gone_and_deleting_again_is_quiet(store):
    place, url = store
    place.write(url, {"a.json": b"1"})
    place.delete(f"{url}/a.json")
    place.delete(f"{url}/a.json")
    assert place.list(url) == []


@pytest.mark.parametrize("store", ["s3"], indirect=True)
def test_a_bucket_that_is_not_there_is_said_to_be_missing(store):
    url = "s3://there-is-no-such-bucket/folder"
    for ask in (store[0].list, store[0].read, store[0].delete, lambda url: store[0].write(url, {"a.json": b"1"})):
        with pytest.raises(InputError, match=f"^{url}: There is no such bucket. Check the URL.$"):
            ask(url)


def test_an_answer_of_the_cloud_is_told_in_its_words_without_its_markup():
    answer = "<?xml?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    with pytest.raises(InputError, match=r"did not answer as expected: Access Denied\. Check"), _explained("s3://b"):
        raise GenericError(f"Generic S3 error: 403 Forbidden: {answer}")


def test_an_error_of_the_cloud_does_not_show_the_secret(store):
    place, url = store
    if url.startswith("s3"):
        with pytest.raises(InputError) as error:
            place.read("s3://there-is-no-such-bucket/a.json")
        assert "hidden" not in str(error.value)


def test_a_full_disk_leaves_the_old_files_whole(tmp_path, monkeypatch):
    Local().write(str(tmp_path), {"a.json": b"old", "b.json": b"old"})

    def full(target: Path, _: bytes) -> None:
        if target.name == "b.json":
            raise OSError(28, "No space left on device", str(target))
        target.write_bytes(b"new")

    monkeypatch.setattr("kedge.adapters.stores.local._write", full)
    with pytest.raises(OSError, match="No space"):
        Local().write(str(tmp_path), {"a.json": b"new", "b.json": b"new"})
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == {"a.json": b"old", "b.json": b"old"}


def test_a_write_that_breaks_off_between_two_names_takes_the_last_away(tmp_path):
    Local().write(str(tmp_path), {"a.json": b"old", "last.json": b"old"})
    (tmp_path / "b.json" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"b\.json"):
        Local().write(str(tmp_path), {"a.json": b"new", "b.json": b"new", "last.json": b"new"})
    assert not (tmp_path / "last.json").exists()


def test_what_a_killed_writer_left_is_nobodys(tmp_path):
    Local().write(str(tmp_path), {"a.json": b"{}"})
    (tmp_path / ".writing-x").mkdir()
    (tmp_path / ".writing-x/b.json").write_bytes(b"{")
    assert [entry.url for entry in Local().list(str(tmp_path))] == [str(tmp_path / "a.json")]


def test_a_folder_is_listed_while_others_write_into_it(tmp_path):
    stop = Event()

    def write() -> None:
        while not stop.is_set():
            Local().write(str(tmp_path / "folder"), {"a.json": b"{}", "b.json": b"{}"})

    writer = Thread(target=write)
    writer.start()
    try:
        assert all(len(Local().list(str(tmp_path))) <= 2 for _ in range(300))
    finally:
        stop.set()
        writer.join()
