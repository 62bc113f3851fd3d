"""How a body becomes the text of a record (data-capture.md, 1.2)."""

from __future__ import annotations

import gzip
import zlib
from base64 import b64decode, b64encode

import pytest

from kedge.capture.config import Settings
from kedge.capture.content import Content, TooLong, content

DEFAULTS = Settings()


@pytest.mark.parametrize(
    ("type", "encoding"),
    [
        ("text/csv", "CSV"),
        ("text/csv; charset=utf-8", "CSV"),
        ("TEXT/CSV", "CSV"),
        ("application/json", "JSON"),
        ("application/jsonlines", "JSON"),
        ("text/html", "BASE64"),
        ("", "BASE64"),
    ],
)
def test_the_content_type_decides_the_encoding(type, encoding):
    assert content(b"1", type, "", DEFAULTS).encoding == encoding


def test_without_lists_all_is_base64():
    bare = Settings(csv_content_types=(), json_content_types=())
    assert content(b"1,2\n", "text/csv", "", bare) == Content(b64encode(b"1,2\n").decode(), "BASE64")


def test_the_newline_at_the_end_is_kept():
    assert content(b"0.873\n", "text/csv", "", DEFAULTS).data == "0.873\n"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_gzip_is_unpacked(coding):
    assert content(gzip.compress(b"1,2"), "text/csv", coding, DEFAULTS) == Content("1,2", "CSV")


def test_several_gzips_in_a_row_are_one_body():
    assert content(gzip.compress(b"1,") + gzip.compress(b"2"), "text/csv", "gzip", DEFAULTS).data == "1,2"


@pytest.mark.parametrize("packed", [zlib.compress(b"1,2"), zlib.compress(b"1,2")[2:-4]])
def test_both_kinds_of_deflate_are_unpacked(packed):
    assert content(packed, "text/csv", "deflate", DEFAULTS).data == "1,2"


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "gzip, br"])
def test_what_cannot_be_unpacked_is_kept_as_it_came(coding):
    found = content(b"\x1f\x8bnot gzip", "text/csv", coding, DEFAULTS)
    assert (b64decode(found.data), found.encoding, found.remarks) == (b"\x1f\x8bnot gzip", "BASE64", ("undecodable",))


def test_gzip_that_breaks_off_is_kept_as_it_came():
    assert content(gzip.compress(b"1,2" * 99)[:-9], "text/csv", "gzip", DEFAULTS).remarks == ("undecodable",)


def test_a_small_body_that_unpacks_to_a_giant_is_left_out():
    bomb = gzip.compress(b"0" * 50_000_000)
    with pytest.raises(TooLong):
        content(bomb, "text/csv", "gzip", DEFAULTS)


@pytest.mark.parametrize(("bytes", "fits"), [(10, True), (11, False)])
def test_the_limit_is_the_last_length_that_fits(bytes, fits):
    small = Settings(max_body_bytes=10)
    if fits:
        assert content(b"1" * bytes, "text/csv", "", small).data == "1" * bytes
    else:
        with pytest.raises(TooLong):
            content(b"1" * bytes, "text/csv", "", small)


def test_a_charset_is_heeded():
    assert content("é".encode("latin-1"), "text/csv; charset=latin-1", "", DEFAULTS).data == "é"


@pytest.mark.parametrize("type", ["text/csv", "text/csv; charset=utf-8", "text/csv; charset=no-such"])
def test_what_is_not_in_its_charset_is_kept_in_base64(type):
    assert content(b"\xff\xfe", type, "", DEFAULTS) == Content(b64encode(b"\xff\xfe").decode(), "BASE64", ("not_text",))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1', b"hello"])
def test_a_body_that_is_called_json_and_is_not_is_kept_and_told(body):
    assert content(body, "application/json", "", DEFAULTS) == Content(body.decode(), "JSON", ("not_json",))


@pytest.mark.parametrize("body", [b' {"a": 1}\n', b"[1]", b"-1", b"null", b'"a"', b'{"a": 1}\n{"a": 2}\n'])
def test_json_is_taken_as_json(body):
    assert content(body, "application/json", "", DEFAULTS).remarks == ()
