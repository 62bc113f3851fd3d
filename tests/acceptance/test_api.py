"""The REST interface over a real socket: what is declared, listed, changed under conditions, and refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ..asking import asked

ENDPOINT = {"captures": "captures", "ground_truth": "labels"}
JOB = {"endpoint_name": "fraud", "baseline": "./baseline"}
HOURLY = {"monitoring_job_definition_name": "quality", "schedule_expression": "hourly"}


@pytest.fixture
def ask(url):
    """One who asks a server over SQLite, or in turns two servers that share a PostgreSQL: it is all the same."""
    with asked(url, servers=2 if url.startswith("postgresql") else 1) as ask:
        yield ask


@pytest.fixture
def declared(ask):
    """The same, with an endpoint, a definition and a schedule."""
    for path, body in (("endpoints/fraud", ENDPOINT), ("definitions/quality", JOB), ("schedules/hourly", HOURLY)):
        assert ask("PUT", f"/{path}", body).status == 201
    return ask


def test_what_is_put_is_got(ask):
    put = ask("PUT", "/endpoints/fraud", ENDPOINT)
    got = ask("GET", "/endpoints/fraud")
    assert (put.status, got.status, got.json, got.headers["etag"]) == (201, 200, put.json, put.headers["etag"])
    assert got.json["captures"] == "captures"


def test_what_is_replaced_keeps_who_did_it(ask):
    ask("PUT", "/endpoints/fraud", ENDPOINT)
    assert ask("PUT", "/endpoints/fraud", {"captures": "elsewhere"}).status == 200
    changes = ask("GET", "/endpoints/fraud/history").json["items"]
    told = [(change["by"], change["after"]["captures"]) for change in changes]
    assert told == [("ann", "captures"), ("ann", "elsewhere")]


def test_a_change_is_made_of_what_was_read_or_not_at_all(ask):
    tag = ask("PUT", "/endpoints/fraud", ENDPOINT).headers["etag"]
    assert ask("PUT", "/endpoints/fraud", {"captures": "b"}, If_Match=tag).status == 200
    late = ask("PUT", "/endpoints/fraud", {"captures": "c"}, If_Match=tag)
    assert (late.status, late.json["type"]) == (412, "urn:kedge:problem:conflict")
    assert ask("DELETE", "/endpoints/fraud", If_Match=tag).status == 412


def test_what_is_to_be_new_replaces_nothing(ask):
    assert ask("PUT", "/endpoints/fraud", ENDPOINT, If_None_Match="*").status == 201
    assert ask("PUT", "/endpoints/fraud", {"captures": "c"}, If_None_Match="*").status == 412


def test_what_is_known_is_not_sent_again(ask):
    tag = ask("PUT", "/endpoints/fraud", ENDPOINT).headers["etag"]
    again = ask("GET", "/endpoints/fraud", If_None_Match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)


def test_the_scheduler_changes_no_tag(declared):
    tag = declared("GET", "/schedules/hourly").headers["etag"]
    records = declared.serving.hub.records
    records.put(replace(records.get("schedule", "hourly"), time=None), "")
    assert declared("GET", "/schedules/hourly").headers["etag"] == tag


def test_a_list_goes_on_where_it_ended(ask):
    for i in range(5):
        ask("PUT", f"/endpoints/e{i}", ENDPOINT)
    names, path = [], "/endpoints?limit=2"
    while path:
        page = ask("GET", path).json
        names.append([item["name"] for item in page["items"]])
        path = page["next"] and f"/endpoints?limit=2&cursor={page['next']}"
    assert names == [["e0", "e1"], ["e2", "e3"], ["e4"]]


@pytest.mark.parametrize("order", ["name", "created", "modified", "time", "status"])
def test_a_cursor_goes_on_in_every_order(declared, order):
    declared("PUT", "/schedules/daily", HOURLY | {"schedule_expression": "daily"})
    first = declared("GET", f"/schedules?limit=1&descending=true&order={order}").json
    rest = declared("GET", f"/schedules?descending=true&order={order}&cursor={first['next']}").json
    assert {item["name"] for item in first["items"] + rest["items"]} == {"daily", "hourly"}
    assert rest["next"] is None


@pytest.mark.parametrize("cursor", ["x", "W10", "bm9uZQ", "WyJuYW1lIixmYWxzZSwiYVx1MDAwMCIsImEiXQ"])
def test_a_cursor_that_is_none_is_refused(ask, cursor):
    answer = ask("GET", f"/endpoints?cursor={cursor}")
    assert (answer.status, answer.json["field"]) == (422, "cursor")


def test_filters_are_those_of_a_query(declared):
    assert [item["name"] for item in declared("GET", "/schedules?parent=fraud&status=Scheduled").json["items"]] == [
        "hourly"
    ]
    assert declared("GET", "/schedules?parent=fraud&status=Stopped").json["items"] == []
    assert declared("GET", "/endpoints?name_contains=rau").json["items"] != []


def test_records_are_listed_with_their_versions(declared):
    (record,) = declared("GET", "/records?kind=schedule").json["items"]
    assert (record["name"], record["parent"], record["version"], record["status"]) == (
        "hourly",
        "fraud",
        2,
        "Scheduled",
    )


def test_a_definition_never_changes(declared):
    assert declared("PUT", "/definitions/quality", JOB).status == 200
    answer = declared("PUT", "/definitions/quality", JOB | {"minimum_rows": 5})
    assert (answer.status, answer.json["type"]) == (409, "urn:kedge:problem:conflict")


def test_what_is_needed_is_not_deleted(declared):
    answer = declared("DELETE", "/endpoints/fraud")
    assert (answer.status, answer.json["type"]) == (409, "urn:kedge:problem:in-use")
    assert declared("DELETE", "/schedules/hourly").status == 204
    assert declared("DELETE", "/endpoints/fraud").status == 204


def test_a_schedule_is_stopped_started_and_run(declared):
    assert declared("POST", "/schedules/hourly/stop").json["status"] == "Stopped"
    assert declared("POST", "/schedules/hourly/start").json["status"] == "Scheduled"
    made = declared("POST", "/schedules/hourly/run-now")
    assert (made.status, made.json["status"], made.json["cause"]) == (201, "Pending", "run-now")
    assert declared("POST", f"/executions/{made.json['name']}/stop").json["status"] == "Stopped"
    assert declared("POST", f"/executions/{made.json['name']}/stop").status == 409


def test_slots_that_are_past_are_filled(declared):
    span = {"start": "2026-11-01T00:00:00Z", "end": "2026-11-01T03:00:00Z"}
    made = declared("POST", "/schedules/hourly/backfill", span).json["items"]
    assert [execution["scheduled_time"] for execution in made] == [f"2026-11-01T0{hour}:00:00Z" for hour in (1, 2, 3)]
    listed = declared("GET", "/executions?source=fraud&order=time&descending=true&limit=2").json
    assert [execution["name"][-4:] for execution in listed["items"]] == ["0300", "0200"]


def test_a_baseline_has_versions_and_a_way_back(ask):
    for url in ("./one", "./two"):
        assert ask("POST", "/baselines", {"name": "fraud", "url": url}).status == 201
    assert ask("GET", "/baselines/fraud").json["version"] == 2
    assert ask("POST", "/baselines/fraud/rollback").json["url"] == "./one"
    assert (ask("GET", "/baselines/fraud").json["version"], ask("GET", "/baselines/fraud:2").json["url"]) == (
        1,
        "./two",
    )


def test_a_file_is_applied_after_a_look(ask):
    text = b"endpoints:\n  fraud:\n    captures: /captures\n"
    look = ask("POST", "/apply?dry_run=true", text, Content_Type="application/yaml")
    assert (look.json["applied"], [change["name"] for change in look.json["changes"]]) == (False, ["fraud"])
    assert ask("GET", "/endpoints/fraud").status == 404
    done = ask("POST", "/apply", text, Content_Type="application/yaml", If_Match=look.headers["etag"])
    assert (done.json["applied"], ask("GET", "/endpoints/fraud").status) == (True, 200)
    assert ask("POST", "/apply", text, Content_Type="application/yaml", If_Match=look.headers["etag"]).status == 412


def test_an_error_in_a_file_has_its_line(ask):
    problem = ask("POST", "/apply?file=mine.yaml", b"endpoints:\n  fraud:\n    captues: x\n").json
    assert (problem["line"], problem["status"]) == (3, 422)
    assert problem["file"].endswith("mine.yaml")


def test_a_token_is_good_at_every_server(ask):
    shown = ask("POST", "/tokens", {"name": "ci", "role": "viewer"}).json
    ci = ask.as_(shown["secret"])
    assert [ci("GET", "/me").json["role"] for _ in range(2)] == ["viewer", "viewer"]
    assert ask("DELETE", f"/tokens/{shown['token']['id']}").json["revoked"]
    assert [ci("GET", "/me").status for _ in range(2)] == [401, 401]


def test_a_workspace_sees_nothing_of_another(ask):
    assert ask("PUT", "/workspaces/red", {"description": "The red team."}).status == 201
    assert ask("PUT", "/endpoints/fraud?workspace=red", ENDPOINT).status == 201
    assert [item["name"] for item in ask("GET", "/endpoints?workspace=red").json["items"]] == ["fraud"]
    assert ask("GET", "/endpoints").json["items"] == []
    assert [item["workspace"] for item in ask("GET", "/overview").json["items"]] == ["default", "red"]


def test_labels_and_captures_are_kept_and_looked_at(declared):
    sides = {
        f"endpoint{side}": {"mode": side.upper(), "data": "1", "encoding": "CSV", "observedContentType": "text/csv"}
        for side in ("Input", "Output")
    }
    event = {"eventId": "1", "inferenceTime": "2026-11-01T00:00:00Z"}
    record = _lines({"captureData": sides, "eventMetadata": event, "eventVersion": "0"})
    assert declared("POST", "/captures?endpoint=fraud", record, Content_Type="application/x-ndjson").json == {
        "records": 1
    }
    assert declared("POST", "/ground-truth?endpoint=fraud", _lines({"id": "1", "label": 1})).status == 201
    assert declared("GET", "/captures?endpoint=fraud").json["eventMetadata"]["eventId"] == "1"


def _lines(*records) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "problem"),
    [
        ("GET", "/endpoints/nobody", None, {}, 404, "not-found"),
        ("GET", "/nowhere", None, {}, 404, "not-found"),
        ("PATCH", "/endpoints/fraud", None, {}, 405, "input"),
        ("PUT", "/endpoints/fraud", b"{", {"Content-Type": "application/json"}, 422, "input"),
        ("PUT", "/endpoints/fraud", {"captures": "a", "captures2": "b"}, {}, 422, "input"),
        ("PUT", "/endpoints/fraud", {"captures": "a\0"}, {}, 422, "input"),
        ("PUT", "/endpoints/fraud", {"captures": "a", "name": "other"}, {}, 422, "setting"),
        ("PUT", "/endpoints/_x", {"captures": "a"}, {}, 422, "setting"),
        ("PUT", "/endpoints/%00", {"captures": "a"}, {}, 422, "input"),
        ("POST", "/apply", b"{}", {"Content-Type": "application/json"}, 415, "input"),
        ("GET", "/endpoints?limit=0", None, {}, 422, "input"),
        ("GET", "/endpoints?since=yesterday", None, {}, 422, "input"),
        ("GET", "/endpoints?since=9999-12-31T23:59:59-05:00", None, {}, 422, "input"),
        ("GET", "/endpoints?workspace=nobodys", None, {}, 404, "not-found"),
        ("GET", "/me", None, {"Authorization": "Bearer kedge_1_2"}, 401, "not-allowed"),
        ("GET", "/me", None, {"Authorization": "Basic YTpi"}, 401, "not-allowed"),
        ("GET", "/me", None, {"Host": "evil.example"}, 403, "not-allowed"),
        ("DELETE", "/endpoints/fraud", None, {"Origin": "https://evil.example"}, 403, "not-allowed"),
        ("DELETE", "/endpoints/fraud", None, {"Sec-Fetch-Site": "cross-site"}, 403, "not-allowed"),
    ],
)
def test_what_is_refused_is_told_as_a_problem(ask, method, path, body, headers, status, problem):
    answer = ask(method, path, body, **headers)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (answer.json["type"], answer.json["status"]) == (f"urn:kedge:problem:{problem}", status)
    assert answer.json["detail"]


def test_a_defect_tells_nothing_of_itself(ask, monkeypatch):
    monkeypatch.setattr(type(ask.serving.hub), "workspace", lambda *_, **__: 1 / 0)
    answer = ask("GET", "/endpoints")
    assert (answer.status, answer.json["detail"]) == (500, "This is a defect of kedge.")
    assert b"ZeroDivision" not in answer.body
