"""Endpoints and datasets: what is monitored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kedge.domain.catalog import Endpoint, MonitoringSchedule, PlainFiles
from kedge.domain.record import Query
from kedge.errors import InUse, SettingError
from kedge.service.catalog import rules
from kedge.service.catalog.paired import Paired

if TYPE_CHECKING:
    from kedge.ports import Records

Source = TypeVar("Source", Endpoint, PlainFiles)


class _Sources(Paired[Source]):
    """What schedules look at; a name is either an endpoint's or a dataset's."""

    def delete(self, name: str) -> None:
        """Delete one that no schedule looks at; what was captured and reported stays.

        Raises
        ------
        InUse
            A schedule does.
        """
        self.get(name)
        using = self.records.list(Query(MonitoringSchedule.kind, parent=name, limit=1))
        if using:
            raise InUse(
                f"The schedule {using[0].name!r} looks at it.",
                field=self.cls.kind,
                next_step=f"Delete that first: kedge schedule delete {using[0].name}.",
            )
        self.remove(name)


@dataclass(frozen=True)
class Endpoints(_Sources[Endpoint]):
    """Models that answer."""

    cls = Endpoint
    other = PlainFiles

    def _check(self, wanted: Endpoint) -> None:
        _somewhere(wanted.captures, "captures")
        _delimited(wanted)


@dataclass(frozen=True)
class Datasets(_Sources[PlainFiles]):
    """Folders and tables of plain files."""

    cls = PlainFiles
    other = Endpoint

    def _check(self, wanted: PlainFiles) -> None:
        _somewhere(wanted.url, "url")
        _delimited(wanted)


def source_of(records: Records, endpoint: str | None, dataset: str | None) -> Endpoint | PlainFiles:
    """Return the endpoint or the dataset, whichever is named.

    Raises
    ------
    SettingError
        Both are, or neither.
    NotFound
        There is none.
    """
    if endpoint and not dataset:
        return Endpoints(records, "").get(endpoint)
    if dataset and not endpoint:
        return Datasets(records, "").get(dataset)
    raise SettingError(
        f"{'Both an' if endpoint else 'No'} endpoint {'and a' if endpoint else 'or'} dataset is named.",
        field="endpoint",
        next_step="Name one of them.",
    )


def _somewhere(url: str, field: str) -> None:
    rules.at_most(url, rules.LONGEST_URL, field)
    if not url.strip():
        raise SettingError("It is empty.", field=field, next_step="Give a folder or a URL.")


def _delimited(source: Endpoint | PlainFiles) -> None:
    if len(source.reading.delimiter) != 1 or source.reading.delimiter in '"\r\n':
        raise SettingError(
            f"A delimiter is one character, and not {source.reading.delimiter!r}.",
            field="delimiter",
            next_step="Give a comma, a semicolon or a tab.",
        )
