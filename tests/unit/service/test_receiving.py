"""Labels and captures that are sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge.adapters.stores.local import Local
from kedge.app import FixedClock
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.catalog import Endpoint
from kedge.domain.ground_truth import GroundTruth
from kedge.errors import InputError, SettingError
from kedge.service.receiving import Receiving

NOW = datetime(2026, 11, 1, 9, 58, 3, 123_000, tzinfo=UTC)
FRAUD = Endpoint(name="fraud", captures="captures", ground_truth="truth")


@pytest.fixture
def receiving():
    return Receiving(Local(), FixedClock(NOW))


def files(folder: str) -> dict[str, list[str]]:
    found = (path for path in Path(folder).rglob("*.jsonl"))
    return {path.parent.relative_to(folder).as_posix(): path.read_text("utf-8").splitlines() for path in found}


def capture(id: str, time: str) -> bytes:
    body = Payload("1,2", "CSV", "text/csv")
    return CaptureRecord(id, time, input=body, output=body).to_json().encode()


def test_labels_are_kept_below_the_hour_in_which_they_arrive(receiving):
    long = GroundTruth("b", "0,1", "CSV").to_json().encode()
    assert receiving.labels(FRAUD, b'{"id": "a", "label": 1}\n\n' + long) == 2
    (lines,) = (files("truth")["2026/11/01/09"],)
    found = [GroundTruth.from_json(line) for line in lines]
    assert [(one.id, one.data) for one in found] == [("a", "1"), ("b", "0,1")]
    assert {one.upload_time for one in found} == {"2026-11-01T09:58:03.123Z"}


def test_a_line_that_is_no_label_is_told_and_nothing_is_written(receiving):
    with pytest.raises(InputError, match="line 2: groundTruthData: this is not a ground-truth record") as error:
        receiving.labels(FRAUD, b'{"id": "a", "label": 1}\n{"id": "b"}')
    assert (error.value.line, files("truth")) == (2, {})


@pytest.mark.parametrize(
    "line", [b'{"id": 1, "label": 1}', b'{"id": "a", "label": null}', b'{"id": "a", "label": [1]}']
)
def test_a_short_label_has_a_text_and_a_value(receiving, line):
    with pytest.raises(InputError, match="an id is a text"):
        receiving.labels(FRAUD, line)


def test_an_endpoint_without_a_place_for_labels_takes_none(receiving):
    with pytest.raises(SettingError, match="ground_truth: The endpoint 'fraud' does not say"):
        receiving.labels(Endpoint(name="fraud", captures="captures"), b"{}")


def test_captures_are_kept_below_the_hour_of_their_inference(receiving):
    sent = b"\n".join(capture(id, f"2026-11-01T{hour}:10:00Z") for id, hour in (("a", "08"), ("b", "09"), ("c", "08")))
    assert receiving.captures(FRAUD, sent) == 3
    ids = {at: [CaptureRecord.from_json(line).event_id for line in some] for at, some in files("captures").items()}
    assert ids == {"fraud/AllTraffic/2026/11/01/08": ["a", "c"], "fraud/AllTraffic/2026/11/01/09": ["b"]}


def test_captures_that_are_sent_twice_are_kept_once(receiving):
    sent = capture("a", "2026-11-01T08:10:00Z")
    receiving.captures(FRAUD, sent)
    receiving.captures(FRAUD, sent)
    assert [len(lines) for lines in files("captures").values()] == [1]


def test_a_capture_without_a_time_is_refused(receiving):
    with pytest.raises(InputError, match=r"line 1: eventMetadata.inferenceTime: .* Nothing was written"):
        receiving.captures(FRAUD, capture("a", ""))
