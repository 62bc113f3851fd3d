"""``kedge merge``: profiles of hours to the profile of a day, without the data."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option, echo

from kedge.adapters.presentation.words import count
from kedge.app import jobs
from kedge.settings import load


def merge(
    profiles: Annotated[list[str], Argument(help="Profile files: paths or URLs.")],
    output: Annotated[str, Option("--output", "-o", help="The profile file to write.")],
) -> None:
    """Merge profiles without reading a row again, endpoint variant by endpoint variant."""
    settings, _ = load()
    merged = jobs(settings).merge(profiles, output)
    rows = sum(profile.rows for profile in merged)
    echo(f"Merged {count(len(profiles), 'profile')} of {count(rows, 'row')} into {output}")
