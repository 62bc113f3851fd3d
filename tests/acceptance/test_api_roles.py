"""Every route and every role: what a table says is what happens, and no route is missing from it."""

from __future__ import annotations

from threading import Event

import pytest

from kedge.domain.access import ROLES, SCOPES
from kedge.interfaces.api.application import application
from kedge.interfaces.api.asking import Door

from ..asking import asked

VIEWER, OPERATOR, ADMIN, HUB, ANYBODY = "viewer", "operator", "admin", "hub", "anybody"
TOLD = ("channels", "actions", "subscriptions")
KINDS = ("endpoints", "datasets", "definitions", "schedules", *TOLD, "baselines", "executions")
WHO = ("anybody", *ROLES, HUB)  # each may do what the one before it may
LEAST = {
    ("get", "/v1/health"): ANYBODY,
    ("get", "/v1/me"): VIEWER,
    ("get", "/v1/overview"): VIEWER,
    **{("get", f"/v1/{kind}"): VIEWER for kind in KINDS},
    **{("get", f"/v1/{kind}/{{name}}"): VIEWER for kind in KINDS},
    **{("get", f"/v1/{kind}/{{name}}/history"): VIEWER for kind in KINDS},
    **{(method, f"/v1/{kind}/{{name}}"): OPERATOR for kind in KINDS[:7] for method in ("put", "delete")},
    **{("post", f"/v1/schedules/{{name}}/{what}"): OPERATOR for what in ("start", "stop", "run-now", "backfill")},
    ("post", "/v1/baselines"): OPERATOR,
    ("post", "/v1/baselines/{name}/rollback"): OPERATOR,
    ("post", "/v1/executions/{name}/stop"): OPERATOR,
    ("get", "/v1/executions/{name}/log"): VIEWER,
    ("get", "/v1/executions/{name}/report"): VIEWER,
    ("get", "/v1/executions/{name}/report/{file}"): VIEWER,
    ("get", "/v1/records"): VIEWER,
    ("get", "/v1/profiles"): VIEWER,
    ("post", "/v1/apply"): OPERATOR,
    ("get", "/v1/query"): VIEWER,
    ("get", "/v1/query/profile"): VIEWER,
    ("get", "/v1/metrics"): VIEWER,
    ("get", "/v1/metrics/points"): VIEWER,
    ("get", "/v1/notifications"): VIEWER,
    ("get", "/v1/notifications/{name}"): VIEWER,
    ("post", "/v1/notifications/resend"): OPERATOR,
    ("post", "/v1/notifications/{name}/resend"): OPERATOR,
    ("get", "/v1/deliveries"): VIEWER,
    ("post", "/v1/alarms/{name}/test"): OPERATOR,
    ("get", "/v1/alarms"): VIEWER,
    ("get", "/v1/alarms/{name}"): VIEWER,
    ("put", "/v1/alarms/{name}"): OPERATOR,
    ("delete", "/v1/alarms/{name}"): OPERATOR,
    ("get", "/v1/alarms/{name}/history"): VIEWER,
    ("get", "/v1/alarms/{name}/changes"): VIEWER,
    ("put", "/v1/alarms/{name}/silence"): OPERATOR,
    ("delete", "/v1/alarms/{name}/silence"): OPERATOR,
    ("post", "/v1/alarms/{name}/acknowledge"): OPERATOR,
    ("get", "/v1/export/{table}"): VIEWER,
    ("post", "/v1/ground-truth"): OPERATOR,
    ("post", "/v1/captures"): OPERATOR,
    ("get", "/v1/captures"): VIEWER,
    ("get", "/v1/events"): VIEWER,
    ("get", "/v1/tokens"): ADMIN,
    ("post", "/v1/tokens"): ADMIN,
    ("get", "/v1/tokens/{id}"): ADMIN,
    ("delete", "/v1/tokens/{id}"): ADMIN,
    ("get", "/v1/workspaces"): VIEWER,
    ("get", "/v1/workspaces/{name}"): VIEWER,
    ("get", "/v1/workspaces/{name}/history"): VIEWER,
    ("put", "/v1/workspaces/{name}"): HUB,
    ("delete", "/v1/workspaces/{name}"): HUB,
}
BODIES = {
    "/v1/endpoints/{name}": {"captures": "c"},
    "/v1/datasets/{name}": {"url": "c"},
    "/v1/definitions/{name}": {},
    "/v1/schedules/{name}": {"monitoring_job_definition_name": "a", "schedule_expression": "hourly"},
    "/v1/schedules/{name}/backfill": {"start": "2026-11-01", "end": "2026-11-02"},
    "/v1/channels/{name}": {"webhook": "https://a.example"},
    "/v1/actions/{name}": {"http": "https://a.example"},
    "/v1/subscriptions/{name}": {"to": ["a"]},
    "/v1/baselines": {"name": "a", "url": "c"},
    "/v1/tokens": {"name": "ci", "role": "viewer", "scopes": ["tokens"]},
    "/v1/alarms/{name}": {"rule": "true"},
    "/v1/alarms/{name}/silence": {"until": "2099-01-01"},
    "/v1/notifications/resend": {"to": "a"},
    "/v1/workspaces/{name}": {},
}


