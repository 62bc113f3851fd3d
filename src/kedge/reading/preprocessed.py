"""What a script made of a group's records, read in their place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kedge.domain import wire
from kedge.domain.script import ScriptRecords
from kedge.domain.window import format_time
from kedge.errors import SettingError
from kedge.reading.csv_files import delimiter_of
from kedge.reading.lines import bounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kedge.analysis.report import Made, Unreadable
    from kedge.domain.dataset import Dataset, Expectation
    from kedge.reading.files import Group
    from kedge.reading.reader import Reader


class Preprocessed:
    """The rows of a script.

    Columns stand in the order of their names. Names that are numbers throughout are places, counted from 0: they take
    the baseline's names, as the fields of a captured row do, unless the baseline has columns of those names.
    """

    def __init__(self, rows: Reader, made: Made, expectation: Expectation) -> None:
        self._rows, self._made, self.run = rows, made, made.run
        self.notes = rows.notes
        names = [field.name for field in rows.relation.fields]
        known = expectation.names
        self._known = known if all(map(str.isdecimal, names)) and not set(names) & set(known) else ()
        if made.format == "capture":  # named and ordered already
            self.relation, self._known = rows.relation, ()
            return
        fields = sorted(rows.relation.fields, key=lambda f: int(f.name) if self._known else f.name)
        self.relation = replace(rows.relation, fields=tuple(replace(f, name=self._name(f.name)) for f in fields))

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Return the rows that SQL found odd."""
        return [{self._name(name): value for name, value in row.items()} for row in self._rows.rows(odd)]

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Count the records that the script was not given, and rows that cannot be read."""
        count, first = self._rows.unreadable(refused, limit)
        kept = self._made.unreadable
        return len(kept) + count, [*kept, *first][:limit]

    def _name(self, name: str) -> str:
        if not (self._known and name.isdecimal()):
            return name
        place = int(name)
        return self._known[place] if place < len(self._known) else f"_c{place}"


def records(group: Group, answers: Group | None, dataset: Dataset, *, tagged: bool = False) -> ScriptRecords:
    """Return what a script is to see of a group of files.

    Raises
    ------
    SettingError
        The format has no records that a script could be given.
    """
    if group.format not in ("capture", "csv", "jsonl"):
        raise SettingError(
            f"A preprocess script takes capture records, CSV and JSON Lines; this is {group.format}.",
            file=dataset.url,
            next_step="Prepare the data before, or leave out --preprocess.",
        )
    files = [*group.files, *(answers.files if answers else ())]
    for file in files:
        bounded(file)
    window = dataset.window
    times = {wire.START_TIME: window.start, wire.END_TIME: window.end} if window else {}
    return ScriptRecords(
        format=group.format,
        files={file.path.absolute(): file.url for file in group.files},
        answers=tuple(file.path.absolute() for file in answers.files) if answers else (),
        header=dataset.header,
        delimiter=delimiter_of(group, dataset),
        tagged=tagged,
        window=window if group.format == "capture" else None,
        environment={
            wire.DATASET_SOURCE: dataset.url,
            **({wire.ENDPOINT_NAME: group.endpoint} if group.endpoint else {}),
            **{name: format_time(time) for name, time in times.items()},
        },
    )
