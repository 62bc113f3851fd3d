"""``monitors.yaml``: what somebody wants monitored, as a person writes it. What is wrong is told with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from kedge.domain.declaration import WORDS
from kedge.errors import DocumentError, KedgeError, did_you_mean
from kedge.reading.marked_yaml import Marked
from kedge.reading.monitors_entries import MonitorsFile

SECTIONS = {
    "endpoint": "endpoints",
    "dataset": "datasets",
    "baseline": "baselines",
    "schedule": "schedules",
    "alarm": "alarms",
    "channel": "channels",
    "action": "actions",
    "subscription": "subscriptions",
}
LONGEST_TOLD = 200  # characters of a value, where it is not usable


class Monitors:
    """A file of monitors that was read: what it declares, and on which line.

    Parameters
    ----------
    text
        What stands in it.
    file
        Where it is, for what is said of it.
    folder
        Where its paths are seen from; None is where the file is.

    Raises
    ------
    DocumentError
        It is no YAML, or a key or value is not usable; the line is told.
    """

    def __init__(self, text: bytes, file: str, folder: Path | None = None) -> None:
        self.file = file
        self._marked = Marked(text, file)
        try:
            model = MonitorsFile.model_validate({} if self._marked.data is None else self._marked.data)
        except ValidationError as error:
            raise self._unusable(error) from None
        self.declaration = model.declaration(folder or Path(file).resolve().parent)

    def placed(self, error: KedgeError, kind: str, name: str) -> KedgeError:
        """Return an error with its place in the file: what it says of a resource is said of its key."""
        word = WORDS.get(error.field or "", error.field or "")
        path = (SECTIONS[kind], name, word)
        error.file, error.line = self.file, self._marked.line(path)
        error.field = ".".join(part for part in path if part)
        return error

    def _unusable(self, error: ValidationError) -> DocumentError:
        # A key that is misspelt is missing, too: what stands there is told first.
        first, *_ = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        path = tuple(step for step in first["loc"] if step != "[key]")
        return DocumentError(
            _told(first, path) + (f" ({error.error_count() - 1} more like it.)" if error.error_count() > 1 else ""),
            file=self.file,
            line=self._marked.line(path),
            field=".".join(map(str, path)),
            next_step="Mend that line.",
        )


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **MonitorsFile.model_json_schema()}


def _told(first: Any, path: tuple[Any, ...]) -> str:
    if first["type"] == "extra_forbidden":
        return f"There is no such key.{did_you_mean(str(path[-1]), _known(path[:-1]))}"
    if first["type"] == "missing":
        return "This key is missing."
    message = first["msg"].removeprefix("Value error, ")
    if isinstance(first["input"], dict | list):
        return f"{message}."
    value = first["input"][:LONGEST_TOLD] if isinstance(first["input"], str) else first["input"]
    near = did_you_mean(str(value), (word for word in re.findall("'(.+?)'", first["msg"]) if word != value))
    return f"{message}. Found {value!r}.{near}"


def _known(path: tuple[Any, ...]) -> list[str]:
    """Return the keys that may stand at a place of the file."""
    if not path:
        return list(MonitorsFile.model_fields)
    entry = get_args(MonitorsFile.model_fields[path[0]].annotation)[1]
    return list(entry.model_fields)
