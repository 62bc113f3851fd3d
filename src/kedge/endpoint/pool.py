"""The connections to an upstream that are kept for the requests to come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kedge.endpoint.connection import Connection
from kedge.endpoint.trouble import Trouble

if TYPE_CHECKING:
    from kedge.endpoint.upstream import Upstream

KEPT_SECONDS = 4.0  # servers close idle connections after 5 (uvicorn, Node) or later: be the first


class Pool:
    """Connections that wait, the one that was used last in front."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream, self._trust = upstream, upstream.trust()
        self._kept: list[Connection] = []

    async def take(self, *, new: bool = False) -> Connection:
        """Return a connection: a kept one, or a ``new`` one.

        Raises
        ------
        Trouble
            The upstream takes none.
        """
        oldest = asyncio.get_running_loop().time() - KEPT_SECONDS
        while self._kept and not new:
            connection = self._kept.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.close()
        return await self._connect()

    def give(self, connection: Connection) -> None:
        """Take back a connection after a request; only one that is in order is kept."""
        if connection.end(asyncio.get_running_loop().time()):
            self._kept.append(connection)

    def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            self._kept.pop().close()

    async def _connect(self) -> Connection:
        upstream, loop = self._upstream, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(upstream.connect_seconds):
                _, connection = await loop.create_connection(
                    lambda: Connection(upstream.answer_seconds), *upstream.address, ssl=self._trust
                )
        except (OSError, TimeoutError) as error:
            raise Trouble.of(error, upstream.connect_seconds) from None
        return connection