@pytest.fixture(scope="module")
def askers(tmp_path_factory):
    """One of each role who asks a server that listens to the network, and one whom nobody knows."""
    url = f"sqlite:///{tmp_path_factory.mktemp('roles')}/kedge.db"
    with asked(url) as local:
        local.as_(None)("PUT", "/endpoints/name", {"captures": "captures"})
        tokens = local.serving.hub.tokens("ann")
        shown = {role: tokens.issue(role, role)[1] for role in ROLES} | {"hub": tokens.issue("hub", "admin", "*")[1]}
        scoped = {scope: tokens.issue(scope, "admin", "*", (scope,))[1] for scope in SCOPES}
    with asked(url, "0.0.0.0:0") as everywhere:
        known = shown | {f"for {scope}": token for scope, token in scoped.items()}
        yield {who: everywhere.as_(known.get(who)) for who in (*WHO, *known)}


def _status(ask, method: str, path: str) -> int:
    """Ask for a route, of which only the first bytes of a stream are waited for."""
    name = "default" if "workspaces" in path else "name"
    place = (
        path.removeprefix("/v1")
        .replace("{name}", name)
        .replace("{id}", "none")
        .replace("{file}", "report.html")
        .replace("{table}", "metrics")
    )
    told = {"/v1/captures": "?endpoint=no", "/v1/ground-truth": "?endpoint=no", "/v1/records": "?kind=endpoint"}
    told["/v1/metrics/points"] = "?namespace=data&name=drift"
    headers = {"Content-Type": "text/plain"} if path in ("/v1/apply", "/v1/ground-truth", "/v1/captures") else {}
    body = b"endpoints: {}" if headers and method == "post" else BODIES.get(path) if method != "get" else None
    return ask.status(method.upper(), place + told.get(path, ""), body, **headers)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("method", "path"), LEAST)
def test_who_may_is_let_in_and_nobody_else(askers, method, path, who):
    status = _status(askers[who], method, path)
    if WHO.index(who) >= WHO.index(LEAST[method, path]):
        assert status not in (401, 403)
        assert status < 500
    else:
        assert status == (401 if who == "anybody" else 403)


def test_every_route_is_in_the_table():
    found = application(Door(None), Event()).openapi()["paths"]
    assert {(method, path) for path, methods in found.items() for method in methods} == set(LEAST)


@pytest.mark.parametrize(("method", "path"), [one for one in LEAST if one[1].split("/")[2] in SCOPES])
def test_a_token_for_some_routes_is_for_no_others(askers, method, path):
    own = path.split("/")[2]
    other = next(scope for scope in SCOPES if scope != own)
    assert _status(askers[f"for {own}"], method, path) not in (401, 403)
    assert _status(askers[f"for {other}"], method, path) == 403


@pytest.mark.parametrize("who", ROLES)
def test_a_token_of_one_workspace_reaches_no_other(askers, who):
    for path in ("/endpoints", "/schedules/hourly", "/events", "/records?kind=schedule", "/tokens", "/workspaces/red"):
        answer = askers[who]("GET", f"{path}{'&' if '?' in path else '?'}workspace=red")
        assert (path, answer.status) == (path, 403)


def test_no_token_lets_give_more_than_it_has(askers):
    for body in ({"role": "admin", "workspace": "*"}, {"role": "viewer", "workspace": "red"}):
        assert askers["admin"]("POST", "/tokens", {"name": "x", **body}).status == 403
    given = askers["admin"]("POST", "/tokens", {"name": "x", "role": "operator"})
    assert (given.status, askers["admin"].as_(given.json["secret"])("GET", "/me").json["role"]) == (201, "operator")


def test_a_token_that_is_revoked_lets_nobody_in(askers):
    given = askers["admin"]("POST", "/tokens", {"name": "x", "role": "viewer"}).json
    own = askers["admin"].as_(given["secret"])
    assert own("GET", "/me").status == 200
    assert askers["admin"]("DELETE", f"/tokens/{given['token']['id']}").status == 200
    assert own("GET", "/me").status == 401


def test_no_answer_holds_a_secret(askers):
    given = askers["admin"]("POST", "/tokens", {"name": "x", "role": "viewer"}).json
    listed = askers["admin"]("GET", "/tokens")
    assert given["token"]["id"].encode() in listed.body
    assert given["secret"].split("_", 2)[2].encode() not in listed.body
    assert b"sha256" not in listed.body
    assert askers["admin"]("GET", "/records?kind=token").status == 422
