"""Which requests are captured: by chance, or by an id, so that others come to the same choice."""

from __future__ import annotations

from hashlib import blake2b
from random import random

STEPS = 1 << 64


def sampled(id: str, percentage: float) -> bool:
    """Return whether an id is in the sample: the same answer in any process, on any machine, at any time.

    The id's hash (BLAKE2b, 8 bytes) is uniform below 2**64; those below the share are in. So a smaller sample is part
    of every larger one, and a label that comes a week later finds its request.

    Parameters
    ----------
    percentage
        0 to 100.

    >>> sampled("order-17", 100), sampled("order-17", 0)
    (True, False)
    """
    place = int.from_bytes(blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return place < percentage / 100 * STEPS


def drawn(percentage: float) -> bool:
    """Return whether chance takes a request."""
    return percentage >= 100 or random() * 100 < percentage
