"""What tests of every tier may ask for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("kedge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kedge")


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


@pytest.fixture(scope="session")
def postgresql():
    """Start a PostgreSQL of our own; it runs as another user, who may not look into the folders of tests."""
    pgserver = pytest.importorskip("pgserver")
    with TemporaryDirectory(prefix="kedge-postgresql-", ignore_cleanup_errors=True) as folder:
        try:
            server = pgserver.get_server(folder)
        except subprocess.TimeoutExpired:  # it allows ten seconds; on a busy machine it is up a little later
            server = pgserver.get_server(folder)
        # No test cuts the power: what is written outlives a killed process without. A database is there in half
        # the time, and at the end hundreds of them need not be brought to the disk before they are deleted.
        server.psql("ALTER SYSTEM SET fsync = off")
        server.psql("SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/kedge.db"
    server, name = request.getfixturevalue("postgresql"), f"kedge_{uuid4().hex}"
    server.psql(f"CREATE DATABASE {name}")
    return server.get_uri(database=name)


@pytest.fixture
def database(url):
    """An empty database."""
    from kedge.adapters.databases.sql import Sql

    made = Sql(url)
    yield made
    made.close()
