"""Where a page of records ended."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kedge.domain.paging import after, cursor
from kedge.domain.record import Query, Record
from kedge.errors import SettingError

NOON = datetime(2026, 11, 1, 12, 0, 0, 7, tzinfo=UTC)
LAST = Record("endpoint", "fraud", status="Good", time=NOON, created=NOON, modified=NOON)


@pytest.mark.parametrize("order", ["name", "created", "modified", "time", "status"])
def test_a_page_goes_on_where_it_ended(order):
    query = Query("endpoint", order=order)
    found = after(cursor(LAST, query), query)
    assert (found.name, getattr(found, order)) == ("fraud", getattr(LAST, order))


@pytest.mark.parametrize("text", ["", "x", "ä", "W10", cursor(LAST, Query("endpoint", order="time"))])
def test_a_cursor_of_something_else_is_refused(text):
    with pytest.raises(SettingError, match="This cursor is not of a list of this order"):
        after(text, Query("endpoint"))


def test_a_cursor_with_what_no_database_keeps_is_refused():
    query = Query("endpoint")
    with pytest.raises(SettingError):
        after(cursor(Record("endpoint", "a\0b"), query), query)
