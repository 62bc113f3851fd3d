"""What is the same for every resource: it is found by name, changed if nobody else did, and told apart by kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from kedge.domain.catalog import Found, from_record, to_record
from kedge.domain.record import Query, Record
from kedge.domain.window import format_time
from kedge.errors import Conflict, NotFound, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kedge.domain.record import Change
    from kedge.ports import Records

TRIES = 10  # to change what others change, too, such as a scheduler with every slot
LISTED = {kind: f"kedge {kind} list" for kind in ("schedule", "execution", "alarm", "workspace")}
SUGGESTED = 10_000  # names among which the nearest is looked for


@dataclass(frozen=True)
class Kept(Generic[Found]):
    """The resources of one kind.

    Parameters
    ----------
    records
        Where they are kept.
    by
        Who changes them.
    """

    records: Records
    by: str

    cls: ClassVar[type[Any]]

    def find(self, name: str) -> Found | None:
        """Return one, or None where there is none."""
        record = self._record(name)
        return self._read(record) if record else None

    def get(self, name: str) -> Found:
        """Return one.

        Raises
        ------
        NotFound
            There is none of this name; the nearest is told.
        """
        return self._read(self._known(name))

    def list(self, **asked: Any) -> list[Found]:
        """Return those that a query asks for."""
        return [self._read(record) for record in self.records.list(Query(self.cls.kind, **asked))]

    def history(self, name: str) -> Sequence[Change]:
        """Return who changed one, and from what to what, the first change first."""
        return self.records.changes(self.cls.kind, name)

    def make(self, resource: Found) -> Found:
        """Keep a new one.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        record = to_record(resource)
        try:
            return self._read(self.records.put(record, self.by))
        except Conflict:
            raise there_is(self, record.name) from None

    def change(self, name: str, change: Callable[[Found], Found], expected: Found | None = None) -> Found:
        """Change one, and return it as it is now.

        Parameters
        ----------
        change
            Makes the new one of the present one; again, if somebody was faster.
        expected
            What the present one must be.

        Raises
        ------
        Conflict
            It is not what was expected: the message tells who changed what.
        """
        for left in reversed(range(TRIES)):
            record = self._known(name) if expected is None else self._seen(name, to_record(expected))
            found = self._read(record)
            wanted = change(found)
            if wanted == found:
                return found
            try:
                return self._read(self.records.put(to_record(wanted, record), self.by))
            except Conflict:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def remove(self, name: str) -> None:
        """Delete one."""
        self.records.delete(self._known(name), self.by)

    def _record(self, name: str) -> Record | None:
        return self.records.get(self.cls.kind, name)

    def _known(self, name: str) -> Record:
        record = self._record(name)
        if record is None:
            names = [record.name for record in self.records.list(Query(self.cls.kind, limit=SUGGESTED))]
            raise NotFound(
                f"There is no {self.cls.kind} {name!r}.{did_you_mean(name, names)}",
                field=self.cls.kind,
                next_step=f"{LISTED.get(self.cls.kind, f'kedge catalog list {self.cls.kind}')} shows them.",
            )
        return record

    def _seen(self, name: str, then: Record) -> Record:
        """Return a record that is what it was."""
        record = self._record(name)
        if record is None and not self.history(name):
            return self._known(name)
        if record is None or record.document != then.document:
            raise changed(self.records, then, record)
        return record

    def _read(self, record: Record) -> Found:
        found: Found = from_record(self.cls, record)
        return found


def changed(records: Records, then: Record, now: Record | None) -> Conflict:
    """Return the conflict that a record is not what it was: who changed what, from what to what."""
    step = "Look at it, and run the command again."
    if now is None:
        who = _who(records, then, None) or "somebody else"
        return Conflict(f"The {then.kind} {then.name!r} was deleted by {who}.", next_step=step)
    told = differences(then.document, now.document)
    what = "; ".join(f"{field}: {said(before)} → {said(after)}" for field, before, after in told)
    who = _who(records, now, now.document) or "the server"
    return Conflict(f"The {now.kind} {now.name!r} was changed by {who}: {what}.", next_step=step)


def unlike(kept: Kept[Any], name: str, seen: Callable[[Mapping[str, Any]], bool]) -> Conflict | None:
    """Return the conflict that something is not what somebody has ``seen``; None where it never was."""
    documents = (change.after for change in reversed(kept.history(name)))
    then = next((document for document in documents if document is not None and seen(document)), None)
    now = kept.records.get(kept.cls.kind, name)
    return None if then is None else changed(kept.records, Record(kept.cls.kind, name, then), now)


def there_is(kept: Kept[Any], name: str) -> Conflict:
    """Return the conflict that there is something of a name: who made it."""
    kind = kept.cls.kind
    first = next((change for change in reversed(kept.history(name)) if change.before is None), None)
    who = f", made by {first.by} at {format_time(first.time)}" if first else ""
    article = "an" if kind[0] in "aeiou" else "a"
    return Conflict(f"There is {article} {kind} {name!r}{who}.", field="name", next_step="Take another name.")


def _who(records: Records, record: Record, document: Mapping[str, Any] | None) -> str | None:
    """Return who made a record say this last, and when; None where nobody tells."""
    history = reversed(records.changes(record.kind, record.name))
    last = next((change for change in history if change.after == document), None)
    return f"{last.by} at {format_time(last.time)}" if last else None


def differences(before: Any, after: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return the fields in which two documents differ, with what each of them says; None is nothing.

    >>> differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}})
    [('a.b', 1, 3), ('c', 2, None)]
    """
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return [] if before == after else [(path, before, after)]
    names = dict.fromkeys([*before, *after])
    pairs = ((f"{path}.{name}" if path else name, _part(before, after, name)) for name in names)
    return [found for place, (then, now) in pairs for found in differences(then, now, place)]


def said(value: Any) -> str:
    """Return a value of a document as a person would write it."""
    if value is None or value == []:
        return "nothing"
    return ", ".join(map(said, value)) if isinstance(value, list) else str(value)


def _part(before: dict[str, Any], after: dict[str, Any], name: str) -> tuple[Any, Any]:
    """Return a part of two documents; what one has not is empty where the other has fields in it."""
    then, now = before.get(name), after.get(name)
    if isinstance(then, dict) or isinstance(now, dict):
        return {} if then is None else then, {} if now is None else now
    return then, now
