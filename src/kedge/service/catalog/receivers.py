"""What messages go to: channels and actions, and none that a subscription names is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.domain.addresses import Addresses
from kedge.domain.catalog import Found
from kedge.domain.record import Query
from kedge.domain.secret import REFERENCE, masked
from kedge.domain.subscription import Subscription
from kedge.errors import InUse, SettingError
from kedge.service.catalog import rules
from kedge.service.catalog.kept import SUGGESTED
from kedge.service.catalog.paired import Paired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.ports import Records


class Receivers(Paired[Found]):
    """What messages go to; a name is either a channel's or an action's."""

    def delete(self, name: str) -> None:
        """Delete one that no subscription names; what became of its messages is kept.

        Raises
        ------
        InUse
            A subscription does.
        """
        self.get(name)
        not_named(self.records, "to", name, self.cls.kind)
        self.remove(name)


def not_named(records: Records, field: str, name: str, kind: str) -> None:
    """Refuse to do without what a subscription names in a field of its."""
    for record in records.list(Query(Subscription.kind, limit=SUGGESTED)):
        if name in record.document.get(field, ()):
            raise InUse(
                f"The subscription {record.name!r} names it.",
                field=kind,
                next_step="Take it out there first, or delete that.",
            )


def names(records: Records, kind: str) -> list[str]:
    """Return the names of what is declared of a kind."""
    return [record.name for record in records.list(Query(kind, limit=SUGGESTED))]


def one_of(what: str, given: dict[str, bool]) -> None:
    """Refuse what says none of some fields, or several."""
    found = [field for field, said in given.items() if said]
    if len(found) != 1:
        raise SettingError(
            f"{what} has {_either(list(given))}; found {' and '.join(found) or 'none of them'}.",
            field=found[-1] if found else next(iter(given)),
            next_step="Give one of them.",
        )


def callable_url(url: str | None, field: str) -> None:
    """Refuse what is neither the URL of a server, without a secret, nor where there is one."""
    if url is None or is_reference(url, field):
        return
    rules.at_most(url, rules.LONGEST_URL, field)
    if masked(url) != url:
        raise SettingError(
            "The URL holds a secret, which stands in no catalog.",
            field=field,
            next_step="Write env:NAME or file:PATH, where the URL is.",
        )
    Addresses(every=True).check(url, field)


def is_reference(text: str, field: str) -> bool:
    """Return whether a text says where a secret is, as ``env:NAME`` or ``file:PATH``; refuse a name that is none."""
    found = REFERENCE.fullmatch(text)
    if found and found[1] == "env" and not rules.VARIABLE.fullmatch(found[2]):
        raise SettingError(f"{found[2][:80]!r} is no name of a variable.", field=field, next_step="Write env:NAME.")
    return bool(found)


def _either(fields: Sequence[str]) -> str:
    return f"either {', '.join(fields[:-1])} or {fields[-1]}"
