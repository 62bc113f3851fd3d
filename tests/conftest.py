"""What tests of every tier may ask for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("kedge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kedge")

# An installation is compiled: what is not is compiled anew by each of the thousands of commands that tests start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# uvicorn looks ten times a second whether it shall end, and waits as long before it does; in tests, which start
# hundreds of servers, a twentieth of that.
PROMPT = SimpleNamespace(**vars(asyncio) | {"sleep": lambda seconds: asyncio.sleep(seconds / 20)})
OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data sets, which are not part of the project."""
    folder = os.environ.get("KEDGE_TEST_DATA")
    if not folder:
        pytest.skip("KEDGE_TEST_DATA does not name the folder of real data sets")
    return Path(folder)


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test in a folder of its own, without settings of the machine."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KEDGE_") and name != "KEDGE_TEST_DATA"]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have half of the disk be free for capture, however full this machine's is; processes are told --disk-share 1."""
    monkeypatch.setattr("kedge.capture.recorder._used_share", lambda _: 0.5)


@pytest.fixture(autouse=True)
def _prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have servers of this process end when they are told to."""
    if "uvicorn.server" in sys.modules:
        monkeypatch.setattr("uvicorn.server.asyncio", PROMPT)


@pytest.fixture(scope="session")
def postgresql():
    """Start a PostgreSQL of our own; it runs as another user, who may not look into the folders of tests.

    It does not wait for the disk: no test takes its power away.
    """
    pgserver = pytest.importorskip("pgserver")
    with TemporaryDirectory(prefix="kedge-postgresql-", ignore_cleanup_errors=True) as folder:
        try:
            server = pgserver.get_server(folder)
        except subprocess.TimeoutExpired:  # it allows ten seconds; on a busy machine it is up a little later
            server = pgserver.get_server(folder)
        server.psql("ALTER SYSTEM SET fsync = off;\nSELECT pg_reload_conf();")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request, tmp_path):
    """The URL of a database that has not even tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/kedge.db"
    server, name = request.getfixturevalue("postgresql"), f"kedge_{uuid4().hex}"
    server.psql(f"CREATE DATABASE {name}")
    return server.get_uri(database=name)


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory):
    """A file that has the tables."""
    from kedge.adapters.databases.sql import Sql

    file = tmp_path_factory.mktemp("sqlite") / "kedge.db"
    Sql(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def _postgresql(postgresql):
    """Empty the tables of a database, which whoever is still connected no longer is, and return its URL."""
    import psycopg

    from kedge.adapters.databases.sql import Sql
    from kedge.adapters.databases.tables import METADATA

    postgresql.psql("CREATE DATABASE kedge")
    url = postgresql.get_uri(database="kedge")
    Sql(url).close()
    with psycopg.connect(url, autocommit=True) as connection:

        def emptied():
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}")
            connection.execute(f"TRUNCATE {', '.join(METADATA.tables)} RESTART IDENTITY")
            return url

        yield emptied


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of a database in whose tables there is nothing."""
    if request.param == "sqlite":
        (tmp_path / "folder").mkdir()
        file = copy(request.getfixturevalue("_sqlite"), tmp_path / "folder")
        return f"sqlite:///{file}"
    return request.getfixturevalue("_postgresql")()


@pytest.fixture
def database(url):
    """An empty database."""
    from kedge.adapters.databases.sql import Sql

    made = Sql(url)
    yield made
    made.close()
