"""A setting of no use is refused by its name, and before anything is captured."""

from __future__ import annotations

import pytest

from kedge.capture.config import CaptureConfig, Settings
from kedge.errors import SettingError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endpoint", "../fraud"),
        ("endpoint", "a" * 64),
        ("endpoint", ".hidden"),
        ("variant", "a/b"),
        ("sampling_percentage", 101),
        ("sampling_percentage", -1),
        ("sampling_percentage", "20"),
        ("sampling_percentage", float("nan")),
        ("sample_by", "user"),
        ("capture_options", "Input"),
        ("capture_options", ["In"]),
        ("csv_content_types", ["text"]),
        ("json_content_types", [7]),
        ("errors", 1),
        ("max_body_bytes", 0),
        ("buffer_records", 0),
        ("file_seconds", 0),
        ("disk_share", 1.5),
        ("redact", "email"),
        ("ship", True),
        ("methods", "POST"),
        ("key", "secret"),
    ],
)
def test_a_bad_setting_names_itself(name, value, tmp_path):
    with pytest.raises(SettingError) as error:
        CaptureConfig(**{"endpoint": "fraud", "journal": tmp_path, name: value})
    assert error.value.field == name


def test_a_single_text_is_not_taken_letter_by_letter(tmp_path):
    with pytest.raises(SettingError, match="a list of texts: 'text/csv'"):
        CaptureConfig(endpoint="fraud", journal=tmp_path, csv_content_types="text/csv")


@pytest.mark.parametrize(
    ("given", "sides"),
    [
        (["Input"], {"Input"}),
        (["InputAndOutput"], {"Input", "Output"}),
        (["REQUEST", "RESPONSE"], {"Input", "Output"}),
        ([], set()),
    ],
)
def test_the_words_of_the_service_name_the_sides(given, sides):
    assert Settings(capture_options=given).sides == sides


def test_settings_change_by_name():
    assert Settings().changed({"sampling_percentage": 5}).sampling_percentage == 5


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'sampling_percentage'"):
        Settings().changed({"sample_percentage": 5})


def test_what_is_fixed_while_the_server_runs_cannot_be_changed():
    with pytest.raises(SettingError, match="What can change while a server runs"):
        Settings().changed({"journal": "/elsewhere"})
