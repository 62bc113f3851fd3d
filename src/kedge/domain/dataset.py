"""A dataset: where rows are, and how they are to be understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kedge.errors import SettingError

if TYPE_CHECKING:
    from kedge.domain.window import Window

Format = Literal["csv", "jsonl", "parquet", "capture", "batch"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet", "capture", "batch")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows at a path or URL, a file or a folder.

    Parameters
    ----------
    url
        A local path, or a ``file://``, ``s3://``, ``gs://`` or ``az://`` URL.
    format
        None infers it from the names and the first bytes of the files.
    header
        Whether the first line of a CSV file holds the column names.
    delimiter
        What stands between two fields of a CSV file or payload.
    window
        Only capture records of this time, and only hour folders that may hold them.
    output_columns_position
        Whether the columns of the prediction stand before (``START``) or after those of the request.
    input_rows, output_rows
        JMESPath to the list of rows in a JSON request or response; None knows the common layouts.
    exclude
        Columns to leave out.
    unreadable_share
        Above this share of unreadable records, 0 to 1, the run fails.
    preprocess
        A script whose ``preprocess_handler`` makes rows of records: a path or URL.
    label
        Where the label stands in the JSON of a merged record: a key or a JMESPath; None takes the only key.
    """

    url: str
    format: Format | None = None
    header: bool = True
    delimiter: str = ","
    window: Window | None = None
    output_columns_position: Literal["START", "END"] = "START"
    input_rows: str | None = None
    output_rows: str | None = None
    exclude: tuple[str, ...] = ()
    unreadable_share: float = 0.01
    preprocess: str | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            raise SettingError(
                f"A delimiter is one character, and not {self.delimiter!r}.",
                field="--delimiter",
                next_step="Give a comma, a semicolon or \\t.",
            )


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known of a dataset before it is read, from its baseline.

    Parameters
    ----------
    names
        The baseline's column names in order; fields without a name of their own take them by position.
    texts
        The columns to remember as categories, whatever their values look like; None looks at the data.
    shift
        Whether prediction columns take part in that order even where the request alone already fills it,
        as in the service.
    hashed
        Whether the baseline remembers only hashes of texts.
    indexed
        Whether the fields of a response that have no names are called by their place in it, ``0``, ``1`` and so on,
        and stand first. Those of the request take ``names`` if these are as many, and none is left out.
    vector
        The column whose values are lists of numbers: it comes whole, and not as a column for each number.
    """

    names: tuple[str, ...] = ()
    texts: frozenset[str] | None = None
    shift: bool = False
    hashed: bool = False
    indexed: bool = False
    vector: str | None = None
