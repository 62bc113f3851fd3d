"""``kedge workspace`` and ``kedge token``: who may do what, from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kedge.app import hub
from kedge.settings import Settings

MONITORS = """
endpoints:
  cards: {captures: captures}
"""


@pytest.fixture
def fraud(run):
    assert run("workspace", "create", "fraud", "--description", "Fraud", "--credential", "KEY=env:FRAUD_KEY")[0] == 0


def _verified(shown: str):
    with hub(Settings()) as found:
        return found.tokens("").verify(shown)


def test_a_token_is_made_shown_and_revoked(run, fraud):
    code, printed = run("token", "create", "ci", "--role", "operator", "--workspace", "fraud", "--scope", "captures")
    secret = printed.splitlines()[0]
    caller = _verified(secret)
    assert (code, caller.role, caller.workspace, caller.scopes) == (0, "operator", "fraud", ("captures",))
    id = secret.split("_")[1]
    assert run("token", "revoke", id)[0] == 0
    assert _verified(secret) is None
    assert re.search(rf"{id} +ci +operator +fraud +captures +revoked", run("token", "list")[1])


def test_a_token_of_the_hub_is_for_all_workspaces(run):
    code, printed = run("token", "create", "ann", "--role", "admin", "--workspace", "*", "--json")
    assert code == 0
    assert _verified(json.loads(printed)["secret"]).may("admin", "fraud", "apply")


def test_a_list_of_tokens_has_no_secret(run, fraud):
    secret = run("token", "create", "ci", "--workspace", "fraud")[1].splitlines()[0][-43:]
    assert secret not in run("token", "list", "--json")[1]
    assert [token["name"] for token in json.loads(run("token", "list", "--workspace", "fraud", "--json")[1])] == ["ci"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--workspace", "nowhere"), "There is no workspace 'nowhere'"),
        (("--role", "root"), "viewer, operator, admin"),
        (("--scope", "capture"), "Did you mean 'captures'"),
        (("--expires", "soon"), "soon"),
        (("--expires", "2020-01-01"), "is past"),
        (("--expires", "P99999999D"), "too long"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(run, arguments, said):
    code, printed = run("token", "create", "ci", *arguments)
    assert (code, said in printed, "kedge_" in printed) == (2, True, False)


def test_what_is_declared_in_one_workspace_is_in_no_other(run, fraud):
    Path("monitors.yaml").write_text(MONITORS)
    assert run("apply", "monitors.yaml", "--workspace", "fraud")[0] == 0
    assert "cards" in run("catalog", "list", "--workspace", "fraud")[1]
    assert "Nothing is declared." in run("catalog", "list")[1]


def test_the_workspace_can_be_set_once(run, fraud, monkeypatch):
    Path("monitors.yaml").write_text(MONITORS)
    monkeypatch.setenv("KEDGE_WORKSPACE", "fraud")
    run("apply", "monitors.yaml")
    assert "Nothing is declared." in run("catalog", "list", "--workspace", "default")[1]
    assert "cards" in run("catalog", "list")[1]


def test_a_workspace_is_shown_with_where_its_credentials_are(run, fraud):
    _, printed = run("workspace", "show", "fraud")
    assert "credentials: KEY=env:FRAUD_KEY" in printed
    assert [one["name"] for one in json.loads(run("workspace", "list", "--json")[1])] == ["default", "fraud"]


def test_a_workspace_is_made_once_and_changed_when_that_is_said(run, fraud):
    assert "There is a workspace 'fraud'" in run("workspace", "create", "fraud")[1]
    assert run("workspace", "create", "fraud", "--replace", "--output", "s3://fraud/reports")[0] == 0
    assert "output: s3://fraud/reports" in run("workspace", "show", "fraud")[1]


def test_a_workspace_with_something_in_it_is_deleted_by_force_alone(run, fraud):
    Path("monitors.yaml").write_text(MONITORS)
    run("apply", "monitors.yaml", "--workspace", "fraud")
    assert "--force" in run("workspace", "delete", "fraud")[1]
    assert run("workspace", "delete", "fraud", "--force")[0] == 0
    assert "There is no workspace 'fraud'" in run("catalog", "list", "--workspace", "fraud")[1]


def test_where_there_is_no_database_none_is_made_by_looking(run):
    assert "There is no database here" in run("token", "list")[1]
    assert not Path("kedge-data").exists()
