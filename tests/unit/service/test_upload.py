"""The upload, over a store that may fail and a clock that stands still."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local as Store
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import GroundTruth, LabelColumns
from kedge.errors import InputError
from kedge.service.upload import Upload

COLUMNS = LabelColumns("id", "y")


class Clock:
    def now(self):
        return datetime(2024, 5, 3, 8, 7, 6, 54321, UTC)


class Failing(Store):
    """A store that breaks off at the third file."""

    def __init__(self, error):
        self.left, self.error = 2, error

    def write(self, url, files):
        if not self.left:
            raise self.error
        self.left -= 1
        super().write(url, files)


def _upload(store):
    Path("a.csv").write_text("id,y\n" + "".join(f"{i},1\n" for i in range(25)))
    upload = Upload(Engine(Store()), store, Clock(), size=10)
    return upload(Dataset("a.csv"), COLUMNS, "labels/", lambda _: None)


def test_files_lie_in_the_hour_of_the_upload_and_none_replaces_another():
    done = [_upload(Store()) for _ in range(2)]
    written = sorted(map(str, Path("labels").rglob("*.jsonl")))
    assert written == sorted(name for upload in done for name in upload.files)
    assert [re.sub(r"[0-9a-f]{8}-[-0-9a-f]{27}", "UUID", name) for name in written] == [
        "labels/2024/05/03/08/07-06-054-UUID.jsonl"
    ] * 6


def test_every_label_bears_the_time_of_its_upload():
    done = _upload(Store())
    records = [GroundTruth.from_json(line) for name in done.files for line in Path(name).read_text().splitlines()]
    assert records == [GroundTruth(str(i), "1", upload_time="2024-05-03T08:07:06.054Z") for i in range(25)]
    assert (done.labels, done.reading.rows) == (25, 25)


ERRORS = {
    "store": (InputError("The store is full."), "The store is full."),
    "disk": (OSError(28, "No space left on device"), "No space left on device."),
    "person": (KeyboardInterrupt(), "Interrupted."),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_failure_half_way_says_what_arrived_and_what_to_do(name):
    error, said = ERRORS[name]
    with pytest.raises(InputError) as found:
        _upload(Failing(error))
    assert f"{said} Before, 2 files with 20 labels arrived. Upload all again:" in str(found.value)
    assert len(list(Path("labels").rglob("*.jsonl"))) == 2


def test_a_failure_at_the_first_file_is_told_as_it_is():
    store = Failing(OSError(28, "No space left on device"))
    store.left = 0
    with pytest.raises(OSError, match="No space"):
        _upload(store)
