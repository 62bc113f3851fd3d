"""A corpus of paths and URLs that lead out, or seem to lead elsewhere than they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedge.errors import NotAllowed, SettingError
from kedge.service.access.places import Places, exposed

REFUSED = (NotAllowed, SettingError)
# {} is the allowed folder; s3://models/fraud is allowed, too.
ESCAPES = (
    "",
    " ",
    "{}/..",
    "{}/../outside",
    "{}/a/../../outside",
    "{}/a/..",
    "{}/./../outside",
    "{}//../outside",
    "{}-other",
    "{}2/a",
    "../outside",
    "..",
    ".",
    "/",
    "//",
    "/etc/passwd",
    "//etc/passwd",
    "/./etc/passwd",
    "/proc/self/environ",
    "/dev/stdin",
    "~/.aws/credentials",
    "~root/.ssh/id_rsa",
    "{}/%2e%2e/outside",
    "{}/%2E%2E/outside",
    "{}/..%2foutside",
    "{}/..%2Foutside",
    "{}/.%2e/outside",
    "{}/%252e%252e/outside",
    "{}/..%5coutside",
    "{}/a%00.csv",
    "{}/a\0.csv",
    "{}/a\n/b",
    "{}/a\r",
    "{}/a\t",
    " {}/a",
    "{}/a ",
    "{}/..\\outside",
    "{}\\..\\outside",
    "\\\\host\\share\\a.csv",
    "\\etc\\passwd",
    "C:\\Windows\\win.ini",
    "C:/Windows/win.ini",
    "c:a.csv",
    "//host/share/a.csv",
    "\\\\?\\C:\\a.csv",
    "{}/．．/outside",
    "{}/‥/outside",
    "{}／..／outside",
    "{}/a\u202e.csv",
    "{}/a\u200b.csv",
    "{}/a\ud800.csv",
    "\ufeff{}/a.csv",
    "{}/link",
    "{}/link/secret.txt",
    "{}/deep/link-to-link/secret.txt",
    "{}/absolute",
    "{}/up",
    "{}/leaf.csv",
    "file:{}/a.csv",
    "file:/etc/passwd",
    "file://etc/passwd",
    "file://host{}/a.csv",
    "file://127.0.0.1/etc/passwd",
    "file:///etc/passwd",
    "file:////etc/passwd",
    "file://localhost/etc/passwd",
    "file://{}/../outside",
    "file://{}/%2e%2e/outside",
    "file://{}/..%2foutside",
    "file://{}/a.csv?x",
    "file://{}/a.csv#x",
    "file://user:password@localhost{}/a.csv",
    "FILE:///etc/passwd",
    "File://{}/a.csv",
    "http://models/fraud",
    "https://models/fraud",
    "ftp://models/fraud",
    "data:text/csv,a",
    "javascript:alert(1)",
    "jar:file:///a.jar!/b",
    "s3a://models/fraud",
    "hdfs://models/fraud",
    "memory://a",
    "abfss://models/fraud",
    "duckdb:a",
    "S3://models/fraud",
    "s3:models/fraud",
    "s3:/models/fraud",
    "s3:///models/fraud",
    "s3://",
    "s3://models",
    "s3://models/",
    "s3://models/fraud-2",
    "s3://models/Fraud",
    "s3://MODELS/fraud",
    "s3://models.example.org/fraud",
    "s3://models/fraud/../credit",
    "s3://models/fraud/./a",
    "s3://models/fraud//a",
    "s3://models//fraud/a",
    "s3://models/fraud/%2e%2e/credit",
    "s3://models/fraud/..%2fcredit",
    "s3://models/fraud\\..\\credit",
    "s3://models/credit",
    "s3://key:secret@models/fraud",
    "s3://key@models/fraud",
    "s3://models:443/fraud",
    "s3://../models/fraud",
    "s3://models/fraud?X-Amz-Signature=abc",
    "s3://models/fraud/a?token=abc",
    "s3:// models/fraud",
    "gs://models/fraud",
    "az://models/fraud",
    "s3://models/fraud/" + "a" * 1024,
)


@pytest.fixture
def places(tmp_path):
    """Allow one folder and one prefix; beside the folder lies what nobody should reach, and links lead there."""
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    for folder in (allowed / "a", allowed / "deep", outside, tmp_path / "allowed-other"):
        folder.mkdir(parents=True)
    (outside / "secret.txt").write_text("secret")
    (allowed / "a.csv").write_text("a\n1\n")
    (allowed / "link").symlink_to("../outside")
    (allowed / "deep/link-to-link").symlink_to("../link")
    (allowed / "absolute").symlink_to(outside)
    (allowed / "up").symlink_to("..")
    (allowed / "leaf.csv").symlink_to("../outside/secret.txt")
    (allowed / "inner").symlink_to("a")
    return Places.of(f"{allowed}, s3://models/fraud")


@pytest.mark.parametrize("written", ESCAPES, ids=ascii)
def test_what_leads_out_is_refused(places, written):
    with pytest.raises(REFUSED) as refused:
        places.check(written.replace("{}", places.allowed[0]), "url")
    assert refused.value.field == "url"
    assert refused.value.next_step


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "{}/",
        "{}/a.csv",
        "{}/a b/c:d@e.csv",
        "{}/not-there/yet.csv",
        "{}/..a/b..c",
        "{}/inner/a.csv",
        "{}/ä.csv",
        "file://{}/a.csv",
        "file://localhost{}/a.csv",
        "s3://models/fraud",
        "s3://models/fraud/",
        "s3://models/fraud/2026/11/a b=c.jsonl",
        "s3://models/fraud/a?b#c@d",
    ],
)
def test_what_lies_below_is_allowed(places, written):
    places.check(written.replace("{}", places.allowed[0]), "url")


def test_a_link_that_is_swapped_later_is_seen_when_it_is_used(places, tmp_path):
    inner = Path(places.allowed[0], "inner")
    assert places.holds(str(inner))
    inner.unlink()
    inner.symlink_to(tmp_path / "outside")
    assert not places.holds(str(inner))


def test_the_password_of_a_refused_url_is_not_shown(places):
    with pytest.raises(REFUSED) as refused:
        places.check("s3://key:canary-5ecre7@models/fraud", "url")
    assert "canary" not in str(refused.value)


def test_every_place_is_allowed_by_a_star():
    Places.of("*").check("../anything", "url")


def test_no_place_is_allowed_by_nothing():
    with pytest.raises(REFUSED, match="below nothing"):
        Places.of("").check("/srv/data", "url")


def test_places_of_a_workspace_narrow_those_of_the_server(places, tmp_path):
    narrow = places.narrowed([f"{places.allowed[0]}/a", "s3://models", "/etc"])
    assert narrow.allowed == (f"{places.allowed[0]}/a", "s3://models/fraud")
    assert places.narrowed([]) == places


@pytest.mark.parametrize("allowed", ["data", ".", "data/kedge.db"])
def test_places_that_hold_what_is_the_servers_own_are_refused(allowed):
    with pytest.raises(REFUSED, match=r"allowed_places: .*server's own"):
        exposed(Places.of(allowed), ["data/kedge.db"])
    exposed(Places.of("data/files"), ["data/kedge.db"])
