"""The folder of an endpoint: the document of its versions, their models, and what the running host says of itself.

::

    versions.json     the document; replaced whole
    {variant}/model/  a version, unpacked
    host.json         what the host serves, written by it
    host.lock         held by the host while it lives
    change.lock       held by a command while it changes the document
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from kedge.endpoint.host.archive import unpacked
from kedge.endpoint.host.versions import Versions, named
from kedge.errors import DocumentError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ATTEMPTS: Final = 10  # to lock it: a command that asks whether a host is there holds the lock for a moment


class Folder:
    """Where the versions of one endpoint are kept."""

    def __init__(self, data: Path, endpoint: str) -> None:
        self.endpoint = named(endpoint, "--endpoint")
        self.path = data / endpoint

    def model(self, variant: str) -> Path:
        """Return the folder of a version's model."""
        return self.path / variant / "model"

    @property
    def changed(self) -> tuple[int, int]:
        """What is another one once the document was replaced."""
        try:
            found = (self.path / "versions.json").stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    def read(self) -> Versions:
        """Return the document; of an endpoint that is new an empty one.

        Raises
        ------
        DocumentError
            It is damaged.
        """
        file = self.path / "versions.json"
        try:
            return Versions.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return Versions(endpoint=self.endpoint)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise DocumentError(
                f"{first['msg']}.", file=file, field=where or None, next_step="Mend it, or begin with another --data."
            ) from None

    def known(self) -> Versions:
        """Return the document of an endpoint that has versions.

        Raises
        ------
        SettingError
            It has none.
        """
        found = self.read()
        if not found.history:
            raise SettingError(
                f"The endpoint {self.endpoint} has no model in {self.path}.",
                field="--endpoint",
                next_step="kedge serve-model MODEL begins one; --data says where others are kept.",
            )
        return found

    @contextmanager
    def changing(self) -> Iterator[Callable[[Versions], None]]:
        """Let nobody else change the document meanwhile; what is yielded keeps a new one."""
        with self._locked("change.lock", fcntl.LOCK_EX):
            yield lambda versions: self._write("versions.json", versions.model_dump_json(indent=1))

    @contextmanager
    def adding(self, source: Path, variant: str) -> Iterator[Path]:
        """Unpack a model for a version, and keep it if nothing goes wrong with it; only while nobody else changes."""
        for left in self.path.glob(".adding-*"):  # by a command that was killed
            shutil.rmtree(left, ignore_errors=True)
        aside = Path(mkdtemp(dir=self.path, prefix=".adding-"))
        try:
            unpacked(source, aside / "model")
            yield aside / "model"
            home = self.path / variant
            shutil.rmtree(home, ignore_errors=True)  # of a command that was killed before it said so
            aside.replace(home)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    @contextmanager
    def hosting(self) -> Iterator[None]:
        """Be the one host of this folder.

        Raises
        ------
        SettingError
            Another host is.
        """
        with ExitStack() as held:
            for attempt in range(_ATTEMPTS):
                try:
                    held.enter_context(self._locked("host.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
                    break
                except BlockingIOError:
                    if attempt == _ATTEMPTS - 1:
                        told = f"Another host serves {self.endpoint} from {self.path}."
                        raise SettingError(told, field="--data", next_step="End it, or take another folder.") from None
                time.sleep(0.02)
            yield

    @property
    def hosted(self) -> bool:
        """Whether a host is running."""
        try:
            with self._locked("host.lock", fcntl.LOCK_SH | fcntl.LOCK_NB):
                return False
        except BlockingIOError:
            return True

    def tell(self, state: dict[str, Any]) -> None:
        """Keep what the host says of itself."""
        self._write("host.json", json.dumps(state, indent=1), lasting=False)

    def told(self) -> dict[str, Any]:
        """Return what a running host last said of itself, empty where there is none."""
        file = self.path / "host.json"
        found: dict[str, Any] = json.loads(file.read_bytes()) if file.exists() and self.hosted else {}
        return found

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, how)
            yield
        finally:
            os.close(file)

    def _write(self, name: str, text: str, lasting: bool = True) -> None:
        """Replace a file whole; one that is to last is on disk before it takes its name."""
        aside = self.path / f".{name}-{os.getpid()}"
        with aside.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        aside.replace(self.path / name)
