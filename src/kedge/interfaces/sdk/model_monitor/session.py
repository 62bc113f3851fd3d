"""Where the calls of a monitor go: a workspace, and a folder for what no call names a place for."""

from __future__ import annotations

from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from platform import node
from typing import TYPE_CHECKING, Any, Final, Literal

from kedge import app
from kedge.errors import InputError, NotFound, SettingError
from kedge.service.preparing import absolute
from kedge.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.ports import ObjectStore
    from kedge.service.jobs import Jobs
    from kedge.service.workspace import Workspace
    from kedge.settings import Settings

FOLDER: Final = "model-monitor"  # below the server's: what the service keeps under this prefix of a bucket


class Session:
    """What a monitor works with.

    Parameters
    ----------
    workspace
        Where it declares things: a ``kedge.Client``, or anything with its surface; None is that of this machine.
    data, database
        Of this machine's: its folder and its database, as in the settings.
    models
        What answers as the models do that a ``ModelConfig`` names: name to URL, file or ``module:function``.
    compat
        Whose verdicts the schedules give; None gives kedge's.
    """

    def __init__(
        self,
        workspace: Any = None,
        *,
        data: str | None = None,
        database: str | None = None,
        models: Mapping[str, str] | None = None,
        compat: Literal["sagemaker"] | None = None,
    ) -> None:
        self._workspace, self.models, self.compat = workspace, dict(models or {}), compat
        self.settings: Settings = load(data=data, database=database)[0]

    @property
    def folder(self) -> str:
        """Where things go that no call names a place for."""
        return f"{absolute(self.settings.data)}/{FOLDER}"

    @property
    def store(self) -> ObjectStore:
        """Every store: paths, and URLs of buckets."""
        return app.store()

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """Give what the calls declare things in."""
        if self._workspace is not None:
            yield self._workspace
            return
        with app.workspace(self.settings, _actor()) as workspace:
            yield workspace

    def jobs(self) -> Jobs:
        """Return the jobs, which learn baselines on this machine."""
        return app.jobs(self.settings)

    def read(self, url: str) -> bytes:
        """Return a file.

        Raises
        ------
        NotFound
            It is not there: the job that writes it may not be finished.
        """
        try:
            return self.store.read(url)
        except InputError as error:
            raise NotFound(
                error.message,
                file=url,
                next_step="The job that writes it may not be finished, or may have failed: describe() tells.",
            ) from None

    def write(self, url: str, content: bytes) -> str:
        """Write a file, and return where it is."""
        folder, _, name = absolute(url).rpartition("/")
        self.store.write(folder, {name: content})
        return f"{folder}/{name}"

    def predictor(self, name: str) -> str:
        """Return what answers as a model of the service does.

        It is what ``models`` says, or the name itself where that tells: a URL, a file, ``module:function``. Else it
        is the predictor of a definition that looks at the endpoint of this name.

        Raises
        ------
        NotFound
            Nothing is known of it.
        """
        known = self.models.get(name, name)
        if any(mark in known for mark in ":./"):  # no name of the service has one
            return absolute(known) if Path(known).is_file() else known
        with self.workspace() as workspace:
            found = [job.predictor for job in workspace.definitions.list(parent=name) if job.predictor]
        if not found:
            raise NotFound(
                f"Nobody knows where the model {name!r} answers.",
                field="model_name",
                next_step=f"Say it: Session(models={{{name!r}: 'http://127.0.0.1:8080/invocations'}}).",
            )
        return found[-1]


def session_of(given: Any) -> Session:
    """Return the session that a call means: None, a session, or a workspace such as a ``kedge.Client``."""
    if given is None or isinstance(given, Session):
        return given or Session()
    if not hasattr(given, "schedules"):
        raise SettingError(
            f"This is no workspace: {type(given).__name__}.",
            field="sagemaker_session",
            next_step="Leave it out, or give a kedge.Client or a kedge.model_monitor.Session.",
        )
    return Session(given)


def _actor() -> str:
    try:
        user = getuser()
    except (KeyError, OSError):  # in a container without names
        user = "unknown"
    return f"{user}@{node()}"
