"""kedge: learn what normal looks like, hold live traffic against it, name what drifted.

>>> import kedge
>>> baseline = kedge.baseline("train.csv")  # doctest: +SKIP
>>> kedge.check("live/", baseline).violations  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.version import __version__

if TYPE_CHECKING:
    from kedge.adapters.client import Client
    from kedge.interfaces.sdk import Baseline, Result, baseline, check, upload_labels

__all__ = ["Baseline", "Client", "Result", "__version__", "baseline", "check", "upload_labels"]


def __getattr__(name: str) -> Any:
    """Load the interface when it is first used, so that ``import kedge`` costs next to nothing."""
    if name == "Client":
        from kedge.adapters.client import Client

        return Client
    if name in __all__:
        from kedge.interfaces import sdk

        return getattr(sdk, name)
    raise AttributeError(f"module 'kedge' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
