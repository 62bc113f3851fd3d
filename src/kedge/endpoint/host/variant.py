"""All processes of a version: each is kept up, and one is found for every request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from logging import getLogger
from time import monotonic
from typing import TYPE_CHECKING, Final

from kedge.endpoint.host.process import Process
from kedge.endpoint.host.spawn import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from kedge.endpoint.host.messages import Message

MOST_WAITING: Final = 256  # requests; more are turned away
_PAUSES: Final = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a process starts again
_STEADY: Final = 10.0  # seconds that a process has to live until the next pause is the first again
_LOG: Final = getLogger("kedge.host")


class Busy(Exception):
    """Nobody is there to answer now."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many processes a version has, and how long each may take for a request."""

    workers: int = 1
    seconds: float = 60.0


class Variant:
    """A version that is up, or on its way there."""

    def __init__(self, name: str, folder: Path, trust: bool, plan: Plan) -> None:
        self.name, self._folder, self._trust, self._plan = name, folder, trust, plan
        self._idle: asyncio.Queue[Process] = asyncio.Queue()
        self._living: set[Process] = set()
        self._asked = 0
        self._nobody_asks = asyncio.Event()
        self._nobody_asks.set()
        self.problem = ""
        self._kept = [asyncio.create_task(self._keep()) for _ in range(plan.workers)]

    @property
    def up(self) -> bool:
        """Whether it answers."""
        return bool(self._living)

    @property
    def ready(self) -> bool:
        """Whether all of its processes are there, and traffic can come."""
        return len(self._living) == self._plan.workers

    async def ask(self, body: bytes, content_type: str, accept: str) -> Message:
        """Return what the model answers.

        Raises
        ------
        ModelError
            Its process failed; the next request finds another.
        Busy
            No process was free in time.
        """
        if self._asked >= MOST_WAITING + self._plan.workers:
            raise Busy(f"More than {MOST_WAITING} requests wait for {self.name}.")
        self._asked += 1
        self._nobody_asks.clear()
        try:
            return await self._answered(body, content_type, accept)
        finally:
            self._asked -= 1
            if not self._asked:
                self._nobody_asks.set()

    async def _answered(self, body: bytes, content_type: str, accept: str) -> Message:
        process = await self._free()
        try:
            return await process.ask(body, content_type, accept, self._plan.seconds)
        finally:
            self._idle.put_nowait(process)

    async def _free(self) -> Process:
        if self.problem and not self.up:
            raise Busy(f"{self.name} does not start: {self.problem}")
        try:
            async with asyncio.timeout(self._plan.seconds):
                while (process := await self._idle.get()).dead.is_set():
                    pass
                return process
        except TimeoutError:
            raise Busy(f"No process of {self.name} was free within {self._plan.seconds:g} s.") from None

    async def close(self) -> None:
        """Answer what was asked, and end."""
        await self._nobody_asks.wait()
        for task in self._kept:
            task.cancel()
        await asyncio.gather(*self._kept, return_exceptions=True)
        _LOG.info("[%s] ended", self.name)

    async def _keep(self) -> None:
        """Keep one process up for as long as the version is."""
        again = 0
        while True:
            began = monotonic()
            await self._live()
            again = 1 if monotonic() - began > _STEADY else again + 1
            pause = _PAUSES[min(again, len(_PAUSES)) - 1]
            _LOG.warning("[%s] starts again in %g s", self.name, pause)
            await asyncio.sleep(pause)

    async def _live(self) -> None:
        """Start a process, let it be asked, and return when it has ended."""
        try:
            process = await Process.started(self.name, self._folder, self._trust)
        except (ModelError, OSError) as error:
            self.problem = str(error)
            _LOG.error("[%s] does not start: %s", self.name, error)
            return
        self.problem = ""
        self._living.add(process)
        self._idle.put_nowait(process)
        try:
            await process.dead.wait()
            _LOG.error("[%s] the process of the model has ended", self.name)
        finally:
            self._living.discard(process)
            await process.end()
