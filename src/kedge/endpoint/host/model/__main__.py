"""The process of a version: ``python -m kedge.endpoint.host.model``, told what to do by its first message.

Standard output and error belong to the model alone: front and process speak over a socket. Standard input is a pipe
that closes when the front ends, however it ends.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
import warnings
from pathlib import Path
from threading import Thread
from typing import IO, Any

from kedge.endpoint.host.messages import packed, read
from kedge.endpoint.host.model.handlers import Handlers, handlers
from kedge.errors import KedgeError


def main() -> None:
    """Load the model, say so, and answer until nobody asks any more."""
    Thread(target=_end_with_front, daemon=True).start()
    line = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(line.fileno(), False)
    with line, line.makefile("rb") as stream:
        task = read(stream)
        found = _loaded(line, task[0]) if task else None
        if found is not None:
            _answer(line, stream, found)


def _loaded(line: socket.socket, task: dict[str, Any]) -> Handlers | None:
    folder = Path(task["folder"])
    os.chdir(folder)
    try:
        found = handlers(folder, task["trust"])
    except KedgeError as error:
        line.sendall(packed({"failed": str(error)}))
        return None
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        line.sendall(packed({"failed": f"The model does not load: {type(error).__name__}: {error}."}))
        return None
    line.sendall(packed({"kind": found.loaded.kind, "warning": found.loaded.warning}))
    return found


def _answer(line: socket.socket, stream: IO[bytes], found: Handlers) -> None:
    while asked := read(stream):
        head, body = asked
        line.sendall(packed(*found.answer(body, head["type"], head["accept"])))


def _end_with_front() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    warnings.simplefilter("default")
    main()
