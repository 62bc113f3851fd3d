"""The host as an ASGI app: it answers requests with the versions of a folder, and moves when they change."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from logging import getLogger
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.wire import INVOKED_VARIANT_HEADER, TARGET_VARIANT_HEADERS
from kedge.endpoint.host.http import Problem, answer, body, header, refuse
from kedge.endpoint.host.spawn import ModelError
from kedge.endpoint.host.variant import Busy, Plan, Variant
from kedge.endpoint.host.versions import Traffic, Versions
from kedge.errors import KedgeError

if TYPE_CHECKING:
    from kedge.endpoint.host.folder import Folder
    from kedge.endpoint.host.http import Receive, Scope, Send

LOOK_SECONDS: Final = 0.25  # at the document, which costs one stat
_LOG: Final = getLogger("kedge.host")


class Host:
    """Answers ``GET /ping`` and ``POST /invocations``, the latter also under the path that the service's clients use.

    Traffic moves when all versions that are to have some are up, and who has none any more ends when it has answered.
    """

    def __init__(self, folder: Folder, plan: Plan | None = None) -> None:
        self._folder, self._plan = folder, plan or Plan()
        self._seen = (-1, -1)
        self._versions = Versions(endpoint=folder.endpoint)
        self._serving = Traffic(weights={}, time="", command="")
        self._change = -1
        self._variants: dict[str, Variant] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._told: dict[str, Any] = {}
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or begin and end with the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            try:
                await self._routed(scope, receive, send)
            except Problem as problem:
                await refuse(send, problem)

    async def health(self) -> str:
        """Return which variants that should answer do not; the empty string where all do."""
        taking = self._serving.taking
        lacking = [name for name in taking if not self._variants[name].up]
        return f"Not up: {', '.join(lacking) or 'no variant yet'}." if lacking or not taking else ""

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._watch = asyncio.create_task(self._watched())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._watch.cancel()
        for variant in [*self._variants]:
            self._retire(variant)
        if self._closing:
            await asyncio.wait(self._closing, timeout=self._plan.seconds)
        await send({"type": "lifespan.shutdown.complete"})

    # --- requests -----------------------------------------------------------------------------------------------------

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if path == "/ping":
            return await self._ping(method, send)
        if path not in ("/invocations", f"/endpoints/{self._folder.endpoint}/invocations"):
            raise Problem(404, f"There is no {path[:100]}; requests go to POST /invocations.")
        if method != "POST":
            raise Problem(405, "A request is a POST.", [("allow", "POST")])
        return await self._invoked(scope, receive, send)

    async def _ping(self, method: str, send: Send) -> None:
        if method not in ("GET", "HEAD"):
            raise Problem(405, "A ping is a GET.", [("allow", "GET, HEAD")])
        if wrong := await self.health():
            raise Problem(503, wrong)
        await answer(send, 200, b"", "text/plain")

    async def _invoked(self, scope: Scope, receive: Receive, send: Send) -> None:
        if header(scope, "content-encoding") not in ("", "identity"):
            raise Problem(415, "The model takes bodies as they are: send it without a content encoding.")
        content = await body(scope, receive)
        if content is None:
            return
        variant = self._chosen(next(filter(None, (header(scope, name) for name in TARGET_VARIANT_HEADERS)), ""))
        by = [(INVOKED_VARIANT_HEADER, variant.name)]
        try:
            head, told = await variant.ask(content, header(scope, "content-type"), header(scope, "accept"))
        except Busy as error:
            raise Problem(503, str(error), [*by, ("retry-after", "1")]) from None
        except ModelError as error:
            _LOG.error("[%s] %s", variant.name, error)
            raise Problem(500, str(error), by) from None
        await answer(send, head["status"], told, head["type"], by)

    def _chosen(self, target: str) -> Variant:
        """Return the variant that was asked for, or one by weight; who is down is passed over while another is up."""
        weights = self._serving.weights
        if target:
            if target not in weights:
                raise Problem(400, f"There is no variant {target[:63]!r}; there is {', '.join(weights) or 'none'}.")
            return self._variants[target]
        taking = [self._variants[name] for name, weight in weights.items() if weight]
        able = [variant for variant in taking if variant.up] or taking
        if not able:
            raise Problem(503, "No variant is up yet.", [("retry-after", "1")])
        return random.choices(able, [weights[variant.name] for variant in able])[0]

    # --- versions -----------------------------------------------------------------------------------------------------

    async def _watched(self) -> None:
        while True:
            try:
                self._look()
            except KedgeError as error:
                _LOG.error("The versions cannot be read, and stay as they are: %s", error)
            except Exception:  # whatever it is, those who are up go on answering
                _LOG.exception("The versions stay as they are.")
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        """Start who is wanted, move the traffic when they are up, end who is not needed."""
        changed = self._folder.changed
        if changed != self._seen:
            self._seen = changed
            self._versions = self._folder.read()
        if not self._versions.history:
            return
        wanted = self._versions.traffic
        for version in self._versions.versions:
            if version.variant in wanted.weights and version.variant not in self._variants:
                folder = self._folder.model(version.variant)
                self._variants[version.variant] = Variant(version.variant, folder, version.trust, self._plan)
        self._move(wanted)
        self._tell()

    def _move(self, wanted: Traffic) -> None:
        ready = all(self._variants[name].ready for name in wanted.taking)
        if wanted != self._serving and (ready or not self._serving.weights):
            self._serving, self._change = wanted, len(self._versions.history) - 1
            _LOG.info("traffic: %s", ", ".join(f"{name} {share:.4g}" for name, share in wanted.taking.items()))
        needed = wanted.weights.keys() | self._serving.weights.keys()
        for name in self._variants.keys() - needed:
            self._retire(name)

    def _retire(self, name: str) -> None:
        task = asyncio.create_task(self._variants.pop(name).close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _tell(self) -> None:
        """Leave word of how things stand, for those who ask by the command line."""
        state = {
            "change": self._change,
            "weights": dict(self._serving.weights),
            "variants": {name: _state(variant) for name, variant in self._variants.items()},
        }
        if state != self._told:
            self._told = state
            with suppress(OSError):
                self._folder.tell(state)


def _state(variant: Variant) -> str:
    return "up" if variant.ready else variant.problem or "starting"
