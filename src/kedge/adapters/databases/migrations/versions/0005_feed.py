"""Which points were kept last, for sinks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "feed",
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("metric", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("kept", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("feed_by_number", "feed", ["workspace", "number"])
    op.create_table(
        "feed_ends",
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
