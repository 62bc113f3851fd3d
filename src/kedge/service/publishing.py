"""Where reports go, and how they get there: whole, and the file that makes one a report last."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from kedge.domain.wire import MERGE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kedge.domain.catalog import Execution
    from kedge.ports import ObjectStore


def place(output: str, execution: Execution) -> str:
    """Return where the report of an execution stands: below the hour of its slot, as in the service.

    Slots that are no whole hours have their minute below it, and a window that is judged again its revision: what was
    published never changes.
    """
    owner = [execution.endpoint_name] if execution.endpoint_name else []
    slot = execution.scheduled_time.astimezone(UTC)
    minute = [f"{slot:%M}"] if slot.minute else []
    revision = [f"r{execution.revision}"] if execution.revision > 1 else []
    parts = (*owner, execution.monitoring_schedule_name, f"{slot:%Y/%m/%d/%H}", *minute, *revision)
    return "/".join((output.rstrip("/"), *parts))


def publish(store: ObjectStore, folder: Path, files: Sequence[str], url: str) -> None:
    """Write the files of a report; merged records, which may be many, one by one before the others."""
    merged = [name for name in files if name.startswith(f"{MERGE_FOLDER}/")]
    for name in merged:
        parent, _, last = name.rpartition("/")
        store.write(f"{url.rstrip('/')}/{parent}", {last: (folder / name).read_bytes()})
    store.write(url, {name: (folder / name).read_bytes() for name in files if name not in merged})
