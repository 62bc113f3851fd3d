"""``report.html`` of model quality: one page that needs nothing but itself."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from kedge.adapters.presentation import quality, words
from kedge.adapters.presentation.confusions import classes, confusions
from kedge.adapters.presentation.curves import curves
from kedge.adapters.presentation.quality_cards import fired, metrics, segments
from kedge.adapters.presentation.told import told
from kedge.adapters.renderers.page import document
from kedge.analysis.profile import Profile

if TYPE_CHECKING:
    from kedge.analysis.quality.summary import QualityReport


def quality_page(report: QualityReport) -> str:
    """Return the report as a self-contained HTML page, in the order in which somebody needs it who is woken by it."""
    learned = report.baseline.statistics if report.baseline else None
    window, baseline = report.statistics.metrics, learned.metrics if learned else None
    per_class, of_classes = classes(window, baseline)
    return document(
        "quality.html",
        ("style.css", "figures.css", "quality.css"),
        report=report,
        verdict=told(report),
        profile=reduce(Profile.merge, report.profiles, Profile()),
        source=report.summary.baseline or (report.baseline.source if report.baseline else ""),
        constraints_only=report.baseline is not None and learned is None,
        labels=quality.coverage(report.summary.ground_truth),
        severities=fired(report),
        metrics=metrics(report),
        confusions=confusions(window, baseline),
        classes=per_class,
        of_classes=of_classes,
        curves=curves(window, baseline),
        segments=segments(report),
        quality=quality,
        words=words,
    )
