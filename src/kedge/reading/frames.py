"""Frames of the user: whatever speaks the Arrow C stream interface, and pandas without Arrow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kedge.errors import InputError
from kedge.reading.columns import Relation
from kedge.reading.halves import widened
from kedge.reading.parquet_files import typed_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from kedge.analysis.report import Unreadable


class Frame:
    """A frame of Polars, pandas or Arrow, or any other that has ``__arrow_c_stream__``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, frame: Any) -> None:
        pandas = type(frame).__module__.partition(".")[0] == "pandas"
        if not pandas and not hasattr(frame, "__arrow_c_stream__"):
            raise InputError(
                f"A {type(frame).__name__} is neither a path nor a frame.",
                next_step="Give a path, a URL, or a frame of Polars, pandas or Arrow.",
            )
        connection.register("frame", frame if pandas else _Stream(frame))
        whole = _gapped_integers(frame) if pandas else []
        fields = (replace(f, source="integer") if f.name in whole else f for f in typed_fields(connection, "frame"))
        self.relation = Relation("frame", tuple(fields), seed="frame")
        self.notes = tuple(
            f"{name}: whole numbers with gaps, kept by pandas as floats, are integers." for name in whole
        )

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Nothing is odd in a frame."""
        raise NotImplementedError(odd)

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Nothing: a frame is read whole."""
        del refused, limit
        return 0, []


def _gapped_integers(frame: Any) -> list[str]:
    """Return the columns that pandas made floats only because a value is missing."""
    floats = frame.select_dtypes("float")
    gapped = floats.loc[:, floats.isna().any() & floats.notna().any()]
    return [str(name) for name, values in gapped.items() if (values.dropna() % 1 == 0).all()]


class _Stream:
    """Shows DuckDB nothing but the Arrow interface, so that it needs none of the frame's own packages."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return widened(self._frame.__arrow_c_stream__(requested_schema)).__arrow_c_stream__()
