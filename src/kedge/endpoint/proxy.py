"""A reverse proxy as a plain ASGI application: it passes on what it gets, both ways, as it comes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

from kedge.endpoint.asgi import ClientGone, answer, live, piece
from kedge.endpoint.headers import HOP_BY_HOP, end_to_end, request_head
from kedge.endpoint.trouble import HUNG_UP, Trouble
from kedge.errors import MissingDependency

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kedge.endpoint.asgi import Receive, Scope, Send
    from kedge.endpoint.connection import Connection
    from kedge.endpoint.pool import Pool
    from kedge.endpoint.upstream import Upstream

WITHOUT_BODY = HOP_BY_HOP | {b"content-length"}
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # safe: RFC 9110, 9.2.1
LOG = logging.getLogger("kedge.endpoint.proxy")


class Proxy:
    """Passes requests on to one upstream.

    Bodies are never held whole. A request is never sent twice, as a prediction may not be the same the second time;
    only where a kept connection closes before a word of an answer is a request that asks for nothing to be done, such
    as ``GET``, sent again on a new one.

    Raises
    ------
    MissingDependency
        If httptools is not installed.
    """

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.pool = _pool(upstream)
        self.counts: Counter[str] = Counter()
        self._failing = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and its answer back."""
        if scope["type"] == "lifespan":
            await live(receive, send, _nothing, self._close)
        elif scope["type"] == "http" and not scope["raw_path"].startswith(b"/"):
            await answer(send, 400, "kedge: expected a path to pass on.")
        elif scope["type"] == "http":
            self.counts["requests"] += 1
            await _Passage(self, receive, send).run(scope)

    async def _close(self) -> None:
        self.pool.close()
        await asyncio.sleep(0)  # for the transports to take note

    def failed(self, trouble: Trouble) -> str:
        """Count what went wrong, and return what the client is told."""
        self.counts[trouble.reason] += 1
        if trouble.reason != self._failing:
            LOG.warning("The upstream %s %s.", self.upstream.url, trouble.said)
        self._failing = trouble.reason
        return f"kedge: the upstream {self.upstream.url} {trouble.said}."

    def answered(self) -> None:
        """Remember that the upstream is well, so that the next failure is told again."""
        self._failing = ""

    def prometheus(self) -> str:
        """Return the counters as Prometheus reads them."""
        failures = {name: count for name, count in self.counts.items() if name not in ("requests", "client_gone")}
        lines = [
            "# HELP kedge_proxy_requests_total Requests that were passed on.",
            "# TYPE kedge_proxy_requests_total counter",
            f"kedge_proxy_requests_total {self.counts['requests']}",
            "# HELP kedge_proxy_clients_gone_total Requests whose client left before it had its answer.",
            "# TYPE kedge_proxy_clients_gone_total counter",
            f"kedge_proxy_clients_gone_total {self.counts['client_gone']}",
            "# HELP kedge_proxy_failures_total Requests that the upstream did not answer, or not to the end.",
            "# TYPE kedge_proxy_failures_total counter",
            *(f'kedge_proxy_failures_total{{reason="{name}"}} {count}' for name, count in sorted(failures.items())),
        ]
        return "\n".join(lines)


class _Passage:
    """One request on its way."""

    __slots__ = ("_done", "_gone", "_proxy", "_receive", "_send", "_started", "_task", "_watch")

    def __init__(self, proxy: Proxy, receive: Receive, send: Send) -> None:
        self._proxy, self._receive, self._send = proxy, receive, send
        self._task = asyncio.current_task()
        self._watch: asyncio.Task[None] | None = None
        self._gone = self._started = self._done = False

    async def run(self, scope: Scope) -> None:
        try:
            await self._run(scope)
        except asyncio.CancelledError:
            if not self._gone or not self._task:
                raise
            self._task.uncancel()
        except ClientGone:
            pass
        except Trouble as trouble:
            await self._fail(trouble)
        finally:
            if self._watch:
                self._watch.cancel()
            self._proxy.counts["client_gone"] += self._gone

    async def _run(self, scope: Scope) -> None:
        body, more = await self._next()
        if not more:
            self._look()
        pool = self._proxy.pool
        connection = await self._ask(pool, scope, body, more)
        try:
            await self._back(connection)
        finally:
            pool.give(connection)

    async def _ask(self, pool: Pool, scope: Scope, body: bytes, more: bool, *, new: bool = False) -> Connection:
        """Send the request, and return the connection on which its answer begins."""
        upstream, method = self._proxy.upstream, scope["method"]
        head, chunked = request_head(scope, upstream.host, upstream.path, None if more else len(body))
        connection = await pool.take(new=new)
        try:
            connection.send(head, b"" if more else body, no_body=method == "HEAD")
            if more:
                connection.upload(self._body(body), chunked)
            await connection.head()
        except BaseException as error:
            pool.give(connection)
            stale = isinstance(error, Trouble) and error.reason == HUNG_UP and connection.stale
            if stale and method in REPEATABLE and not more:
                return await self._ask(pool, scope, body, more, new=True)
            raise
        return connection

    async def _next(self) -> tuple[bytes, bool]:
        """Return the next piece of the request's body, and whether more comes."""
        try:
            return await piece(self._receive)
        except ClientGone:
            self._gone = not self._done
            raise

    async def _body(self, part: bytes) -> AsyncIterator[bytes]:
        more = True
        while more or part:
            if part:
                yield part
            part, more = await self._next() if more else (b"", False)
        self._look()

    def _look(self) -> None:
        """Watch whether the client stays: once its request is complete, nothing else comes of it."""
        self._watch = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = not self._done
        if self._gone and self._task:
            self._task.cancel()

    async def _back(self, connection: Connection) -> None:
        bodiless = connection.status in (204, 304)  # a 304 may tell a length; uvicorn would wait for the bytes
        headers = list(end_to_end(connection.headers, WITHOUT_BODY if bodiless else HOP_BY_HOP))
        self._started = True
        await self._send({"type": "http.response.start", "status": connection.status, "headers": headers})
        self._proxy.answered()
        more = True
        while more:
            part, more = await connection.piece()
            self._done = not more
            await self._send({"type": "http.response.body", "body": part, "more_body": more})

    async def _fail(self, trouble: Trouble) -> None:
        """Tell what is wrong with the upstream; an answer that has begun breaks off, and the server hangs up."""
        said = self._proxy.failed(trouble)
        if not self._started:
            await answer(self._send, trouble.status, said)


async def _nothing() -> None:
    pass


def _pool(upstream: Upstream) -> Pool:
    try:
        from kedge.endpoint.pool import Pool
    except ImportError:
        raise MissingDependency("httptools", "A proxy", "endpoint") from None
    return Pool(upstream)
