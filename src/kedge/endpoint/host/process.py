"""One process of a version, as the front sees it, from its start to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import suppress
from logging import getLogger
from typing import TYPE_CHECKING, Final

from kedge.endpoint.host.messages import packed, received
from kedge.endpoint.host.spawn import STARTING_SECONDS, ModelError, command, ended, environment, task

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from asyncio.subprocess import Process as Child
    from pathlib import Path

    from kedge.endpoint.host.messages import Message

    Line = tuple[StreamReader, StreamWriter]

LONGEST_LINE: Final = 4096
_GRACE: Final = 2.0  # seconds
_LOG: Final = getLogger("kedge.host")


class Process:
    """A process with a model in it. It is asked one thing at a time."""

    def __init__(self, variant: str, child: Child, line: Line) -> None:
        self.variant, self._child = variant, child
        self._reader, self._writer = line
        self.dead = asyncio.Event()
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._log())]

    @classmethod
    async def started(cls, variant: str, folder: Path, trust: bool) -> Process:
        """Start a process, and return it when its model is loaded.

        Raises
        ------
        ModelError
            It is not.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            # From here on the loop has our end, and nobody else closes it: an event loop does not survive that.
            line = await asyncio.open_connection(sock=ours)
            try:
                child = await _spawned(theirs.fileno())
            except OSError:
                line[1].close()
                raise
        process = cls(variant, child, line)
        try:
            await process._load(packed(task(folder, trust)))
        except BaseException:
            await process.end()
            raise
        return process

    async def _load(self, told: bytes) -> None:
        head, _ = await self._exchanged(told, STARTING_SECONDS, "load")
        if "failed" in head:
            raise ModelError(head["failed"])
        if head["warning"]:
            _LOG.warning("[%s] %s", self.variant, head["warning"])
        _LOG.info("[%s] up: %s", self.variant, head["kind"])

    async def ask(self, body: bytes, content_type: str, accept: str, seconds: float) -> Message:
        """Return what the model answers.

        Raises
        ------
        ModelError
            It took too long, and was ended; or it ended by itself.
        """
        return await self._exchanged(packed({"type": content_type, "accept": accept}, body), seconds, "answer")

    async def _exchanged(self, told: bytes, seconds: float, what: str) -> Message:
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(told)
                await self._writer.drain()
                return await received(self._reader)
        except TimeoutError:
            self._kill()
            raise ModelError(f"The model did not {what} within {seconds:g} s, and its process was ended.") from None
        except (OSError, asyncio.IncompleteReadError):
            self._kill()
            code = await self._child.wait()
            raise ModelError(f"The process of the model ended {ended(code)} before it could {what}.") from None
        except asyncio.CancelledError:
            self._kill()  # else its answer would be taken for that of the next request
            raise

    async def end(self) -> None:
        """End the process, and whatever it started."""
        self._kill()
        _, open_still = await asyncio.wait(self._tasks, timeout=_GRACE)
        for held in open_still:  # something that it started has its output, and is out of reach
            held.cancel()

    def _kill(self) -> None:
        self.dead.set()  # before anybody can ask it again
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    async def _watch(self) -> None:
        """Wait for its end, and close what its own children may hold open."""
        await self._child.wait()
        self.dead.set()
        self._kill()
        self._writer.close()

    async def _log(self) -> None:
        """Bring what it prints to the log, line by line."""
        assert self._child.stdout is not None
        held = b""
        while chunk := await self._child.stdout.read(1 << 16):
            *lines, held = (held + chunk).split(b"\n")
            for line in lines:
                self._told(line)
            if len(held) > LONGEST_LINE:
                self._told(held)
                held = b""
        if held:
            self._told(held)

    def _told(self, line: bytes) -> None:
        text = line[:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")
        # What a model prints may hold what was sent to it: it is not to steer a terminal.
        shown = "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
        _LOG.info("[%s] %s", self.variant, shown)


async def _spawned(line: int) -> Child:
    return await asyncio.create_subprocess_exec(
        *command(line),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,  # it ends when this closes: with us, however we end
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=[line],
        start_new_session=True,
    )
