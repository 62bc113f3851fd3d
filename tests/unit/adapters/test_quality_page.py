from __future__ import annotations

import math
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import polars
import pytest

import kedge
from kedge.adapters.renderers.quality_page import quality_page
from kedge.analysis.quality.report import Selected
from kedge.analysis.quality.summary import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.quality.report import MetricFinding
    from kedge.analysis.quality.summary import QualityReport

    Reports = Callable[..., QualityReport]
    Broken = Callable[..., MetricFinding]

HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "\u202eevil", "x" * 500, ""]
HOSTILE += ["שלום עולם", "🙈"]
LIMIT = 300_000


class Read(HTMLParser):
    """A page as a list of its elements, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] != "style":
            self.text += data

    def all(self, tag: str, of: str | None = None) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag and of in (None, found.get("class"))]

    def attribute(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


def scored(rows: int, seed: int = 1, noise: float = 1.2) -> polars.DataFrame:
    rng = np.random.default_rng(seed)
    label = (rng.random(rows) < 0.3).astype(int)
    score = 1 / (1 + np.exp(-2 * (2 * label - 1 + noise * rng.normal(size=rows))))
    plan = rng.choice(["basic", "pro"], rows)
    return polars.DataFrame({"label": label, "prediction": (score > 0.5) * 1, "probability": score, "plan": plan})


def matrix(names: list[str], right: int = 90) -> dict[str, dict[str, int]]:
    pairs = zip(names, names[1:] + names[:1], strict=True)
    return {name: {name: right, other: 100 - right} for name, other in pairs}


def segment(rows: int, recall: float) -> dict[str, Any]:
    return {"item_count": rows, "recall": {"value": recall, "standard_deviation": 0.02}}


@pytest.mark.parametrize(
    ("problem", "roles"),
    [
        ("BinaryClassification", {"prediction": "prediction", "probability": "probability"}),
        ("BinaryClassification", {"prediction": "prediction"}),
        ("BinaryClassification", {"probability": "probability"}),
        ("MulticlassClassification", {"prediction": "prediction"}),
        ("Regression", {"prediction": "probability"}),
    ],
)
def test_a_verdict_on_real_rows_is_a_page(problem: str, roles: dict[str, str]) -> None:
    asked: dict[str, Any] = {
        "monitor": "model-quality",
        "problem_type": problem,
        "label": "label",
        "segments": ["plan"],
    }
    known = kedge.baseline(scored(4000), **asked, **roles)
    report: Any = kedge.check(scored(2000, 2, noise=3.0), known).report
    read = Read(quality_page(report))
    assert "▲" in read.text
    assert {"basic", "pro"} <= set(re.findall(r"basic|pro\b", read.text))


def test_the_page_refers_to_nothing_outside_itself(quality_report: Reports, broken: Broken) -> None:
    findings = [broken("recall"), broken("recall", segment="a=1"), broken("mine")]
    html = quality_page(quality_report({"recall": 0.5}, {"recall": 0.8}, findings=findings))
    read, places = Read(html), Read(html).attribute("id")
    assert {str(target)[1:] for target in read.attribute("href")} <= set(places)
    assert len(places) == len(set(places))
    assert not read.attribute("src")
    assert not re.search(r"url\(|@import|https?:| style=", html)
    assert "default-src 'none'; style-src 'sha256-" in str(read.all("meta")[1]["content"])


def test_names_from_the_data_are_escaped(quality_report: Reports, broken: Broken) -> None:
    found = Coverage(captures=9, labelled=3, orphans=2, orphan_ids=HOSTILE, unlabelled_ids=HOSTILE)
    selected = [Selected(feature=name, distance=0.3, threshold=0.1, method="Robust") for name in HOSTILE]
    segments = {name: {value: segment(300, 0.5) for value in HOSTILE} for name in HOSTILE}
    findings = [broken("recall", segment=f"{name}={name}", hint=name) for name in HOSTILE]
    told = {"changes": HOSTILE, "undefined": dict.fromkeys(HOSTILE, HOSTILE[0]), "roles": {"label": HOSTILE[0]}}
    block = {"recall": 0.5, "confusion_matrix": matrix(HOSTILE)}
    read = Read(
        quality_page(
            quality_report(
                block, block, segments=segments, findings=findings, ground_truth=found, selection=selected, **told
            )
        )
    )
    assert len(read.all("script")) == 0
    assert not read.all("img")
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert "x" * 301 not in read.text
    assert "\u202e" not in read.text


def test_a_verdict_that_is_held_back_is_neither_good_nor_bad(quality_report: Reports) -> None:
    read = Read(quality_page(quality_report({"recall": 0.5}, {"recall": 0.8}, held_back="38 % have a label.")))
    assert "○Held back: too few rows have a label 38 % have a label." in read.text
    assert "What fired" not in read.text
    assert not {"✓", "▲"} & set(read.text)


def test_what_is_behind_several_violations_is_said_once(quality_report: Reports, broken: Broken) -> None:
    findings = [broken(name, hint="Every label is '0'.") for name in ("recall", "f1")]
    text = Read(quality_page(quality_report({"recall": 0.5, "f1": 0.5}, findings=findings))).text
    assert text.count("Every label is '0'.") == 1
    assert text.index("Every label is '0'.") < text.index("What fired, and why")


def test_labels_that_come_late_and_what_changed_are_told(quality_report: Reports) -> None:
    found = Coverage(captures=1000, labelled=620, orphans=3, age_p50_seconds=10800, age_p90_seconds=93600)
    read = Read(quality_page(quality_report({"recall": 0.5}, ground_truth=found, changes=["f1 went from 1 to 0."])))
    assert "half of them within 3 h, nine tenths within 26 h" in read.text
    assert "Since the last verdict on this window f1 went from 1 to 0." in read.text
    assert read.all("svg", "coverage")[0]["aria-label"] == "62% labelled"


def test_baseline_and_window_are_told_apart_by_shape(quality_report: Reports) -> None:
    read = Read(quality_page(quality_report({"recall": 0.5}, {"recall": 0.8})))
    assert (len(read.all("circle", "w")), len(read.all("rect", "b"))) == (1, 1)
    assert "0.5 ± 0.01 0.8 ≥ 0.8" in read.text


def test_a_report_without_its_baseline_is_drawn_alone(quality_report: Reports) -> None:
    curve = {"false_positive_rates": [0.0, 0.2, 1.0], "true_positive_rates": [0.0, 0.7, 1.0]}
    block = {"auc": 0.75, "receiver_operating_characteristic_curve": curve, "confusion_matrix": matrix(["0", "1"])}
    read = Read(quality_page(quality_report(block)))
    assert (len(read.all("path", "now")), len(read.all("path", "was"))) == (1, 0)
    assert "90 90%" in read.text
    assert "(" not in read.text.partition("What is taken for what")[2].partition("Curves")[0]


def test_the_baselines_curve_lies_under_the_windows(quality_report: Reports) -> None:
    curve = {"recalls": [0.0, 0.5, 1.0], "precisions": [1.0, 0.7, 0.3]}
    read = Read(quality_page(quality_report({"precision_recall_curve": curve}, {"precision_recall_curve": curve})))
    assert [path["class"] for path in read.all("path")] == ["grid", "guide", "was", "now"]


def test_a_metric_that_is_no_number_breaks_nothing(quality_report: Reports) -> None:
    block = {"recall": math.nan, "log_loss": math.inf, "precision": -math.inf}
    html = quality_page(quality_report(block, {"recall": 0.8, "precision": 0.7}))
    assert not re.search(r"\b(nan|inf)\b", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


def test_classes_too_many_for_a_table_are_a_map(quality_report: Reports) -> None:
    names = [f"class {place}" for place in range(30)]
    block = {"accuracy": 0.9, "confusion_matrix": matrix(names)}
    read = Read(quality_page(quality_report(block, block, problem="MulticlassClassification")))
    assert read.all("svg")[-1]["aria-label"] == "Map of 30 classes: actual down, predicted across"
    assert "class 0 class 1 10 10% 10%" in read.text


def test_the_class_that_lost_most_comes_first(quality_report: Reports) -> None:
    was = {name: {"item_count": 9, "recall": 0.9, "precision": 0.9, "f1": 0.9} for name in ("a", "b")}
    now = was | {"b": {"item_count": 9, "recall": 0.2, "precision": 0.9, "f1": 0.327}}
    blocks = ({"accuracy": 0.5, "per_class": block} for block in (now, was))
    text = Read(quality_page(quality_report(*blocks, problem="MulticlassClassification"))).text
    assert "Recall Precision F1 b 9 0.2 (0.9) 0.9 (0.9) 0.327 (0.9) a 9" in text


def test_segments_come_worst_first_and_tell_how_small_the_smallest_is(quality_report: Reports, broken: Broken) -> None:
    segments = {"plan": {"a": segment(900, 0.8), "b": segment(212, 0.4), "c": segment(500, 0.9)}}
    wrong = [broken("recall", segment="plan=c")]
    text = Read(quality_page(quality_report({"recall": 0.7}, segments=segments, findings=wrong))).text
    places = [text.index(row) for row in ("c 500", "b 212", "a 900")]
    assert places == sorted(places)
    assert "The smallest segment has 212 rows." in text


def test_the_largest_page_stays_small(quality_report: Reports, broken: Broken) -> None:
    along = np.linspace(0, 1, 20_000)
    curve = {"false_positive_rates": along.tolist(), "true_positive_rates": np.sqrt(along).tolist()}
    segments = {f"column {i}": {f"value {k}": segment(300, k / 100) for k in range(100)} for i in range(20)}
    findings = [broken("recall", segment=f"column {i}=value {k}") for i in range(20) for k in range(100)]
    block = {"recall": 0.5, "receiver_operating_characteristic_curve": curve}
    block |= {"confusion_matrix": matrix([f"class {place}" for place in range(500)])}
    html = quality_page(quality_report(block, block, segments=segments, findings=findings))
    assert len(html.encode()) < LIMIT
    assert "2,000 violations in 2,000 segments" in html


def test_the_same_report_makes_the_same_page(quality_report: Reports) -> None:
    assert quality_page(quality_report({"recall": 0.5})) == quality_page(quality_report({"recall": 0.5}))
