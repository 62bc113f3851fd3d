"""A workspace of a server, over its REST interface."""

from __future__ import annotations

from kedge.errors import MissingDependency

try:
    import httpx  # noqa: F401
except ImportError:
    raise MissingDependency("httpx", "A server elsewhere", "client") from None

from kedge.adapters.client.client import Client
from kedge.adapters.client.connection import token_of

__all__ = ["Client", "token_of"]
