"""A declaration: all that somebody wants monitored, to be applied to the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from kedge.domain.catalog import Baseline, Endpoint, JobDefinition, MonitoringSchedule, PlainFiles

Sign = Literal["+", "~", "-"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learn:
    """A baseline that is to be learned.

    Parameters
    ----------
    name
        Its name.
    data
        What it is learned of.
    asked
        How, in the words of a definition.
    categorical_drift_method
        Of data quality: how categories will be compared.
    """

    name: str
    data: PlainFiles
    asked: JobDefinition
    categorical_drift_method: Literal["LInfinity", "ChiSquared"] = "LInfinity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is declared; a schedule comes with its definition, which has no name yet."""

    endpoints: tuple[Endpoint, ...] = ()
    datasets: tuple[PlainFiles, ...] = ()
    baselines: tuple[Baseline | Learn, ...] = ()
    schedules: tuple[tuple[MonitoringSchedule, JobDefinition], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What would be changed of one resource.

    Parameters
    ----------
    sign
        ``+`` it is new, ``~`` changed, ``-`` deleted.
    kind, name
        Which.
    fields
        Of what is new and of what changes: the field, what it says now, and what it would.
    """

    sign: Sign
    kind: str
    name: str
    fields: tuple[tuple[str, Any, Any], ...] = ()
