"""Databases keep records and leases."""

from kedge.errors import MissingDependency

try:
    import sqlalchemy  # noqa: F401  # every file here needs it
except ImportError:
    raise MissingDependency("sqlalchemy", "A database", "server") from None
