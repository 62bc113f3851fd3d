"""What a call left in its folder: whoever ran there may have put anything in the place of a file."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def left(path: Path, most: int) -> bytes:
    """Return the first bytes of a file, or none where there is no file: no link is followed, and no pipe waited for.

    Parameters
    ----------
    most
        How many bytes at most.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        return b""
    with os.fdopen(opened, "rb") as file:
        return file.read(most)
