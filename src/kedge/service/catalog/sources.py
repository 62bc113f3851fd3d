"""Endpoints and datasets: what is monitored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kedge.domain.catalog import Endpoint, MonitoringSchedule, PlainFiles
from kedge.domain.record import Query
from kedge.errors import Conflict, InUse, SettingError
from kedge.service.catalog import rules
from kedge.service.catalog.kept import Kept

if TYPE_CHECKING:
    from kedge.ports import Records

Source = TypeVar("Source", Endpoint, PlainFiles)


class _Sources(Kept[Source]):
    """What schedules look at; a name is either an endpoint's or a dataset's."""

    other: type[Endpoint | PlainFiles]

    def declare(self, source: Source, expected: Source | None = None) -> Source:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was."""
        self._look(source)
        if expected is None and self.find(source.name) is None:
            return self.make(source)
        return self.change(source.name, lambda _: source, expected)

    def create(self, source: Source) -> Source:
        """Keep a new one.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        self._look(source)
        return self.make(source)

    def _look(self, source: Source) -> None:
        rules.named(source.name)
        if self.records.get(self.other.kind, source.name):
            what = f"{'an' if self.other is Endpoint else 'a'} {self.other.kind}"
            raise Conflict(f"There is {what} {source.name!r}.", field="name", next_step="Take another name.")
        self._check(source)

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

    def _check(self, source: Source) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Endpoints(_Sources[Endpoint]):
    """Models that answer."""

    cls = Endpoint
    other = PlainFiles

    def _check(self, source: Endpoint) -> None:
        _somewhere(source.captures, "captures")
        _delimited(source)


@dataclass(frozen=True)
class Datasets(_Sources[PlainFiles]):
    """Folders and tables of plain files."""

    cls = PlainFiles
    other = Endpoint

    def _check(self, source: PlainFiles) -> None:
        _somewhere(source.url, "url")
        _delimited(source)


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
