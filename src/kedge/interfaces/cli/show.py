"""``kedge show``: a report, a baseline or a profile as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, echo

from kedge.adapters.renderers import terminal
from kedge.analysis import summarize
from kedge.analysis.report import Judged, Learned
from kedge.app import jobs
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import output as console
from kedge.monitors import data_quality
from kedge.settings import load

if TYPE_CHECKING:
    from kedge.analysis.profile import Profile
    from kedge.analysis.report import AnyJudged, AnyLearned


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
        return
    tables = terminal.profiles(found, shelf.items) if isinstance(found, tuple) else terminal.whole(found, shelf.items)
    console().print(*tables, sep="\n")


def _document(found: AnyJudged | AnyLearned | tuple[Profile, ...]) -> str:
    if isinstance(found, Judged):
        return found.summary.model_dump_json()
    if isinstance(found, Learned):
        return found.constraints.to_json()
    return summarize.statistics(data_quality.whole(found)).to_json()
