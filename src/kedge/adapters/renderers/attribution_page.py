"""``report.html`` of feature attribution: one page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation import attribution, words
from kedge.adapters.presentation.attribution_cards import fired, labels
from kedge.adapters.presentation.told import told
from kedge.adapters.renderers.page import document
from kedge.analysis.profile import together

if TYPE_CHECKING:
    from kedge.analysis.attribution.summary import AttributionReport


def attribution_page(report: AttributionReport) -> str:
    """Return the report as a self-contained HTML page."""
    return document(
        "attribution.html",
        ("style.css", "figures.css"),
        report=report,
        verdict=told(report),
        profile=together(report.profiles),
        source=report.summary.baseline or (report.baseline.source if report.baseline else ""),
        constraints_only=False,
        severities=fired(report),
        of_labels=labels(report),
        attribution=attribution,
        words=words,
    )
