"""Settings that change while servers run."""

from __future__ import annotations

import json

import pytest

from kedge.capture import Capture, CaptureConfig
from kedge.errors import InputError, SettingError
from kedge.service.capture.change import change


@pytest.fixture
def changed(hand):
    """Change settings of an endpoint that is there."""
    (hand.folder / "fraud/files").mkdir(parents=True)
    return lambda reset=False, **values: change(hand.folder, "fraud", values, reset=reset)


def test_what_was_changed_earlier_stays(hand, changed):
    changed(sampling_percentage=10.0)
    assert changed(enabled=False) == ({"sampling_percentage": 10.0}, {"sampling_percentage": 10.0, "enabled": False})
    assert json.loads((hand.folder / "fraud/settings.json").read_text()) == {
        "sampling_percentage": 10.0,
        "enabled": False,
    }


def test_a_reset_takes_back_what_was_changed_earlier(hand, changed):
    changed(sampling_percentage=10.0)
    assert changed(reset=True, enabled=False)[1] == {"enabled": False}
    changed(reset=True)
    assert not (hand.folder / "fraud/settings.json").exists()


def test_a_server_takes_over_what_was_changed(hand, changed):
    changed(sampling_percentage=10.0, capture_options=["Output"])
    now = Capture(CaptureConfig(endpoint="fraud", journal=hand.folder)).settings
    assert (now.sampling_percentage, now.capture_options) == (10.0, ("Output",))


def test_a_value_of_no_use_changes_nothing(hand, changed):
    with pytest.raises(SettingError, match=r"^sampling_percentage: This is not 0 to 100: 200"):
        changed(sampling_percentage=200)
    assert not (hand.folder / "fraud/settings.json").exists()


def test_an_endpoint_that_is_not_there_is_named_beside_those_that_are(hand, changed):
    with pytest.raises(InputError, match=r"Did you mean 'fraud'\? Known here: fraud\."):
        change(hand.folder, "frud", {"enabled": True}, reset=False)
