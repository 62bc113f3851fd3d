"""``kedge capture change``: settings of servers that run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option, echo

from kedge.errors import SettingError
from kedge.service.capture.change import change as changed


def change(
    journal: Annotated[Path, Argument(help="The journal of the servers.")],
    endpoint: Annotated[str, Option(help="Whose settings.")],
    enabled: Annotated[bool | None, Option("--enabled/--disabled", help="Whether anything is captured.")] = None,
    sampling_percentage: Annotated[float | None, Option(help="How many requests of a hundred.")] = None,
    sample_by: Annotated[str | None, Option(help="request, or inference_id.")] = None,
    capture_options: Annotated[
        list[str] | None, Option("--capture-option", help="Input or Output; may be given again.")
    ] = None,
    csv_content_types: Annotated[
        list[str] | None, Option("--csv-content-type", help="Kept as CSV; may be given again.")
    ] = None,
    json_content_types: Annotated[
        list[str] | None, Option("--json-content-type", help="Kept as JSON; may be given again.")
    ] = None,
    errors: Annotated[bool | None, Option("--errors/--no-errors", help="Whether answers of 400 and above are.")] = None,
    max_body_bytes: Annotated[int | None, Option(help="Longer bodies are not captured.")] = None,
    reset: Annotated[bool, Option("--reset", help="Take back what was changed earlier.")] = False,
) -> None:
    """Change what is captured, without a restart: servers look once a second."""
    given = {
        "enabled": enabled,
        "sampling_percentage": sampling_percentage,
        "sample_by": sample_by,
        "capture_options": capture_options,
        "csv_content_types": csv_content_types,
        "json_content_types": json_content_types,
        "errors": errors,
        "max_body_bytes": max_body_bytes,
    }
    values = {name: value for name, value in given.items() if value is not None}
    if not values and not reset:
        raise SettingError("Nothing is to be changed.", next_step="Give a setting, such as --sampling-percentage 10.")
    before, after = changed(journal, endpoint, values, reset=reset)
    for name in {**before, **after}:
        then, now = (_shown(settings, name) for settings in (before, after))
        echo(f"{name}: {then} → {now}" if then != now else f"{name}: {now}, as before")


def _shown(settings: dict[str, object], name: str) -> str:
    value = settings.get(name, "as the server was started")
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
