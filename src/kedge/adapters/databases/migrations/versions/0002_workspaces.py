"""Workspaces: each has records, changes and leases of its own; what was there is the default one's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

DEFAULT = "default"
INDEXES = {
    "records": {
        "records_by_parent": ["kind", "parent", "time"],
        "records_by_status": ["kind", "status", "time"],
        "records_by_time": ["kind", "time"],
        "records_by_creation": ["kind", "created"],
    },
    "changes": {"changes_by_name": ["kind", "name", "id"]},
}
KEYS = {"records": ["kind", "name"], "leases": ["name"]}


def upgrade() -> None:
    """Add the column, as the first of every key and of every index."""
    for table, indexes in INDEXES.items():
        for index in indexes:
            op.drop_index(index, table)
    if op.get_bind().dialect.name == "sqlite":
        _anew("records", _records())
        _anew("leases", _leases())
        op.add_column("changes", _workspace(server_default=DEFAULT))
    else:
        for table, key in KEYS.items():
            op.add_column(table, _workspace(server_default=DEFAULT))
            op.drop_constraint(f"{table}_pkey", table)
            op.create_primary_key(f"{table}_pkey", table, ["workspace", *key])
        op.add_column("changes", _workspace(server_default=DEFAULT))
    for table, indexes in INDEXES.items():
        for index, columns in indexes.items():
            op.create_index(index, table, ["workspace", *columns])


def _anew(table: str, columns: list[sa.Column[object]]) -> None:
    """Make a table anew with the rows that it has: SQLite changes no key of one that is there."""
    op.rename_table(table, f"{table}_before")
    op.create_table(table, *columns)
    names = ", ".join(column.name for column in columns[1:])
    op.execute(f"INSERT INTO {table} (workspace, {names}) SELECT '{DEFAULT}', {names} FROM {table}_before")
    op.drop_table(f"{table}_before")


def _workspace(**more: object) -> sa.Column[object]:
    return sa.Column("workspace", sa.String(64), nullable=False, **more)  # type: ignore[arg-type]


def _records() -> list[sa.Column[object]]:
    return [
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("parent", sa.String(255), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("modified", sa.BigInteger, nullable=False),
    ]


def _leases() -> list[sa.Column[object]]:
    return [
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    ]
