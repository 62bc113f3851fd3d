"""The tables of a database, brought to this version of kedge."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from kedge.domain.secret import masked
from kedge.errors import MissingDependency, SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

MIGRATIONS: Final = Path(__file__).with_name("migrations")
VERSION: Final = max(file.name for file in MIGRATIONS.glob("versions/0*.py"))[:4]  # they are named by their number


def migrate(engine: sa.Engine) -> None:
    """Bring the tables to this version; who comes second waits for who comes first.

    Raises
    ------
    SettingError
        The database does not answer, or was made by a later kedge.
    MissingDependency
        What brings them there is not installed.
    """
    try:
        if _version(engine) != VERSION:
            _upgrade(engine)
    except (sa.exc.OperationalError, sa.exc.DBAPIError) as error:
        raise SettingError(
            f"The database does not answer: {masked(str(error.orig)).splitlines()[0]}.",
            field="database",
            next_step="Check its URL, and whether it runs.",
        ) from None


def _version(engine: sa.Engine) -> str | None:
    """Return the last migration that was made; alembic asks the same, and takes longer to load than to answer."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: sa.Engine) -> None:
    try:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError
    except ImportError:
        raise MissingDependency("alembic", "A database", "server") from None
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with _alone(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise SettingError(
            f"The database was made by a later kedge ({error}).", field="database", next_step="Install that one."
        ) from None


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5294377)")
        yield connection
