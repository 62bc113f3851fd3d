from __future__ import annotations

import base64
import hashlib
import math
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import numpy as np
import polars
import pytest

import kedge
from kedge.adapters.renderers.page import page
from kedge.analysis.batch import Batch, Column, column
from kedge.analysis.documents import Constraints, ConstraintViolations, DatasetStatistics, Statistics
from kedge.analysis.profile import Profile
from kedge.analysis.report import Baseline, DriftDistance, Finding, Pattern, Reading, Report, Summary, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

Columns = dict[str, "Sequence[object]"]

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style><script>alert(2)</script>",
    "{{ 7 * 7 }}",
    "\u202eevil",
    "\ud800",
    "",
    "x" * 10_000,
]


def profile(columns: Columns) -> Profile:
    rows = max(map(len, columns.values()), default=0)
    return profile_of({name: column(values) for name, values in columns.items()}, rows)


def profile_of(columns: dict[str, Column], rows: int) -> Profile:
    return Profile().update(Batch(columns, np.arange(rows, dtype=np.uint64)))


def report(baseline: Columns, window: Columns, constraints: Sequence[str] = (), **summary: object) -> Report:
    seen = profile(window)
    demands = Constraints(features=[{"name": name, "inferred_type": "Integral"} for name in constraints])
    statistics = Statistics(dataset=DatasetStatistics(item_count=seen.rows), features=[])
    return Report(
        summary=Summary(kedge="1.0", created="2024-05-01T10:00:00Z", **summary),
        statistics=statistics,
        constraints=demands,
        violations=ConstraintViolations(),
        profiles=(seen,),
        profile=seen,
        baseline=Baseline(statistics if baseline else None, demands),
        baseline_features=profile(baseline).features,
    )


def drift(name: str) -> Finding:
    return Finding(
        feature_name=name,
        constraint_check_type="baseline_drift_check",
        description="Baseline drift distance: 0.3 exceeds threshold: 0.1",
        observed=0.3,
        expected=0.1,
    )


