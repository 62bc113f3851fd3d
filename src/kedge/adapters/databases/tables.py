"""The tables, as they are now; how they came to be is told by the migrations."""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()

RECORDS = sa.Table(
    "records",
    METADATA,
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
    sa.Index("records_by_parent", "workspace", "kind", "parent", "time"),
    sa.Index("records_by_status", "workspace", "kind", "status", "time"),
    sa.Index("records_by_time", "workspace", "kind", "time"),
    sa.Index("records_by_creation", "workspace", "kind", "created"),
    sa.Index("records_by_change", "workspace", "kind", "modified"),
)

CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(255), nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("after", sa.JSON),
    sa.Index("changes_by_name", "workspace", "kind", "name", "id"),
)

LEASES = sa.Table(
    "leases",
    METADATA,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("owner", sa.String(255), nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
)

METRICS = sa.Table(
    "metrics",
    METADATA,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("namespace", sa.String(255), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("dimensions", sa.Text, nullable=False),
    # The latest point, so that nobody has to look for it among all of them.
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("count", sa.Double, nullable=False),
    sa.Column("minimum", sa.Double, nullable=False),
    sa.Column("maximum", sa.Double, nullable=False),
    # How many points there ever were, and their sum: these never fall.
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("ever", sa.Double, nullable=False),
    sa.Index("metrics_by_name", "workspace", "name", "namespace"),
)

POINTS = sa.Table(
    "points",
    METADATA,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("metric", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("period", sa.Integer, primary_key=True, autoincrement=False),  # seconds; 0 is a point as it came
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("count", sa.Double, nullable=False),
    sa.Column("minimum", sa.Double, nullable=False),
    sa.Column("maximum", sa.Double, nullable=False),
    sqlite_with_rowid=False,
)

PUBLICATIONS = sa.Table(
    "publications",
    METADATA,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("time", sa.BigInteger, nullable=False),
)

FEED = sa.Table(
    "feed",
    METADATA,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("metric", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False),  # its place among all
    sa.Column("first", sa.BigInteger, nullable=False),  # that of the earliest of this metric and time
    sa.Column("kept", sa.BigInteger, nullable=False),  # when
    sa.Index("feed_by_number", "workspace", "number"),
    sqlite_with_rowid=False,
)

FEED_ENDS = sa.Table(
    "feed_ends",
    METADATA,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)
