"""What is captured, where it is kept, and what it may cost."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kedge.domain.capture_record import CaptureRecord

    Redact = Callable[[CaptureRecord], CaptureRecord | None]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
CONTENT_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*", re.ASCII)
# The service's word for each side (data-capture.md, 1.3), and the one of its Python library.
SIDES = {
    "Input": ("Input",),
    "Output": ("Output",),
    "InputAndOutput": ("Input", "Output"),
    "REQUEST": ("Input",),
    "RESPONSE": ("Output",),
}
KEY_KINDS = ("file", "env", "kms")
SAMPLE_BY = ("request", "inference_id")
MAX_BODY_BYTES = 6_291_456  # what the service takes (data-capture.md, 1.5)
DISK_SHARE = 0.75  # above which it stops to capture (the same)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What may change while the server runs.

    Parameters
    ----------
    enabled
        Whether anything is captured.
    sampling_percentage
        How many requests of a hundred are captured, 0 to 100.
    sample_by
        ``request``: each by chance; ``inference_id``: by the hash of the caller's id, so that a label can be sampled
        alike (``kedge.capture.sampled``); a request without an id is then taken by chance.
    capture_options
        ``Input``, ``Output`` or both.
    csv_content_types, json_content_types
        Bodies of these types are kept as text, of all others as base64. Parameters such as a charset do not count.
    errors
        Whether answers with a status of 400 or above are captured.
    max_body_bytes
        A request or an answer that is longer, packed or unpacked, is not captured.

    Raises
    ------
    SettingError
        A value is of no use; ``field`` names it.
    """

    enabled: bool = True
    sampling_percentage: float = 100
    sample_by: str = "request"
    capture_options: tuple[str, ...] = ("Input", "Output")
    csv_content_types: tuple[str, ...] = ("text/csv",)
    json_content_types: tuple[str, ...] = ("application/json", "application/jsonlines", "application/x-ndjson")
    errors: bool = False
    max_body_bytes: int = MAX_BODY_BYTES

    def __post_init__(self) -> None:
        for name in ("capture_options", "csv_content_types", "json_content_types"):
            _texts(self, name)
        _number(self, "sampling_percentage", 0, 100)
        _number(self, "max_body_bytes", 1)
        _one_of(self, "sample_by", SAMPLE_BY)
        for name in ("enabled", "errors"):
            _demand(self, name, isinstance(getattr(self, name), bool), "true or false")
        for option in self.capture_options:
            _demand(self, "capture_options", option in SIDES, f"one of {', '.join(SIDES)}")
        for name in ("csv_content_types", "json_content_types"):
            for type in getattr(self, name):
                _demand(self, name, CONTENT_TYPE.fullmatch(type), "content types such as text/csv")

    @cached_property
    def sides(self) -> frozenset[str]:
        """``Input``, ``Output`` or both."""
        return frozenset(side for option in self.capture_options for side in SIDES[option])

    @cached_property
    def encodings(self) -> dict[str, str]:
        """Content type, in lower case, to the encoding of its text."""
        csv = dict.fromkeys((type.lower() for type in self.csv_content_types), "CSV")
        return csv | dict.fromkeys((type.lower() for type in self.json_content_types), "JSON")

    @cached_property
    def by_id(self) -> bool:
        """Whether a request's inference id decides if it is captured."""
        return self.sample_by == "inference_id" and 0 < self.sampling_percentage < 100

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """Return these settings with others in place.

        Raises
        ------
        SettingError
            A name is unknown, or a value is of no use.
        """
        for name in values:
            if name not in CHANGEABLE:
                raise SettingError(
                    f"There is no setting of this name.{did_you_mean(name, CHANGEABLE)}",
                    field=name,
                    next_step=f"What can change while a server runs: {', '.join(CHANGEABLE)}.",
                )
        return replace(self, **values)


CHANGEABLE = tuple(field.name for field in fields(Settings))


@dataclass(frozen=True, kw_only=True)
class CaptureConfig(Settings):
    """What is captured, where it is kept, and what it may cost.

    Parameters
    ----------
    endpoint
        The name of what is served, the first folder of what is captured.
    journal
        A local folder, made where there is none.
    variant
        Which variant answers, where an adapter does not know better.
    destination
        Folder or URL that captures are shipped to.
    ship
        Whether to start a process that ships the journal to ``destination``; else ``kedge capture ship`` does.
    methods, paths
        Which requests are looked at: their method, and shell patterns of their path; no pattern stands for any.
    buffer_records, buffer_bytes
        What memory may hold of what is not yet in the journal; above it, records are dropped.
    file_bytes, file_seconds
        A file of the journal is closed, and so can be shipped, when it is this long or this old.
    disk_share
        Above this share of the journal's disk, 0 to 1, records are dropped.
    redact
        Called with each record before anything touches the disk; returns it changed, or None to leave it out.
    key
        Where the key is that seals the journal's files, and so what is shipped: ``file:PATH``, ``env:NAME`` or
        ``kms:KEY``; unset seals nothing.

    Raises
    ------
    SettingError
        A value is of no use; ``field`` names it.
    """

    endpoint: str
    journal: str | Path
    variant: str = "AllTraffic"
    destination: str | None = None
    ship: bool = False
    methods: tuple[str, ...] = ("POST",)
    paths: tuple[str, ...] = ()
    buffer_records: int = 100_000
    buffer_bytes: int = 64 << 20
    file_bytes: int = 16 << 20
    file_seconds: float = 60
    disk_share: float = DISK_SHARE
    redact: Redact | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("endpoint", "variant"):
            _demand(self, name, named(getattr(self, name)), "letters, digits, '.', '_' and '-', 63 at most")
        for name in ("methods", "paths"):
            _texts(self, name)
        object.__setattr__(self, "methods", tuple(method.upper() for method in self.methods))
        for name in ("buffer_records", "buffer_bytes", "file_bytes"):
            _number(self, name, 1)
        _number(self, "file_seconds", 0.001)
        _number(self, "disk_share", 0, 1)
        _demand(self, "redact", self.redact is None or callable(self.redact), "a function")
        known = self.key is None or self.key.partition(":")[0] in KEY_KINDS
        _demand(self, "key", known, "file:PATH, env:NAME or kms:KEY")
        _demand(self, "ship", not self.ship or self.destination, "a destination to ship to")

    @property
    def settings(self) -> Settings:
        """The part of it that may change."""
        return Settings(**{name: getattr(self, name) for name in CHANGEABLE})


def named(text: object) -> bool:
    """Return whether a text can be the name of an endpoint or a variant, and so of a folder."""
    return isinstance(text, str) and NAME.fullmatch(text) is not None


def _texts(settings: Settings, name: str) -> None:
    """Demand texts, and keep them as a tuple; a single one would be taken letter by letter."""
    value = getattr(settings, name)
    texts = isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(text, str) for text in value)
    _demand(settings, name, texts, "a list of texts")
    object.__setattr__(settings, name, tuple(value))


def _number(settings: Settings, name: str, least: float, most: float | None = None) -> None:
    value = getattr(settings, name)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = number and least <= value and (most is None or value <= most)
    _demand(settings, name, fits, f"a number of {least:g} at least" if most is None else f"{least:g} to {most:g}")


def _one_of(settings: Settings, name: str, known: tuple[str, ...]) -> None:
    _demand(settings, name, getattr(settings, name) in known, f"one of {', '.join(known)}")


def _demand(settings: Settings, name: str, fits: object, expected: str) -> None:
    if not fits:
        value = getattr(settings, name)
        raise SettingError(f"This is not {expected}: {value!r}.", field=name, next_step="Change it.")
