"""``report.html`` of embeddings: one page that needs nothing but itself."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from kedge.adapters.presentation import embeddings
from kedge.adapters.presentation.quality_cards import Card, metrics
from kedge.adapters.presentation.told import told
from kedge.adapters.presentation.words import plain
from kedge.adapters.renderers.page import document
from kedge.analysis.profile import Profile
from kedge.analysis.severity import SEVERITIES

if TYPE_CHECKING:
    from kedge.adapters.presentation.told import Verdict
    from kedge.analysis.embeddings.summary import EmbeddingsReport
    from kedge.analysis.severity import Severity


def embeddings_page(report: EmbeddingsReport) -> str:
    """Return the report as a self-contained HTML page."""
    verdict, shown = told(report), metrics(report)
    return document(
        "embeddings.html",
        ("style.css", "figures.css", "quality.css"),
        report=report,
        verdict=verdict,
        profile=reduce(Profile.merge, report.profiles, Profile()),
        source=report.summary.baseline or (report.baseline.source if report.baseline else ""),
        constraints_only=False,
        severities=_fired(verdict, {metric.name: metric.anchor for metric in shown}),
        metrics=shown,
        chart=embeddings.drawing(report),
        tests=list(embeddings.tests(report)),
        embeddings=embeddings,
    )


def _fired(verdict: Verdict, places: dict[str, str]) -> list[tuple[Severity, list[Card]]]:
    cards = [Card(places.get(name, "tests"), plain(name), tuple(wrong)) for name, wrong in verdict.by_subject.items()]
    groups = ((severity, [card for card in cards if card.severity == severity]) for severity in SEVERITIES)
    return [(severity, group) for severity, group in groups if group]
