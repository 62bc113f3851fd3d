"""What a report of any monitor tells: for renderers that do not care what was judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Literal

from kedge.adapters.presentation import demands, sentences
from kedge.adapters.presentation.words import NOTHING
from kedge.analysis.report import Pattern, Report
from kedge.analysis.severity import SEVERITIES

if TYPE_CHECKING:
    from kedge.analysis.severity import Severity

# Shapes, so that nothing hangs on a colour.
MARKS = {"fired": "▲", "calm": "✓", "held back": "○"}
_PLAIN = {**sentences.ISOLATES, ord("\N{NO-BREAK SPACE}"): " "}


@dataclass(frozen=True, slots=True)
class Told:
    """A violation as a person is told of it; ``subject`` and ``check`` are as they came, the rest is safe to show.

    ``gap`` is how far observed and expected lie apart, 0 to 1.
    """

    subject: str
    check: str
    severity: Severity
    observed: str
    expected: str
    sentence: str
    description: str
    gap: float

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
    of: Literal["Feature", "Metric"]
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
        """The violations of each subject, worst first."""
        return sentences.worst_first(
            self.violations, lambda each: each.subject, lambda each: (SEVERITIES.index(each.severity), -each.gap)
        )


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
