"""What a script of a user is to see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kedge.domain.window import Window


@dataclass(frozen=True, slots=True)
class ScriptRecords:
    """The records that a script is to see, in local files.

    Parameters
    ----------
    format
        How files are cut into records.
    files
        Local path to the URL that a person knows, in order.
    answers
        The local files of responses, whose lines belong to those of ``files``; none where these are whole records.
    header, delimiter
        What is known of CSV files.
    tagged
        Whether each CSV response ends with an id and a time.
    window
        Only capture records of this time.
    environment
        The variables that the service gives a script.
    """

    format: Literal["capture", "csv", "jsonl"]
    files: Mapping[Path, str]
    answers: tuple[Path, ...] = ()
    header: bool = True
    delimiter: str = ","
    tagged: bool = False
    window: Window | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
