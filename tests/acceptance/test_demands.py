"""What a person demands beyond what data suggests: unique ids, row counts, expressions in SQL."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

import kedge
from kedge.adapters.renderers.junit import junit
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.errors import DocumentError

DEMANDED = {
    "dataset_constraints": {"row_count": {"min": 900, "max": 1100}},
    "sql_constraints": [{"name": "arrives after it leaves", "expression": "arrival >= departure"}],
}


def rows(count: int, *, same: int = 0, late: int = 0) -> pl.DataFrame:
    """Return flights, of which some have an id that was there before, and some arrive too early."""
    random, first = np.random.default_rng(1), 2**60
    departure = random.uniform(0, 1000, count).round(2)
    arrival = departure + np.where(np.arange(count) < late, -1, 1)
    ids = first + np.arange(count)
    ids[:same] = ids[-1]
    return pl.DataFrame({"id": ids, "departure": departure, "arrival": arrival})


@pytest.fixture
def baseline() -> str:
    kedge.baseline(rows(5000)).save("baseline")
    file = Path("baseline/constraints.json")
    constraints = json.loads(file.read_text()) | DEMANDED
    constraints["features"][0] |= {
        "is_unique": True,
        "monitoring_config_overrides": {"distribution_constraints": {"perform_comparison": "Disabled"}},
    }
    file.write_text(json.dumps(constraints))
    return "baseline"


def named(result) -> list[tuple[str, str, object]]:
    return [(v.feature_name, v.constraint_check_type, v.observed) for v in result.violations]


def capture(frame: pl.DataFrame) -> str:
    folder = Path("live/flights/AllTraffic/2024/05/01/09")
    folder.mkdir(parents=True)
    lines = frame.write_csv(include_header=False).splitlines()
    time = "2024-05-01T09:00:00Z"
    records = [CaptureRecord(str(i), time, Payload(line, "CSV"), None).to_json() for i, line in enumerate(lines)]
    (folder / "x.jsonl").write_text("\n".join(records))
    return "live"


def test_a_window_that_keeps_what_is_demanded_has_no_violations(baseline):
    assert named(kedge.check(rows(1000), baseline)) == []


@pytest.mark.parametrize("source", [lambda frame: frame, capture], ids=["frame", "capture"])
def test_rows_that_break_a_demand_are_counted_exactly(baseline, source):
    result = kedge.check(source(rows(1200, same=3, late=60)), baseline)
    assert named(result) == [
        ("id", "unique_check", 3),
        ("row_count", "row_count_check", 1200),
        ("arrives after it leaves", "sql_check", 0.05),
    ]


def test_the_service_knows_no_such_demand(baseline):
    assert named(kedge.check(rows(1200, same=3, late=60), baseline, compat="sagemaker")) == []


def test_a_mistake_in_an_expression_is_told_before_the_data_is_looked_for(baseline):
    file = Path("baseline/constraints.json")
    file.write_text(file.read_text().replace("arrival >=", "arival >="))
    with pytest.raises(DocumentError, match="Did you mean 'arrival'") as refused:
        kedge.check("nowhere.csv", baseline)
    assert str(refused.value).startswith("baseline/constraints.json: sql_constraints['arrives after it leaves'].")


def test_a_demand_with_a_key_that_does_not_exist_is_refused(baseline):
    file = Path("baseline/constraints.json")
    file.write_text(file.read_text().replace('"expression"', '"maximal_share": 1, "expression"'))
    with pytest.raises(DocumentError, match=r"sql_constraints\[0\].maximal_share"):
        kedge.check(rows(1000), baseline)


def test_a_profile_alone_says_that_its_rows_were_not_asked(baseline):
    kedge.check(rows(1000, same=3, late=60), baseline).save("report")
    result = kedge.check(profile="report/profile.json", baseline=baseline)
    assert named(result) == []
    result.save("again")
    notes = json.loads(Path("again/report.json").read_text())["reading"]["notes"]
    assert notes == ["Unique values and SQL need the rows, and are not judged."]


def test_the_page_tells_demands_of_the_whole_window_from_features(baseline):
    kedge.check(rows(1200, late=60), baseline).save("report")
    page = Path("report/report.html").read_text()
    assert "2 violations in the window as a whole" in page
    without_type = re.findall(r'<h3><bdi>(.+?)</bdi></h3><span class="soft"></span>', page)
    assert set(without_type) == {"row_count", "arrives after it leaves"}
    assert page.count("This is demanded of the window as a whole.</p>\n</div></details>") == 2
    assert '<h2 id="features">3 features</h2>' in page
    assert "The window does not have this column." not in page


def test_what_a_person_demands_is_a_test_that_passes_too(baseline):
    kedge.check(rows(1000), baseline).save("report")
    demanded = {("id", "unique"), ("row_count", "row count"), ("arrives after it leaves", "sql")}
    assert _passed(kedge.check(rows(1000), baseline)) >= demanded
    assert _passed(kedge.check(profile="report/profile.json", baseline=baseline)) & demanded == {
        ("row_count", "row count")
    }


def _passed(result) -> set[tuple[str | None, str | None]]:
    cases = ElementTree.fromstring(junit(result.report)).iter("testcase")
    return {(case.get("classname"), case.get("name")) for case in cases if case.find("failure") is None}
