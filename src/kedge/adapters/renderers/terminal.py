"""A baseline, a report or a profile for the terminal, whichever monitor's it is."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from kedge.adapters.presentation import attribution, attribution_cards, bias, bias_cards, embeddings
from kedge.adapters.presentation.quality_cards import segments
from kedge.adapters.presentation.words import count
from kedge.adapters.renderers import attribution_tables, bias_tables, embeddings_tables, quality_tables, tables
from kedge.analysis.attribution.summary import AttributionBaseline, AttributionReport
from kedge.analysis.bias.summary import BiasBaseline, BiasReport
from kedge.analysis.embeddings.summary import EmbeddingsBaseline, EmbeddingsReport
from kedge.analysis.quality.summary import QualityBaseline, QualityReport
from kedge.analysis.report import Baseline, Report
from kedge.monitors import data_quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.items import Items
    from kedge.analysis.profile import Profile

_MANY = 20  # segments of a column
_BRIEFLY = 5  # rows that stand out, segments of a column, groups
_FEATURES = 10  # of a label


@singledispatch
def extent(learned: object) -> str:
    """Return how much a baseline demands, such as ``3 features``."""
    raise TypeError(type(learned))


@singledispatch
def outcome(report: object) -> Iterator[RenderableType]:
    """Yield what a check found: the verdict and, where there are any, its violations."""
    raise TypeError(type(report))


@singledispatch
def whole(found: object, items: Items) -> Iterator[RenderableType]:
    """Yield all that there is to see of a baseline or a report, and what the statistics of plugins say."""
    raise TypeError(type(found), items)


def profiles(found: tuple[Profile, ...], items: Items) -> Iterator[RenderableType]:
    """Yield profiles, one after the other, and what the statistics of plugins say of them together."""
    yield Group(*(part for profile in found for part in (tables.remembered(profile), "")))
    yield from tables.plugged(items.measured({}, data_quality.whole(found).features))


# --- data quality ---------------------------------------------------------------------------------------


@extent.register(Baseline)
def _(learned: Baseline) -> str:
    return count(len(learned.constraints.features), "feature")


@outcome.register(Report)
def _(report: Report) -> Iterator[RenderableType]:
    yield tables.verdict(report)
    if report.summary.findings:
        yield tables.violations(report)
    anomalies = report.summary.anomalies
    if anomalies and any(f.constraint_check_type == "anomaly_check" for f in report.summary.findings):
        yield tables.odd_rows(anomalies, _BRIEFLY)


@whole.register(Report)
def _(found: Report, items: Items) -> Iterator[RenderableType]:
    del items  # the report holds what plugins say
    yield tables.verdict(found)
    if found.summary.findings:
        yield tables.violations(found)
    anomalies = found.summary.anomalies
    yield from [tables.odd_rows(anomalies), ""] if anomalies and anomalies.odd else []
    yield tables.statistics(found.profile.features, found.summary.distances)
    yield from tables.plugged(found.summary.statistics)


@whole.register(Baseline)
def _(found: Baseline, items: Items) -> Iterator[RenderableType]:
    known = data_quality.remember(found)
    yield tables.learned(found, known)
    yield from tables.plugged(items.measured(known, {}))


# --- model quality --------------------------------------------------------------------------------------


@extent.register(QualityBaseline)
def _(learned: QualityBaseline) -> str:
    return quality_tables.extent(learned)


@outcome.register(QualityReport)
def _(report: QualityReport) -> Iterator[RenderableType]:
    yield from _quality(report, every=False)


@whole.register(QualityReport)
def _(found: QualityReport, items: Items) -> Iterator[RenderableType]:
    del items  # metrics of plugins are metrics like others
    yield from _quality(found, every=True)


@whole.register(QualityBaseline)
def _(found: QualityBaseline, items: Items) -> Iterator[RenderableType]:
    del items
    yield quality_tables.learned(found)


def _quality(report: QualityReport, *, every: bool) -> Iterator[RenderableType]:
    yield tables.verdict(report)
    yield from quality_tables.remarks(report)
    if report.summary.findings:
        yield from ("", tables.violations(report))
    yield ""
    yield quality_tables.metrics(report, every=every)
    yield from quality_tables.segments(segments(report), _MANY if every else _BRIEFLY)


# --- bias -----------------------------------------------------------------------------------------------


@extent.register(BiasBaseline)
def _(learned: BiasBaseline) -> str:
    return bias.extent(learned)


@outcome.register(BiasReport)
def _(report: BiasReport) -> Iterator[RenderableType]:
    yield from _bias(report)
    shown = [card for card in bias_cards.groups(report)[0] if card.severity][:_BRIEFLY]
    yield from bias_tables.groups([card.of_fired for card in shown], len(shown))


@whole.register(BiasReport)
def _(found: BiasReport, items: Items) -> Iterator[RenderableType]:
    del items  # metrics of plugins are metrics like others
    yield from _bias(found)
    yield from bias_tables.groups(*bias_cards.groups(found))


@whole.register(BiasBaseline)
def _(found: BiasBaseline, items: Items) -> Iterator[RenderableType]:
    del items
    yield bias_tables.learned(found)


def _bias(report: BiasReport) -> Iterator[RenderableType]:
    yield tables.verdict(report)
    yield from bias_tables.remarks(report)
    if report.summary.findings:
        yield from ("", tables.violations(report))


# --- feature attribution --------------------------------------------------------------------------------


@extent.register(AttributionBaseline)
def _(learned: AttributionBaseline) -> str:
    return attribution.extent(learned)


@outcome.register(AttributionReport)
def _(report: AttributionReport) -> Iterator[RenderableType]:
    yield from _attribution(report, _FEATURES)


@whole.register(AttributionReport)
def _(found: AttributionReport, items: Items) -> Iterator[RenderableType]:
    del items  # no statistic of a plugin is about the model
    yield from _attribution(found, _MANY * _FEATURES)


@whole.register(AttributionBaseline)
def _(found: AttributionBaseline, items: Items) -> Iterator[RenderableType]:
    del items
    yield attribution_tables.learned(found)


def _attribution(report: AttributionReport, most: int) -> Iterator[RenderableType]:
    yield tables.verdict(report)
    yield from attribution_tables.remarks(report)
    if report.summary.findings:
        yield from ("", tables.violations(report))
    yield from attribution_tables.labels(attribution_cards.labels(report), most)


# --- embeddings -----------------------------------------------------------------------------------------


@extent.register(EmbeddingsBaseline)
def _(learned: EmbeddingsBaseline) -> str:
    return embeddings.extent(learned)


@outcome.register(EmbeddingsReport)
def _(report: EmbeddingsReport) -> Iterator[RenderableType]:
    yield from _vectors(report, every=False)


@whole.register(EmbeddingsReport)
def _(found: EmbeddingsReport, items: Items) -> Iterator[RenderableType]:
    del items
    yield from _vectors(found, every=True)


@whole.register(EmbeddingsBaseline)
def _(found: EmbeddingsBaseline, items: Items) -> Iterator[RenderableType]:
    del items
    yield embeddings_tables.learned(found)


def _vectors(report: EmbeddingsReport, *, every: bool) -> Iterator[RenderableType]:
    yield tables.verdict(report)
    if report.summary.findings:
        yield from ("", tables.violations(report))
    yield ""
    yield quality_tables.metrics(report, every=True)
    yield from embeddings_tables.tests(report)
    if every or report.summary.findings:
        yield from embeddings_tables.farthest(report, _MANY if every else _BRIEFLY)
