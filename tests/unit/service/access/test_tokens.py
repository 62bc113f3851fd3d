"""Tokens: what they let in, for how long, and what is kept of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.access import ROLES, Caller, WorkspaceSettings
from kedge.domain.record import Query
from kedge.errors import NotFound, SettingError
from kedge.service.access.tokens import Tokens
from kedge.service.access.workspaces import Workspaces

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Hands:
    """A clock that is moved by hand."""

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def tokens(tmp_path, clock):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    Workspaces(records, "ann", clock).create(WorkspaceSettings(name="fraud"))
    yield Tokens(records, clock, "ann")
    records.close()


def test_a_token_lets_in_who_was_given_it(tokens):
    token, shown = tokens.issue("ci", "operator", "fraud", ["ground-truth"])
    assert re.fullmatch(r"kedge_[0-9a-f]{16}_[\w-]{43}", shown)
    assert tokens.verify(shown) == Caller(f"ci (token {token.id})", "operator", "fraud", ("ground-truth",))


@pytest.mark.parametrize(
    "change",
    [
        lambda shown: shown[:-1],
        lambda shown: shown[:-1] + ("A" if shown[-1] != "A" else "B"),
        lambda shown: shown + "A",
        lambda shown: shown.replace("kedge_", "other_"),
        lambda shown: shown.split("_", 2)[2],
        lambda shown: f"kedge_{'0' * 16}_{shown[-43:]}",
        lambda _: "",
        lambda _: "kedge_é_\ud800",
        lambda shown: shown * 10_000,
    ],
)
def test_what_differs_in_anything_lets_nobody_in(tokens, change):
    _, shown = tokens.issue("ci", "viewer")
    assert tokens.verify(change(shown)) is None


def test_a_token_lets_nobody_in_once_it_is_revoked(tokens):
    token, shown = tokens.issue("ci", "viewer")
    tokens.verify(shown)
    assert tokens.revoke(token.id).revoked_by == "ann"
    assert tokens.verify(shown) is None


def test_a_token_lets_nobody_in_from_when_it_expires(tokens, clock):
    _, shown = tokens.issue("ci", "viewer", expires=NOON + timedelta(hours=1))
    clock.time = NOON + timedelta(minutes=59)
    assert tokens.verify(shown)
    clock.time = NOON + timedelta(hours=1)
    assert tokens.verify(shown) is None


def test_of_a_secret_its_hash_is_kept_and_nothing_else(tokens):
    token, shown = tokens.issue("ci", "viewer")
    tokens.verify(shown)
    secret = shown[-43:]
    [record] = tokens.records.list(Query("token"))
    assert record.document["sha256"] == sha256(secret.encode()).hexdigest()
    assert secret not in repr((record, tokens.get(token.id), tokens.list(), tokens.records.changes("token", token.id)))


def test_the_last_use_is_noted_once_a_minute_and_as_no_change(tokens, clock):
    token, shown = tokens.issue("ci", "viewer")
    for seconds in (0, 59, 61):
        clock.time = NOON + timedelta(seconds=seconds)
        tokens.verify(shown)
    assert tokens.get(token.id).last_used == NOON + timedelta(seconds=61)
    assert tokens.records.get("token", token.id).version == 3
    assert len(tokens.records.changes("token", token.id)) == 1


def test_who_issued_and_who_revoked_is_kept(tokens):
    token, _ = tokens.issue("ci", "viewer")
    Tokens(tokens.records, tokens.clock, "bo").revoke(token.id)
    assert [change.by for change in tokens.records.changes("token", token.id)] == ["ann", "bo"]


def test_tokens_are_listed_of_one_workspace_or_of_all(tokens):
    for workspace in ("fraud", "default", "*"):
        tokens.issue("ci", "viewer", workspace)
    assert [token.workspace for token in tokens.list("default")] == ["default"]
    assert len(tokens.list()) == 3


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"role": "root"}, "role"),
        ({"workspace": "../fraud"}, "workspace"),
        ({"scopes": ["endpoint"]}, "scopes"),
        ({"expires": NOON}, "expires"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(tokens, asked, field):
    with pytest.raises(SettingError) as error:
        tokens.issue(**{"name": "ci", "role": "viewer"} | asked)
    assert error.value.field == field


def test_a_token_that_is_not_there_cannot_be_revoked(tokens):
    with pytest.raises(NotFound, match="0123"):
        tokens.revoke("0123")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("needed", ROLES)
def test_a_role_may_do_what_those_below_it_may(role, needed):
    assert Caller("ann", role).may(needed, "default", "apply") == (ROLES.index(role) >= ROLES.index(needed))


@pytest.mark.parametrize(
    ("workspace", "asked", "may"),
    [
        ("fraud", "fraud", True),
        ("fraud", "credit", False),
        ("fraud", "*", False),
        ("*", "fraud", True),
        ("*", "*", True),
    ],
)
def test_a_role_is_that_of_a_workspace(workspace, asked, may):
    assert Caller("ann", "admin", workspace).may("viewer", asked, "apply") == may


def test_a_scope_limits_what_a_role_may(tokens):
    _, shown = tokens.issue("ci", "admin", scopes=["captures", "ground-truth"])
    caller = tokens.verify(shown)
    assert caller.may("operator", "default", "captures")
    assert not caller.may("viewer", "default", "executions")


@pytest.mark.parametrize(
    ("caller", "asked", "may"),
    [
        (Caller("a", "admin", "fraud"), ("admin", "fraud", ()), True),
        (Caller("a", "operator", "fraud"), ("viewer", "fraud", ()), False),
        (Caller("a", "admin", "fraud"), ("viewer", "credit", ()), False),
        (Caller("a", "admin", "fraud"), ("viewer", "*", ()), False),
        (Caller("a", "admin", "*"), ("admin", "*", ()), True),
        (Caller("a", "admin", "*", ("tokens", "apply")), ("viewer", "fraud", ("apply",)), True),
        (Caller("a", "admin", "*", ("tokens", "apply")), ("viewer", "fraud", ("apply", "query")), False),
        (Caller("a", "admin", "*", ("apply",)), ("viewer", "fraud", ("apply",)), False),
    ],
)
def test_nobody_issues_a_token_that_may_do_more_than_they(caller, asked, may):
    assert caller.may_give(*asked) == may
