"""The composition root: settings in, wired application out; the only room that knows concrete adapters.

What a job is made of is imported with it: the process that ships captures beside a model server needs none of the rest.
"""

from __future__ import annotations

from kedge.app.capturing import shipper, tail
from kedge.app.clocks import FixedClock, SystemClock
from kedge.app.serving import server
from kedge.app.storing import Stores, save, store, stores
from kedge.app.working import execute, jobs, look, reports, upload
from kedge.app.workspaces import Hub, apply, catalog, client, database, export, hub, memory, workspace

__all__ = [
    "FixedClock",
    "Hub",
    "Stores",
    "SystemClock",
    "apply",
    "catalog",
    "client",
    "database",
    "execute",
    "export",
    "hub",
    "jobs",
    "look",
    "memory",
    "reports",
    "save",
    "server",
    "shipper",
    "store",
    "stores",
    "tail",
    "upload",
    "workspace",
]
