"""``kedge show``: a report, a baseline or a profile as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from rich.console import Group, RenderableType
from typer import Argument, echo

from kedge.adapters.renderers import tables
from kedge.analysis import summarize
from kedge.analysis.report import Baseline, Report, Sides
from kedge.app import jobs
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import output as console
from kedge.monitors import data_quality
from kedge.settings import load

if TYPE_CHECKING:
    from kedge.analysis.items import Items
    from kedge.analysis.profile import Profile


def show(
    what: Annotated[str, Argument(help="Folder or URL of a report or a baseline, or a profile file.")],
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Show a report, a baseline or a profile as tables in the terminal."""
    settings, _ = load(plugins=plugins)
    shelf = jobs(settings).shelf
    found = shelf.load(what)
    if json:
        echo(_document(found))
    else:
        console().print(_tables(found), *tables.plugged(_plugged(found, shelf.items)))


def _plugged(found: Report | Baseline | tuple[Profile, ...], items: Items) -> dict[str, dict[str, Sides]]:
    """Return what the statistics of plugins say: a report holds it, of what has no report it is computed."""
    if isinstance(found, Report):
        return found.summary.statistics
    if isinstance(found, Baseline):
        return items.measured(data_quality.remember(found), {})
    return items.measured({}, data_quality.whole(found).features)


def _tables(found: Report | Baseline | tuple[Profile, ...]) -> RenderableType:
    if isinstance(found, Report):
        fired = [tables.violations(found)] if found.summary.findings else []
        anomalies = found.summary.anomalies
        odd = [tables.odd_rows(anomalies), ""] if anomalies and anomalies.odd else []
        return Group(
            tables.verdict(found), *fired, *odd, tables.statistics(found.profile.features, found.summary.distances)
        )
    if isinstance(found, Baseline):
        return tables.learned(found, data_quality.remember(found))
    return Group(*(part for profile in found for part in (tables.remembered(profile), "")))


def _document(found: Report | Baseline | tuple[Profile, ...]) -> str:
    if isinstance(found, Report):
        return found.summary.model_dump_json()
    if isinstance(found, Baseline):
        return found.constraints.to_json()
    return summarize.statistics(data_quality.whole(found)).to_json()
