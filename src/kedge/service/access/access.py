"""Who may do what, in one hand: a :class:`kedge.Client` offers the same of a server elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.service.access.tokens import Tokens
    from kedge.service.access.workspaces import Workspaces


@dataclass(frozen=True)
class Access:
    """What is declared of all workspaces, and what lets programs in."""

    tokens: Tokens
    workspaces: Workspaces
