"""``report.html``: the report as one page that needs nothing but itself."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from kedge.adapters.presentation import charts, sentences, words
from kedge.adapters.presentation.cards import Card, cards
from kedge.adapters.presentation.first import first
from kedge.adapters.presentation.told import told
from kedge.analysis.severity import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from kedge.analysis.report import Report


def page(report: Report) -> str:
    """Return the report as a self-contained HTML page."""
    shown = cards(report)
    return document(
        "report.html",
        ("style.css",),
        "script.js",
        report=report,
        verdict=told(report),
        profile=report.profile,
        source=report.summary.baseline or report.baseline.source,
        constraints_only=not report.baseline_features and report.baseline.constraints.features,
        cards=shown,
        features=[card for card in shown if not card.of_window],
        first=first(report),
        anchors={card.feature: card for card in shown},
        severities=_by_severity(shown),
    )


def _by_severity(shown: Sequence[Card]) -> list[tuple[str, list[Card]]]:
    groups = ((severity, [card for card in shown if card.severity == severity]) for severity in SEVERITIES)
    return [(severity, group) for severity, group in groups if group]


def document(template: str, styles: Sequence[str], script: str | None = None, **values: object) -> str:
    """Return a template as a page that loads nothing, and whose content security policy forbids to.

    The only style and script that run are the two inside it, named by their hashes. Everything from the data
    is escaped and cut to a readable length.
    """
    from markupsafe import Markup

    style = Markup("\n".join(_tight(_text(name)) for name in styles))
    code = Markup(_tight(_text(script)) if script else "")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(code)}; base-uri 'none'; form-action 'none'"
    )
    html = _environment().get_template(template).render(style=style, script=code, policy=policy, **values)
    return _tight(html)


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"plain": words.plain, "percent": words.percent, "number": words.number}
    environment.globals |= {
        "count": words.count,
        "length": charts.length,
        "marks": sentences.MARKS,
        "moment": words.moment,
        "span": words.span,
        "standing_out": sentences.standing_out,
        "unusual": sentences.unusual,
    }
    return environment


def _text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text("utf-8")


def _tight(text: str) -> str:
    """Drop indentation and empty lines: they are for the reader of the template."""
    return re.sub(r"\n\s+", "\n", text).strip()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
