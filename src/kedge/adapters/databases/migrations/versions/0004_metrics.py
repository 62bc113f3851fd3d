"""Metrics, their points, and what was published of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "metrics",
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("namespace", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("dimensions", sa.Text, nullable=False),
        *_numbers(),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.Column("ever", sa.Double, nullable=False),
    )
    op.create_index("metrics_by_name", "metrics", ["workspace", "name", "namespace"])
    op.create_table(
        "points",
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("metric", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("period", sa.Integer, primary_key=True, autoincrement=False),
        *_numbers()[1:],
        sqlite_with_rowid=False,
    )
    op.create_table(
        "publications",
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("time", sa.BigInteger, nullable=False),
    )


def _numbers() -> list[sa.Column[object]]:
    numbers = ("value", "count", "minimum", "maximum")
    return [
        sa.Column("time", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Double, nullable=False) for name in numbers),
    ]
