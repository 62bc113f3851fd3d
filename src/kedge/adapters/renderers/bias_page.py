"""``report.html`` of bias: one page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation import bias, quality, words
from kedge.adapters.presentation.bias_cards import fired, groups, performance
from kedge.adapters.presentation.told import told
from kedge.adapters.renderers.page import document
from kedge.analysis.profile import together

if TYPE_CHECKING:
    from kedge.analysis.bias.summary import BiasReport


def bias_page(report: BiasReport) -> str:
    """Return the report as a self-contained HTML page, whom it is about before what is known of all."""
    shown, total = groups(report)
    return document(
        "bias.html",
        ("style.css", "figures.css"),
        report=report,
        verdict=told(report),
        profile=together(report.profiles),
        source=report.summary.baseline or (report.baseline.source if report.baseline else ""),
        constraints_only=False,
        labels=quality.coverage(report.summary.ground_truth),
        severities=fired(report),
        groups=shown,
        of_groups=total,
        small=bias.small(report),
        least=bias.least(report),
        performance=performance(report),
        quality=quality,
        words=words,
    )