class Read(HTMLParser):
    """A page as a list of its elements, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def attribute(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


def test_the_verdict_counts_violations_and_features() -> None:
    three = {name: [1, 2, 3] for name in "abc"}
    findings = [drift("a"), drift("b"), drift("b")]
    assert "3 violations in 2 of 3 features" in page(report(three, three, findings=findings))


def test_a_page_without_violations_says_so() -> None:
    text = Read(page(report({"a": [1]}, {"a": [1]}))).text
    assert "No violations in 1 feature" in text
    assert "every constraint of the baseline holds" in text


def test_names_and_values_from_the_data_are_escaped() -> None:
    columns: Columns = dict.fromkeys(HOSTILE, HOSTILE)
    read = Read(page(report(columns, columns, findings=[drift(name) for name in HOSTILE])))
    assert len(read.all("script")) == 1
    assert not read.all("img")
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]


def test_texts_from_the_data_are_cut_and_can_be_written() -> None:
    columns: Columns = dict.fromkeys(HOSTILE, HOSTILE)
    html = page(report(columns, columns))
    assert "x" * 100 not in html
    assert len(html.encode()) < 60_000


@pytest.mark.parametrize(("name", "shown"), [("\u202eevil", "�evil"), ("a\x1b[31m", "a�[31m")])
def test_a_name_cannot_turn_the_text_around_it(name: str, shown: str) -> None:
    html = page(report({name: [1]}, {name: [1]}))
    assert name not in html
    assert f"<bdi>{shown}</bdi>" in html


def test_the_page_refers_to_nothing_outside_itself() -> None:
    html = page(report({"a": [1, 2]}, {"a": [1, 2]}, findings=[drift("a")]))
    read = Read(html)
    assert all(str(target).startswith("#") for target in read.attribute("href"))
    assert not read.attribute("src")
    assert not re.search(r"url\(|@import|https?:", html)


def test_the_policy_names_the_only_style_and_script_by_their_hashes() -> None:
    html = page(report({}, {}))
    policy = str(Read(html).all("meta")[1]["content"])
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_every_link_leads_to_one_place() -> None:
    columns: Columns = {"a": [1, 2], "b": ["x", "y"], "c": [None, None]}
    read = Read(page(report(columns, columns, findings=[drift("b")])))
    places = read.attribute("id")
    assert len(places) == len(set(places))
    assert {str(target)[1:] for target in read.attribute("href")} <= set(places)


def test_features_with_violations_come_first_and_open() -> None:
    columns: Columns = {"calm": [1, 2], "drifted": [1, 2]}
    read = Read(page(report(columns, columns, findings=[drift("drifted")])))
    assert ["open" in details for details in read.all("details")] == [True, False]
    assert read.text.index("drifted") < read.text.index("calm")


def test_only_the_first_of_many_features_are_open() -> None:
    columns: Columns = {f"f{i}": [1, 2] for i in range(30)}
    read = Read(page(report(columns, columns, findings=[drift(name) for name in columns])))
    assert ["open" in details for details in read.all("details")] == [True] * 10 + [False] * 20


def test_violations_are_listed_by_severity() -> None:
    columns: Columns = {name: [1, 2] for name in "abc"}
    observed = {"b": 0.11, "c": 0.15, "a": 0.5}
    findings = [drift(name).model_copy(update={"observed": far}) for name, far in observed.items()]
    read = Read(page(report(columns, columns, findings=findings)))
    assert re.search(r"1 error\s*a\s*◆1 warning\s*c\s*●1 notice\s*b\s*Everything", read.text)
    places = [place for place in read.attribute("id") if place in ("errors", "warnings", "notices")]
    assert places == ["errors", "warnings", "notices"]


def test_what_violations_have_in_common_comes_first() -> None:
    columns: Columns = {name: [1, 2] for name in "abcdefg"}
    pattern = Pattern(features=list("abcdef"), description="6 columns changed alike.")
    findings = [drift(name) for name in columns]
    text = " ".join(Read(page(report(columns, columns, findings=findings, patterns=[pattern]))).text.split())
    assert "Look at a, b, c, d, e and 1 more first: 6 columns changed alike. Then at g:" in text


def test_a_hint_is_said() -> None:
    hinted = drift("a").model_copy(update={"hint": "As if kilometres were sent for miles."})
    text = Read(page(report({"a": [1, 2]}, {"a": [1, 2]}, findings=[hinted]))).text
    assert text.count("As if kilometres were sent for miles.") == 2


def test_the_widest_gap_comes_first() -> None:
    columns: Columns = {name: [1, 2] for name in ("near", "far")}
    near = drift("near").model_copy(update={"observed": 0.11})
    read = Read(page(report(columns, columns, findings=[near, drift("far")])))
    assert read.text.index("far") < read.text.index("near")


def test_a_violation_shows_what_was_observed_and_expected() -> None:
    text = Read(page(report({"a": [1]}, {"a": [1]}, findings=[drift("a")]))).text
    assert re.search(r"observed\s*0\.300\s*expected\s*at most 0\.1", text)


def test_violations_of_the_service_need_no_reasons() -> None:
    bare = Finding(feature_name="a", constraint_check_type="data_type_check", description="Only 0.0% is Integral.")
    assert "Only 0.0% is Integral." in page(report({}, {"a": ["x"]}, findings=[bare]))


def test_baseline_and_window_are_drawn_by_different_shapes() -> None:
    read = Read(page(report({"a": [1, 2, 3]}, {"a": [3, 4]})))
    assert [path["class"] for path in read.all("path")] == ["b", "w"]
    assert all(path["d"] for path in read.all("path"))


def test_a_baseline_of_constraints_alone_leaves_the_window_drawn() -> None:
    html = page(report({}, {"a": [1, 2, 3]}, constraints=["a"]))
    baseline, window = Read(html).all("path")
    assert (baseline["d"], bool(window["d"])) == ("", True)
    assert "It holds constraints only" in html


def test_a_feature_without_a_value_says_so() -> None:
    read = Read(page(report({"a": [None]}, {"a": [None, None]})))
    assert "Every value of the window is missing." in read.text
    assert not read.all("path")


@pytest.mark.parametrize(
    ("baseline", "window", "sentence"),
    [
        ({"a": [1]}, {}, "The window does not have this column."),
        ({}, {"a": [1]}, "The baseline does not have this column."),
    ],
)
def test_a_column_of_one_side_says_which(baseline: Columns, window: Columns, sentence: str) -> None:
    assert sentence in page(report(baseline, window))


def test_a_report_without_features_says_so() -> None:
    html = page(report({}, {}))
    assert "there is nothing to compare" in html
    assert "<table" not in html


def test_unreadable_records_are_counted_and_shown() -> None:
    example = Unreadable(file="part-0.jsonl", line=7, reason="expected 3 fields, found 2")
    reading = Reading(rows=10, unreadable=12, examples=[example], notes=["BASE64 was decoded."])
    text = Read(page(report({}, {"a": [1]}, reading=reading))).text
    assert "12 records could not be read" in text
    assert "part-0.jsonl:7" in text
    assert "BASE64 was decoded." in text


def test_a_p_value_below_its_threshold_is_marked() -> None:
    distances = {"a": DriftDistance(distance=0.01, threshold=0.05, method="ChiSquared", p_value=True)}
    html = page(report({"a": ["x"]}, {"a": ["x"]}, distances=distances))
    assert re.search(r'data-v="5\.0"><svg class="drift over".*?0\.010 ▲', html)


@pytest.mark.parametrize("value", [math.inf, -1.7e308, 5e-324, 10**17])
def test_a_number_at_the_end_of_its_range_breaks_nothing(value: float) -> None:
    html = page(report({"a": [1.5, 1.7e308, value]}, {"a": [value]}))
    assert not re.search(r"\b(nan|inf)\b", re.sub(r"<s(cript|tyle)>.*?</s\1>", "", html, flags=re.DOTALL))


@pytest.fixture(scope="module")
def wide() -> tuple[kedge.Baseline, polars.DataFrame, polars.DataFrame]:
    """Return what was learned of 380 columns, these, and the same when each of them has drifted."""
    rng = np.random.default_rng(1)
    columns = {f"a_number_{i}": rng.gamma(2, 10 + i, 1400) for i in range(300)}
    columns |= {f"a_text_{i}": rng.choice([f"a value {k}" for k in range(12)], 1400) for i in range(80)}
    texts = rng.choice([f"a value {k}" for k in range(6)] + ["new", "newer"], 1400)
    moved = {n: v * (1.4 + 0.3 * (i % 7)) if i < 300 else texts for i, (n, v) in enumerate(columns.items())}
    return kedge.baseline(polars.DataFrame(columns)), polars.DataFrame(columns), polars.DataFrame(moved)


@pytest.mark.parametrize("share", [0, 1], ids=["calm", "every one drifted"])
def test_380_columns_stay_under_a_megabyte(
    wide: tuple[kedge.Baseline, polars.DataFrame, polars.DataFrame], share: int
) -> None:
    baseline, *windows = wide
    result = kedge.check(windows[share], baseline)
    assert len({violation.feature_name for violation in result.violations}) == 380 * share
    assert len(page(result.report).encode()) < 1_000_000


def test_the_same_report_makes_the_same_page() -> None:
    columns: Columns = {"a": [1, 2.5, "x", None], "b": ["x", "y", "y", "z"]}
    assert page(report(columns, columns)) == page(report(columns, columns))
