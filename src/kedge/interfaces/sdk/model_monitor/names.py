"""Names as the service has them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

LONGEST: Final = 63
ACCOUNT: Final = "arn:aws:sagemaker:local:000000000000"  # no region and no account: this is not the service


def unique(base: str) -> str:
    """Return a name that nothing else has: a base and the present, to the millisecond."""
    time.sleep(0.001)  # so that two of them differ
    now = datetime.now(UTC)
    ending = f"-{now:%Y-%m-%d-%H-%M-%S}-{now.microsecond // 1000:03d}"
    return base[: LONGEST - len(ending)] + ending


def arn(kind: str, name: str) -> str:
    """Return how the service names a resource among all there are.

    >>> arn("processing-job", "hourly-202405011200")
    'arn:aws:sagemaker:local:000000000000:processing-job/hourly-202405011200'
    """
    return f"{ACCOUNT}:{kind}/{name}"
