"""Documents from bytes and to bytes; what is wrong with one is said with its file, line and field."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from kedge.analysis.documents import Constraints
from kedge.analysis.overrides import monitoring_configs
from kedge.analysis.profile import Profile
from kedge.errors import DocumentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.analysis.distances import Distance

    Path = tuple[str | int, ...]

Model = TypeVar("Model", bound=BaseModel)
PROFILE_VERSION = 1


def read(model: type[Model], content: bytes, url: str, **context: Any) -> Model:
    """Read a document; ``context`` is what its validators want to know.

    Raises
    ------
    DocumentError
        It is not JSON, or a field is missing or has an unusable value.
    """
    text, data = _parsed(content, url)
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = _existing(first["loc"], data)
        more = f" ({error.error_count() - 1} more like it.)" if error.error_count() > 1 else ""
        found = "" if isinstance(first["input"], dict | list) else f" Found {first['input']!r}."
        nearest = did_you_mean(str(first["input"]), re.findall(r"'(.+?)'", first["msg"]))
        raise DocumentError(
            f"{first['msg']}.{found}{nearest}{more}",
            file=url,
            line=line_of(text, path),
            field=dotted(tuple(step for step in first["loc"] if step != "[key]")),
            next_step="Mend the file, or write it anew with kedge baseline.",
        ) from None


def read_constraints(content: bytes, url: str, distances: Mapping[str, Distance] | None = None) -> Constraints:
    """Read constraints, and see that every override of theirs can be understood."""
    constraints = read(Constraints, content, url, distances=distances)
    try:
        monitoring_configs(constraints, distances=distances)
    except DocumentError as error:
        text, data = _parsed(content, url)
        raise DocumentError(
            error.message,
            file=url,
            line=line_of(text, _steps(error.field or "", data)),
            field=error.field,
            next_step=error.next_step,
        ) from None
    return constraints


def read_profiles(content: bytes, url: str) -> tuple[Profile, ...]:
    """Read a profile file: one profile for every endpoint variant."""
    _, data = _parsed(content, url)
    try:
        if data["version"] != PROFILE_VERSION:
            raise DocumentError(
                f"The profile is of version {data['version']}, and this kedge reads {PROFILE_VERSION}.",
                file=url,
                field="version",
                next_step="Use the kedge that wrote it, or write it anew.",
            )
        return tuple(Profile.from_json(profile) for profile in data["profiles"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DocumentError(
            f"This is not a profile that kedge wrote ({type(error).__name__}: {error}).",
            file=url,
            next_step="Give a profile.json of a baseline or a report.",
        ) from None


def write_profiles(profiles: Sequence[Profile]) -> bytes:
    """Return the content of a profile file."""
    data = {"version": PROFILE_VERSION, "profiles": [profile.to_json() for profile in profiles]}
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def dotted(path: Path) -> str:
    """Return a path the way a person writes it.

    >>> dotted(("features", 3, "completeness"))
    'features[3].completeness'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def line_of(text: str, path: Path) -> int:
    """Return the line on which the value at ``path`` starts; the nearest that is there, where it is not.

    >>> line_of('{"a": 1,\\n "b": [1,\\n 2]}', ("b", 1))
    3
    """
    place = _skip(text, 0)
    for step in path:
        found = _step(text, place, step)
        if found is None:
            break
        place = found
    return text.count("\n", 0, place) + 1


def parsed(content: bytes, url: str) -> Any:
    """Return the data of a document, whatever it is."""
    return _parsed(content, url)[1]


def _parsed(content: bytes, url: str) -> tuple[str, Any]:
    try:
        text = content.decode("utf-8-sig")
        return text, json.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DocumentError("The text is not UTF-8.", file=url, line=line, next_step="Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"This is not JSON: {error.msg} (column {error.colno}).",
            file=url,
            line=error.lineno,
            next_step="Mend that line.",
        ) from None
    except RecursionError:
        raise DocumentError("The JSON is nested too deeply.", file=url) from None


def _steps(field: str, data: Any) -> Path:
    """Return the path of a field, a feature given by its place or its name: ``features['age'].completeness``."""
    steps: list[str | int] = []
    places = {repr(feature["name"]): i for i, feature in enumerate(data["features"])}
    for key, place in re.findall(r"([^.\[\]]+)|\[(\d+|'.*?'|\".*?\")\]", field):
        steps.append(int(place) if place.isdigit() else places.get(place, key))
    return tuple(steps)


def _existing(path: Path, data: Any) -> Path:
    """Cut a path to the part that is in the data: a missing field is said at its parent."""
    for i, step in enumerate(path):
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return path[:i]
    return path


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n,:":
        place += 1
    return place


def _step(text: str, place: int, step: str | int) -> int | None:
    """Return where the member ``step`` of the object or array at ``place`` starts."""
    decoder, kind, number = json.JSONDecoder(), text[place], 0
    place = _skip(text, place + 1)
    while place < len(text) and text[place] not in "]}":
        key: str | int = number
        if kind == "{":
            key, place = decoder.raw_decode(text, place)
            place = _skip(text, place)
        if key == step:
            return place
        place = _skip(text, decoder.raw_decode(text, place)[1])
        number += 1
    return None
