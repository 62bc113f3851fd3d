from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from kedge.adapters.renderers import terminal
from kedge.adapters.renderers.attribution_page import attribution_page
from kedge.analysis.items import Items

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.attribution.summary import AttributionReport

    Reports = Callable[..., AttributionReport]
    Text = Callable[[str], str]

BEFORE = {"income": 0.5, "age": 0.3, "tenure": 0.15, "zip": 0.05}
SWAPPED = {"income": 0.1, "age": 0.2999, "tenure": 0.4, "zip": 0.06}
AGE: dict[str, Any] = {"feature_name": "age", "allowed_range": [0.0, 0.1]}
HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "\u202eevil", "x" * 500, ""]
LIMIT = 300_000


def rows(html: str) -> list[str]:
    return re.findall(r"<tr[^>]*><th scope=\"row\"><bdi>([^<]*)</bdi>", html.partition('class="figures features"')[2])


def test_what_moved_most_comes_first_and_the_rest_by_importance(attribution_report: Reports) -> None:
    assert rows(attribution_page(attribution_report(SWAPPED, BEFORE))) == ["income", "tenure", "zip", "age"]
    assert rows(attribution_page(attribution_report(BEFORE, BEFORE))) == list(BEFORE)


def test_a_feature_tells_its_place_and_its_share_before_and_after(attribution_report: Reports, text: Text) -> None:
    told = text(attribution_page(attribution_report(SWAPPED, BEFORE)))
    assert "income moved 1 → 3 0.1 0.5 -0.4 11.6% (50%)" in told
    assert "3 features moved by more than chance explains" in told


def test_the_score_is_told_beside_what_is_demanded_with_the_mean_answer(
    attribution_report: Reports, text: Text
) -> None:
    assert "approve ✓" not in (told := text(attribution_page(attribution_report(BEFORE, BEFORE))))
    assert "approve 1 ≥ 0.9 0.5 (0.4)" in told


def test_how_many_rows_were_explained_of_how_many_is_told(attribution_report: Reports, text: Text) -> None:
    told = text(attribution_page(attribution_report(BEFORE, BEFORE)))
    assert "300 of 43,201 rows explained, exactly" in told


def test_a_bar_is_the_baseline_and_a_dot_the_window(attribution_report: Reports) -> None:
    chart = attribution_page(attribution_report(BEFORE, BEFORE)).partition('class="figures features"')[2]
    assert [chart.count(f'class="{name}"') for name in ("bar", "middle")] == [4, 4]
    assert chart.count('<circle class="w"') == 4


def test_a_demand_on_a_feature_marks_its_row(attribution_report: Reports, text: Text) -> None:
    html = attribution_page(attribution_report(BEFORE, BEFORE, [AGE]))
    assert "age, approve ◆ attribution range" in text(html)
    assert "age 2 ◆ 0.3 0.3" in text(html)


def test_the_page_refers_to_nothing_outside_itself(attribution_report: Reports) -> None:
    html = attribution_page(attribution_report(SWAPPED, BEFORE, [AGE]))
    places = re.findall(r' id="([^"]*)"', html)
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(places)
    assert len(places) == len(set(places))
    assert not re.search(r"url\(|@import|https?:| style=| src=", html)


def test_names_from_the_data_are_escaped(attribution_report: Reports, text: Text) -> None:
    values = {name: 0.1 * place for place, name in enumerate(HOSTILE)}
    html = attribution_page(attribution_report(values, {name: 0.6 - each for name, each in values.items()}))
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "x" * 301 not in html
    assert "\u202e" not in text(html)


def test_a_report_of_the_service_shows_its_values(attribution_report: Reports, text: Text) -> None:
    report = attribution_report(BEFORE, BEFORE, mode="sagemaker")
    report.summary.labels.clear()
    object.__setattr__(report, "baseline", None)
    assert "income 1 0.5 – 50% age 2 0.3 – 30%" in text(attribution_page(report))


def test_features_that_have_no_weight_are_drawn(attribution_report: Reports) -> None:
    nothing = dict.fromkeys(BEFORE, 0.0)
    assert rows(attribution_page(attribution_report(nothing, nothing, spread=0.0))) == list(BEFORE)


def test_the_largest_page_stays_small(attribution_report: Reports) -> None:
    many = {f"feature {place}": 1.0 / (1 + place) for place in range(2000)}
    html = attribution_page(attribution_report(many, many))
    assert len(html.encode()) < LIMIT
    assert "200 of 2000 are shown" in html


def test_the_terminal_shows_what_moved_and_show_the_rest(
    attribution_report: Reports, printed: Callable[..., str]
) -> None:
    many = {f"feature{place}": 1.0 / (1 + place) for place in range(12)}
    report = attribution_report(many | {"feature11": 2.0}, many)
    brief, all_of_it = printed(terminal.outcome(report)), printed(terminal.whole(report, Items.found(None)))
    assert re.search(r"feature11 +12 → 1 ", brief)
    assert "and 2 features more" in brief
    assert "more" not in all_of_it.partition("Place")[2]


def test_the_terminal_shows_a_baseline(attribution_report: Reports, printed: Callable[..., str]) -> None:
    baseline = attribution_report(BEFORE, BEFORE).baseline
    assert terminal.extent(baseline) == "4 features of 1 label"
    assert re.search(r"income +0.5 approve", printed(terminal.whole(baseline, Items.found(None))))


def test_nothing_is_wider_than_a_terminal(attribution_report: Reports, printed: Callable[..., str]) -> None:
    values = {f"שלום 🙈 {'x' * 90}": 123456.789, "zip": 1.2345e-16}
    report = attribution_report(values, dict.fromkeys(values, 1.0))
    for parts in (terminal.outcome(report), terminal.whole(report, Items.found(None))):
        assert max(map(cell_len, printed(parts).splitlines())) <= 80
