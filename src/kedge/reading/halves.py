"""Half precision, which DuckDB does not take from Arrow, as single precision."""

from __future__ import annotations

from typing import Any

import nanoarrow
import numpy as np
from nanoarrow.c_array import c_array_from_buffers
from nanoarrow.c_array_stream import CArrayStream

HALF, SINGLE = "e", "f"  # what Arrow calls them


def widened(stream: Any) -> Any:
    """Return an Arrow stream with its half-precision numbers widened, in lists and structures, too; others as it is."""
    found = nanoarrow.c_array_stream(stream)
    schema = found.get_schema()
    if not _halved(schema):
        return found
    wide = _schema(schema)
    return CArrayStream.from_c_arrays([_array(chunk, wide) for chunk in found], wide)


def _halved(schema: Any) -> bool:
    return schema.format == HALF or any(map(_halved, schema.children))


def _schema(schema: Any) -> Any:
    if not _halved(schema):
        return schema
    if schema.format == HALF:
        return schema.modify(format=SINGLE)
    return schema.modify(children=list(map(_schema, schema.children)))


def _array(array: Any, wide: Any) -> Any:
    """Return a chunk of the wide schema: but for the half-precision numbers all buffers are the same memory."""
    if not _halved(array.schema):
        return array
    buffers = list(array.view().buffers)
    if array.schema.format == HALF:
        buffers[1] = np.frombuffer(buffers[1], np.float16).astype(np.float32)
    children = [_array(child, inner) for child, inner in zip(array.children, wide.children, strict=True)]
    return c_array_from_buffers(wide, array.length, buffers, array.null_count, array.offset, children)
