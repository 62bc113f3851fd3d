"""Profiles as memory: any interval equals the merge of its hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

import numpy as np
import pytest

from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.analysis.batch import column
from kedge.analysis.profile import Feature, Profile
from kedge.domain.record import Query
from kedge.domain.window import HOUR, Window
from kedge.errors import Conflict, InputError, SettingError
from kedge.reading.documents import write_profiles
from kedge.service.memory.index import Found, chosen
from kedge.service.memory.interval import interval
from kedge.service.memory.memory import Memory

START = datetime(2026, 10, 30, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = START + 40 * DAY
QUALITY = "data-quality"


def _profile(hour, values=None, variant="main"):
    """Return the profile of an hour; small enough for every sketch to be exact."""
    rows = np.arange(3) + hour if values is None else values
    features = {"x": Feature().update(column(rows)), f"of{hour % 2}": Feature().update(column(["a", f"b{hour}"]))}
    window = Window(START + hour * HOUR, START + (hour + 1) * HOUR)
    return Profile(features, len(rows), endpoint="fraud", variant=variant, window=window)


@pytest.fixture
def memory(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield Memory(records, Local(), f"{tmp_path}/profiles")
    records.close()


@pytest.fixture
def keep(memory, tmp_path):
    """Write the report of a window, and remember it."""

    def report(hour, *profiles, window=None):
        at = window or Window(START + hour * HOUR, START + (hour + 1) * HOUR)
        url = f"{tmp_path}/reports/{at.start:%Y/%m/%d/%H%M}"
        Local().write(url, {"profile.json": write_profiles(profiles or [_profile(hour)]), "report.json": b"{}"})
        return memory.remember(QUALITY, "fraud", at, url)

    return report


@pytest.fixture
def ask(memory):
    def interval(start=None, end=None, variant=None):
        owners = chosen(memory.index, QUALITY, "fraud", variant, "here")
        times = (None if hour is None else START + hour * HOUR for hour in (start, end))
        return memory.interval(owners, *times)

    return interval


def _levels(found):
    return [tile.level for tile in found.tiles]


def _agree(one, other):
    for name, feature in one.features.items():
        for sketch, mine in vars(feature).items():
            theirs = getattr(other.features[name], sketch)
            assert mine.agrees(theirs) if hasattr(mine, "agrees") else mine == theirs
    return (one.rows, one.features.keys()) == (other.rows, other.features.keys())


def test_an_interval_of_tiles_equals_the_merge_of_all_its_hours(memory, keep, ask):
    for hour in range(100):
        keep(hour)
    memory.roll_up(LATER)
    found = ask(5, 90)
    assert _levels(found) == ["hour"] * 19 + ["day", "day"] + ["hour"] * 18
    assert _agree(found.profile, reduce(Profile.merge, map(_profile, range(5, 90))))


def test_months_are_merged_from_days(memory, keep, ask):
    for hour in range(0, 33 * 24, 6):
        keep(hour)
    memory.roll_up(LATER)
    found = ask(0, 33 * 24)
    assert _levels(found) == ["day", "day", "month", "day"]
    assert _agree(found.profile, reduce(Profile.merge, map(_profile, range(0, 33 * 24, 6))))


def test_a_roll_up_that_is_made_anew_is_the_same_to_the_byte(memory, keep):
    for hour in range(30):
        keep(hour)
    made = memory.roll_up(LATER)
    before = [Local().read(kept.url) for kept in made]
    record = memory.records.get("profile", f"{QUALITY}/fraud/main/{made[0].name}")
    memory.records.delete(record, "test")
    memory.roll_up(LATER)
    assert [Local().read(kept.url) for kept in made] == before


def test_what_is_rolled_up_is_not_rolled_up_again(memory, keep):
    for hour in range(30):
        keep(hour)
    assert [kept.level for kept in memory.roll_up(LATER)] == ["day", "day", "month"]
    assert memory.roll_up(LATER) == []


def test_a_day_that_is_not_over_is_not_rolled_up(memory, keep):
    for hour in range(30):
        keep(hour)
    assert [kept.window.start for kept in memory.roll_up(START + 30 * HOUR)] == [START]


@pytest.mark.parametrize("rolled_up", [False, True])
def test_hours_without_a_profile_are_told(memory, keep, ask, rolled_up):
    for hour in (*range(3), *range(5, 24)):
        keep(hour)
    if rolled_up:
        memory.roll_up(LATER)
    gaps = ask(0, 26).gaps["main"]
    assert [(gap.start - START, gap.end - START) for gap in gaps] == [(3 * HOUR, 5 * HOUR), (24 * HOUR, 26 * HOUR)]


def test_late_data_is_in_the_answer_before_and_after_it_is_merged_anew(memory, keep, ask):
    for hour in range(26):
        keep(hour)
    memory.roll_up(LATER)
    keep(7, _profile(7, [1000, 2000]))
    before = ask(0, 24)
    made = memory.roll_up(LATER)
    assert [kept.level for kept in made] == ["day", "month"]
    assert [found.profile.features["x"].extremes.max for found in (before, ask(0, 24))] == [2000, 2000]
    assert [len(before.tiles), len(ask(0, 24).tiles)] == [24, 1]


def test_an_hour_that_comes_late_fills_its_gap(memory, keep, ask):
    for hour in range(2, 24):
        keep(hour)
    memory.roll_up(LATER)
    keep(0)
    assert [gap.start - START for gap in ask(0, 24).gaps["main"]] == [HOUR]
    assert memory.roll_up(LATER)[0].gaps == (Window(START + HOUR, START + 2 * HOUR),)


def test_a_window_that_is_remembered_twice_changes_nothing(memory, keep):
    keep(0)
    keep(0)
    record = memory.records.list(_query())[0]
    assert record.version == 1


def _query():
    return Query("profile", parent=f"{QUALITY}/fraud/main")


def test_whoever_loses_the_race_for_a_roll_up_writes_what_is_true_then(memory, keep, monkeypatch):
    for hour in range(3):
        keep(hour)
    put, lost = memory.records.put, []

    def late(record, by):
        if record.status == "day" and not lost:
            lost.append(record)
            keep(3)
            raise Conflict("Somebody was faster.")
        return put(record, by)

    monkeypatch.setattr(memory.records, "put", late)
    assert len(memory.roll_up(START + DAY)[0].made_of) == 4


def test_a_day_whose_hours_are_gone_is_what_is_left(memory, keep, ask):
    for hour in range(24):
        keep(hour)
    memory.roll_up(START + DAY)
    for record in memory.records.list(_query()):
        if record.status == "hour":
            memory.records.delete(record, "test")
    assert _levels(ask(0, 24)) == ["day"]
    assert memory.roll_up(LATER) == []


def test_variants_are_remembered_apart_and_told_together(keep, ask):
    keep(0, _profile(0), _profile(0, [5.0] * 10, "other"))
    keep(1)
    found = ask()
    assert found.profile.rows == 16
    assert {variant: len(gaps) for variant, gaps in found.gaps.items()} == {"main": 0, "other": 1}
    assert ask(variant="other", start=0, end=1).profile.rows == 10


def test_an_interval_that_cuts_an_hour_is_refused_with_the_nearest_that_would_do(keep, ask):
    keep(0)
    with pytest.raises(SettingError, match=r"cuts an hour.*--from 2026-10-30T00:00:00Z --to 2026-10-30T02:00:00Z"):
        ask(0.5, 2)


def test_an_interval_that_cuts_a_window_of_a_day_is_refused_with_that_day(keep, ask):
    keep(0, _profile(0), window=Window(START, START + DAY))
    with pytest.raises(SettingError, match=r"--from 2026-10-30T00:00:00Z --to 2026-10-31T00:00:00Z"):
        ask(0, 6)


def test_windows_that_overlap_are_not_counted_twice(keep, ask):
    for hour in range(4):
        keep(hour, _profile(hour), window=Window(START + hour * HOUR, START + (hour + 2) * HOUR))
    assert ask(0, 4).profile.rows == 6


def test_windows_of_minutes_make_hours_and_days(memory, keep, ask):
    for part in range(48):
        keep(0, _profile(0), window=Window(START + part * HOUR / 2, START + (part + 1) * HOUR / 2))
    assert len(ask(1, 2).tiles) == 2
    assert memory.roll_up(START + DAY)[0].rows == 48 * 3


def test_a_report_without_a_profile_has_nothing_to_remember(memory, tmp_path):
    assert memory.remember("custom", "fraud", Window(START, START + HOUR), str(tmp_path)) == []


def test_an_interval_without_any_profile_says_from_when_there_are_some(keep, ask):
    keep(50)
    with pytest.raises(InputError, match="There are some from 2026-11-01 02:00 on"):
        ask(0, 24)


def test_a_name_that_nobody_has_is_told_with_the_nearest(memory, keep):
    keep(0)
    with pytest.raises(InputError, match="Did you mean 'fraud'"):
        chosen(memory.index, QUALITY, "frau", None, "here")


def test_a_folder_of_reports_answers_as_the_records_do(memory, keep, ask, tmp_path):
    for hour in (0, 1, 3):
        keep(hour)
    index = Found(Local(), f"{tmp_path}/reports")
    owners = chosen(index, QUALITY, None, None, "here")
    found, known = interval(index, Local(), owners, START, START + 4 * HOUR), ask(0, 4)
    assert (found.profile.to_json(), found.gaps) == (known.profile.to_json(), known.gaps)


def test_a_baseline_in_a_folder_of_reports_is_no_window(keep, tmp_path):
    keep(0)
    Local().write(f"{tmp_path}/reports/baseline", {"profile.json": write_profiles([_profile(9)])})
    index = Found(Local(), f"{tmp_path}/reports")
    assert [len(index.kept(owner)) for owner in index.owners()] == [1]
