"""What was changed last is found at once: events are told by it."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the index."""
    op.create_index("records_by_change", "records", ["workspace", "kind", "modified"])
