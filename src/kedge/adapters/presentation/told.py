"""What a report of any monitor tells: for renderers that do not care what was judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Literal

from kedge.adapters.presentation import attribution, bias, demands, embeddings, quality, sentences
from kedge.adapters.presentation.words import NOTHING
from kedge.analysis.attribution.summary import AttributionReport
from kedge.analysis.bias.summary import BiasReport
from kedge.analysis.embeddings.summary import EmbeddingsReport
from kedge.analysis.quality.summary import QualityReport
from kedge.analysis.report import Pattern, Report
from kedge.analysis.severity import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from kedge.analysis.bias.report import BiasFinding
    from kedge.analysis.quality.report import MetricFinding
    from kedge.analysis.severity import Severity

# Shapes, so that nothing hangs on a colour.
MARKS = {"fired": "▲", "calm": "✓", "held back": "○"}
_PLAIN = {**sentences.ISOLATES, ord("\N{NO-BREAK SPACE}"): " "}


@dataclass(frozen=True, slots=True)
class Told:
    """A violation as a person is told of it; ``subject`` and ``check`` are as they came, the rest is safe to show.

    ``gap`` is how far observed and expected lie apart, 0 to 1; ``part`` names the rows that it is of, where it is not
    of all; an ``echo`` says in other words what another violation says.
    """

    subject: str
    check: str
    severity: Severity
    observed: str
    expected: str
    sentence: str
    description: str
    gap: float
    part: str = ""
    echo: bool = False

    @property
    def rank(self) -> tuple[int, bool, float]:
        """Its place among others, the worst first; what is of all rows before what is of some."""
        return SEVERITIES.index(self.severity), bool(self.part), -self.gap

    @property
    def in_full(self) -> str:
        """What is wrong with what was observed and expected, for where there is no table; in plain characters."""
        bound = "" if self.expected == NOTHING else f", expected {self.expected}"
        numbers = "" if self.observed == NOTHING else f" Observed {self.observed}{bound}."
        return f"{self.sentence}{numbers}".translate(_PLAIN)


@dataclass(frozen=True)
class Verdict:
    """The verdict in one line, and its violations in the order of the report.

    Parameters
    ----------
    line
        The outcome.
    of
        What the subjects are.
    violations
        What is wrong.
    common
        What several violations have in common.
    demanded
        Subject and check of all that was demanded.
    held_back
        Why there is no verdict yet; empty where there is one.
    """

    line: str
    of: Literal["Feature", "Metric", "Label"]
    violations: tuple[Told, ...]
    common: tuple[Pattern, ...]
    demanded: tuple[tuple[str, str], ...]
    held_back: str = ""

    @property
    def mark(self) -> str:
        """The shape of the outcome."""
        return MARKS["fired" if self.violations else "held back" if self.held_back else "calm"]

    @property
    def by_subject(self) -> dict[str, list[Told]]:
        """The violations of each subject, worst first, without echoes."""
        return sentences.worst_first(self._heard, lambda each: each.subject, lambda each: each.rank)

    @property
    def by_part(self) -> dict[str, list[Told]]:
        """The violations of each part of the rows, worst first, without echoes; those of all rows under no name."""
        return sentences.worst_first(self._heard, lambda each: each.part, lambda each: each.rank)

    @property
    def _heard(self) -> list[Told]:
        return [each for each in self.violations if not each.echo]


@singledispatch
def told(report: object) -> Verdict:
    """Return what a report tells, whichever monitor's it is."""
    raise TypeError(type(report))


# --- data quality ---------------------------------------------------------------------------------------


@told.register(Report)
def _(report: Report) -> Verdict:
    return Verdict(
        line=sentences.verdict(report),
        of="Feature",
        violations=tuple(
            Told(
                finding.feature_name,
                sentences.check(finding),
                finding.severity,
                *sentences.observed_expected(finding),
                sentences.sentence(finding),
                finding.description,
                sentences.gap(finding),
            )
            for finding in sentences.findings(report)
        ),
        common=tuple(report.summary.patterns),
        demanded=tuple((name, sentences.in_words(kind)) for name, kind in demands.checked(report)),
    )


# --- model quality --------------------------------------------------------------------------------------


@told.register(QualityReport)
def _(report: QualityReport) -> Verdict:
    common = quality.common(report)
    return Verdict(
        line=quality.verdict(report),
        of="Metric",
        violations=tuple(_of_metrics(report.summary.findings, [pattern.description for pattern in common])),
        common=tuple(common),
        demanded=tuple(quality.demanded(report)),
        held_back=report.summary.held_back or "",
    )


# --- embeddings -----------------------------------------------------------------------------------------


@told.register(EmbeddingsReport)
def _(report: EmbeddingsReport) -> Verdict:
    return Verdict(
        line=embeddings.verdict(report),
        of="Metric",
        violations=tuple(_of_metrics(report.summary.findings, ())),
        common=(),
        demanded=tuple(embeddings.demanded(report)),
    )


def _of_metrics(findings: Sequence[MetricFinding], said: Collection[str]) -> Iterator[Told]:
    echoes = quality.echoes(findings)
    repeated = {(segment, name) for (segment, _), names in echoes.items() for name in names}
    for finding in findings:
        place = (finding.segment, finding.metric_name)
        yield Told(
            quality.subject(finding.metric_name, finding.segment),
            quality.check(finding.constraint_check_type),
            finding.severity,
            *quality.observed_expected(finding),
            quality.sentence(finding, said, () if finding.segment else echoes.get(place, ())),
            finding.description,
            quality.gap(finding),
            finding.segment or "",
            place in repeated,
        )


# --- bias -----------------------------------------------------------------------------------------------


@told.register(BiasReport)
def _(report: BiasReport) -> Verdict:
    common = bias.common(report)
    return Verdict(
        line=bias.verdict(report),
        of="Metric",
        violations=tuple(_of_groups(report.summary.findings, [pattern.description for pattern in common])),
        common=tuple(common),
        demanded=tuple(bias.demanded(report)),
        held_back=bias.held_back(report),
    )


def _of_groups(findings: Sequence[BiasFinding], said: Collection[str]) -> Iterator[Told]:
    echoes = bias.echoes(findings)
    repeated = bias.repeated(findings)
    for finding in findings:
        place = (bias.group(finding), finding.metric_name)
        yield Told(
            bias.subject(finding),
            bias.check(finding.allowed_range),
            finding.severity,
            *bias.observed_expected(finding),
            bias.sentence(finding, said, echoes.get(place, ())),
            finding.description,
            bias.gap(finding),
            bias.group(finding),
            place in repeated,
        )


# --- feature attribution --------------------------------------------------------------------------------


@told.register(AttributionReport)
def _(report: AttributionReport) -> Verdict:
    return Verdict(
        line=attribution.verdict(report),
        of="Label",
        violations=tuple(
            Told(
                attribution.subject(finding.label, finding.feature_name),
                attribution.check(finding.constraint_check_type),
                finding.severity,
                *attribution.observed_expected(finding),
                attribution.sentence(finding),
                finding.description,
                attribution.gap(finding),
            )
            for finding in report.summary.findings
        ),
        common=(),
        demanded=tuple(attribution.demanded(report)),
        held_back=attribution.held_back(report),
    )
