"""Of hour folders only those of the window are looked into."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.adapters.stores.local import Local
from kedge.domain.dataset import Dataset
from kedge.domain.window import Window
from kedge.errors import NoData
from kedge.reading.files import chosen, timely
from kedge.reading.hours import reach, within

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Counting(Local):
    """A store that remembers what it was asked to list, and how many files it told of."""

    def __init__(self) -> None:
        self.listed: list[str] = []
        self.asked = self.told = 0

    def folders(self, url):
        self.asked += 1
        return super().folders(url)

    def list(self, url):
        self.listed.append(url)
        found = super().list(url)
        self.told += len(found)
        return found


def _write(*places: str, name: str = "a.jsonl") -> None:
    for place in places:
        Path(place).mkdir(parents=True, exist_ok=True)
        Path(place, name).write_text("x\n")


def _months(variant: str = "captures/fraud/main") -> None:
    """Write two files an hour, over 60 days."""
    for hour in range(60 * 24):
        for name in "ab":
            _write(f"{variant}/{NINE - 30 * 24 * HOUR + hour * HOUR:%Y/%m/%d/%H}", name=f"{name}.jsonl")


@pytest.mark.parametrize("url", ["captures/", "captures/fraud", "./captures/fraud/main", "captures/fraud/main/2024"])
def test_an_hour_of_months_is_found_as_by_a_look_at_all(url):
    _months()
    found = chosen(Dataset(url, format="capture", window=Window(NINE, NINE + HOUR)), Local())
    names = {f"captures/fraud/main/{hour:%Y/%m/%d/%H}/{name}.jsonl" for hour in (NINE, NINE + HOUR) for name in "ab"}
    assert {entry.url for entry in found} == names


def test_an_hour_of_months_takes_a_few_listings_of_its_own_files():
    _months()
    store = Counting()
    chosen(Dataset("captures/fraud", format="capture", window=Window(NINE, NINE + HOUR)), store)
    assert (store.asked, len(store.listed), store.told) == (5, 2, 4)


@pytest.mark.parametrize(("days", "listed"), [(1, ["main/2024/05/01"]), (31, ["main/2024/05"])])
def test_whole_days_and_months_are_listed_whole(days, listed):
    _months("main")
    store, start = Counting(), NINE.replace(hour=0)
    within(store, "main", Window(start, start + days * 24 * HOUR))
    assert store.listed == listed


def test_hours_that_lie_across_months_and_years_are_found():
    hours = [datetime(2023, 12, 31, 22, tzinfo=UTC) + n * HOUR for n in range(4)]
    _write(
        *(f"fraud/main/{hour:%Y/%m/%d/%H}" for hour in hours), "fraud/main/2023/12/30/23", "fraud/main/2024/01/02/00"
    )
    found = within(Local(), "fraud", Window(hours[0], hours[-1] + HOUR))
    assert [entry.url for entry in found] == [f"fraud/main/{hour:%Y/%m/%d/%H}/a.jsonl" for hour in hours]


def test_a_variant_that_is_called_like_a_year_is_none():
    _write(f"fraud/2024/{NINE:%Y/%m/%d/%H}")
    assert len(within(Local(), "fraud", Window(NINE, NINE + HOUR))) == 1


def test_files_without_hour_folders_are_all_looked_at():
    _write("plain/part", "plain")
    assert timely(Local(), "plain", Window(NINE, NINE + HOUR)) is None


def test_folders_that_are_not_alike_are_all_looked_at():
    _write(f"captures/fraud/main/{NINE:%Y/%m/%d/%H}", "captures/churn/flat")
    assert timely(Local(), "captures", Window(NINE, NINE + HOUR)) is None


def test_hidden_files_and_folders_are_left_alone():
    _write(f"main/{NINE:%Y/%m/%d/%H}", f"_tmp/{NINE:%Y/%m/%d/%H}")
    _write(f"main/{NINE:%Y/%m/%d/%H}", name="_SUCCESS")
    found = timely(Local(), ".", Window(NINE, NINE + HOUR))
    assert [entry.url for entry in found] == [f"main/{NINE:%Y/%m/%d/%H}/a.jsonl"]


def test_a_window_without_a_folder_says_how_far_the_folders_reach_without_a_look_at_all():
    _months()
    store, later = Counting(), NINE + 99 * 24 * HOUR
    with pytest.raises(NoData, match="reach from 2024-04-01 09:00 to 2024-05-31 08:00 UTC"):
        chosen(Dataset("captures/fraud", format="capture", window=Window(later, later + HOUR)), store)
    assert store.told == 0


def test_folders_that_are_no_times_are_passed_by():
    _write("main/2024/13/01/09", "main/2024/05/1/09", "main/2024/05/01/24", "main/9999/12/31/23", "main/2024/05/01/09")
    assert reach(Local(), "main") == (NINE, NINE)
    assert len(within(Local(), "main", Window(NINE, NINE + HOUR))) == 1
