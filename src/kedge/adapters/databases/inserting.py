"""The insert that says what to do where a row is there already; each database has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa


def insert(engine: sa.Engine, table: sa.Table) -> Any:
    """Return the insert of a database into a table; the other one's is not loaded, which would take its time."""
    if engine.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
