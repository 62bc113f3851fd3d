"""What a client does when a server is busy, away, or none of kedge's; and who it says that asks."""

from __future__ import annotations

import json
import logging
from itertools import islice
from pathlib import Path

import httpx
import pytest

from kedge.adapters.client import Client
from kedge.adapters.client.calls import Calls, pause
from kedge.adapters.client.stream import events
from kedge.domain.catalog import Endpoint, to_record
from kedge.domain.documents import to_document
from kedge.domain.event import Event
from kedge.domain.paging import tag
from kedge.errors import Conflict, HookError, KedgeError, NotAllowed, NotFound, ServerError, SettingError
from kedge.interfaces.cli.place import Where

URL = "http://server:8750"
FRAUD = Endpoint(name="fraud", captures="captures")
SECRET = "kedge_1_s3cr3t"
PROBLEM = {"content-type": "application/problem+json"}


def problem(status: int, kind: str = "conflict", detail: str = "No.", **more: object) -> httpx.Response:
    body = {"type": f"urn:kedge:problem:{kind}", "title": kind, "status": status, "detail": detail, **more}
    return httpx.Response(status, headers=PROBLEM, content=json.dumps(body))


def answer(body: object = None) -> httpx.Response:
    return httpx.Response(200, json={} if body is None else body)


@pytest.fixture
def calls():
    """Calls of a server that answers one thing after the other; errors are raised."""

    def calling(*answers):
        seen, slept, left = [], [], list(answers)

        def handle(request):
            seen.append(request)
            found = left.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        http = httpx.Client(base_url=URL, transport=httpx.MockTransport(handle))
        made = Calls(http, "team", slept.append)
        return made, seen, slept

    return calling


@pytest.mark.parametrize("busy", [429, 502, 503, 504])
def test_a_question_is_asked_again_where_the_server_is_busy(calls, busy):
    made, seen, slept = calls(httpx.Response(busy), httpx.ConnectError("refused"), answer({"items": [1]}))
    assert list(made.items("endpoints")) == [1]
    assert len(seen) == 3
    assert 0.1 <= slept[0] <= 0.2 <= slept[1] <= 0.4


def test_a_server_says_when_to_come_again(calls):
    made, _, slept = calls(httpx.Response(429, headers={"Retry-After": "7"}), answer({"items": []}))
    assert list(made.items("endpoints")) == []
    assert slept == [7.0]


def test_no_server_has_a_client_wait_for_hours():
    assert pause(1, httpx.Response(503, headers={"Retry-After": "86400"})) == 30.0


def test_after_some_tries_it_is_told_that_the_server_is_away(calls):
    made, seen, _ = calls(*[httpx.ConnectError("[Errno 111] Connection refused")] * 4)
    with pytest.raises(ServerError, match=r"^http://server:8750: The server does not answer: \[Errno 111\]") as error:
        made.get("endpoints")
    assert (len(seen), error.value.next_step) == (4, "Check its URL, http or https, and whether it runs: kedge serve")


def test_an_answer_that_is_late_is_not_asked_for_again(calls):
    made, seen, _ = calls(httpx.ReadTimeout("timed out"))
    with pytest.raises(ServerError, match="timed out"):
        made.get("query")
    assert len(seen) == 1


@pytest.mark.parametrize("first", [httpx.Response(503), httpx.ConnectError("refused"), httpx.ReadError("reset")])
def test_an_action_is_sent_once(calls, first):
    made, seen, _ = calls(first)
    with pytest.raises(KedgeError):
        made.send("POST", "schedules", "hourly", "run-now")
    assert len(seen) == 1


def test_an_action_with_a_key_is_sent_again(calls):
    made, seen, _ = calls(httpx.ReadError("reset"), answer())
    made.send("POST", "schedules", "hourly", "run-now", headers={"Idempotency-Key": "1"})
    assert len(seen) == 2


def test_a_change_without_a_condition_is_sent_once(calls):
    made, seen, _ = calls(httpx.ReadError("reset"))
    with pytest.raises(ServerError):
        made.send("PUT", "endpoints", "fraud", json={})
    assert len(seen) == 1


def test_a_change_whose_answer_was_lost_is_found_done(calls):
    there = to_document(FRAUD)
    made, seen, _ = calls(httpx.ReadError("reset"), problem(412), answer(there))
    sent = made.send("PUT", "endpoints", "fraud", headers={"If-Match": "x"}, json=there)
    assert sent.json() == there
    assert [request.method for request in seen] == ["PUT", "PUT", "GET"]


def test_a_change_that_somebody_else_was_faster_with_is_a_conflict(calls):
    theirs = to_document(FRAUD) | {"captures": "other"}
    made, _, _ = calls(httpx.ReadError("reset"), problem(412), answer(theirs))
    with pytest.raises(Conflict):
        made.send("PUT", "endpoints", "fraud", headers={"If-Match": "x"}, json=to_document(FRAUD))


def test_a_deletion_whose_answer_was_lost_is_found_done(calls):
    made, _, _ = calls(httpx.ReadError("reset"), problem(404, "not-found"))
    assert made.send("DELETE", "endpoints", "fraud", headers={"If-Match": "*"}).status_code == 404


def test_what_is_not_there_to_delete_is_told(calls):
    made, _, _ = calls(problem(404, "not-found"))
    with pytest.raises(NotFound):
        made.send("DELETE", "endpoints", "fraud", headers={"If-Match": "*"})


def test_a_list_is_read_to_its_end(calls):
    made, seen, _ = calls(answer({"items": [1, 2], "next": "more"}), answer({"items": [3], "next": None}))
    assert list(made.items("endpoints", parent=None)) == [1, 2, 3]
    assert [dict(request.url.params) for request in seen] == [
        {"workspace": "team", "limit": "1000"},
        {"workspace": "team", "limit": "1000", "cursor": "more"},
    ]


def test_no_more_is_asked_for_than_is_wanted(calls):
    made, seen, _ = calls(answer({"items": [1, 2], "next": "more"}), answer({"items": [3], "next": "more"}))
    assert list(made.items("endpoints", limit=3)) == [1, 2, 3]
    assert [request.url.params["limit"] for request in seen] == ["3", "1"]


def test_an_error_comes_back_as_it_was(calls):
    made, _, _ = calls(
        problem(422, "setting", "It is empty.", file="m.yaml", line=3, field="url", next_step="Fill it.")
    )
    with pytest.raises(SettingError) as error:
        made.get("endpoints")
    assert str(error.value) == "m.yaml:3: url: It is empty. Fill it."


def test_what_a_script_printed_comes_back(calls):
    made, _, _ = calls(problem(422, "script", "It failed.", file="a.py", line=2, code="1 / 0", output="begun"))
    with pytest.raises(HookError) as error:
        made.get("endpoints")
    assert str(error.value) == "a.py:2: It failed.\nLine: 1 / 0\nPrinted: begun"


def test_a_problem_that_is_new_is_an_error_all_the_same(calls):
    made, _, _ = calls(problem(418, "teapot", "It is a teapot."))
    with pytest.raises(KedgeError, match=r"^It is a teapot\.$"):
        made.get("endpoints")


def test_who_may_not_is_told(calls):
    made, _, _ = calls(problem(403, "not-allowed", "This takes the role operator."))
    with pytest.raises(NotAllowed, match="role operator"):
        made.get("endpoints")


@pytest.mark.parametrize(
    "other",
    [
        httpx.Response(404, html="<h1>Not Found</h1>"),
        httpx.Response(200, html="<h1>It works!</h1>"),
        httpx.Response(301, headers={"location": "https://server"}),
        httpx.Response(500, json={"error": "boom"}),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, headers={"content-type": "application/json"}, content=b"{"),
        httpx.Response(404, headers=PROBLEM, content=b'{"type": "about:blank"}'),
    ],
)
def test_what_no_kedge_says_is_named(calls, other):
    made, _, _ = calls(other)
    with pytest.raises(ServerError, match=r"^http://server:8750/v1/endpoints: This is no kedge server, or one of"):
        list(made.items("endpoints"))


def test_what_is_expected_is_told_by_its_tag(monkeypatch):
    seen = _heard(monkeypatch, to_document(FRAUD))
    with Client(URL) as client:
        client.endpoints.declare(FRAUD, expected=FRAUD)
    assert seen[0].headers["if-match"] == tag(to_record(FRAUD).document)


def _heard(monkeypatch, body: object) -> list[httpx.Request]:
    """Have every request answered, and return those that were sent."""
    seen: list[httpx.Request] = []

    def handle(self, request):
        seen.append(request)
        return httpx.Response(200, json=body)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    return seen


@pytest.fixture
def shown(monkeypatch):
    """Return which token a client shows."""

    def shown(**given):
        seen = _heard(monkeypatch, {"items": []})
        with Client(URL, **given) as client:
            client.endpoints.list()
        return seen[0].headers.get("authorization")

    return shown


def test_a_token_comes_from_the_program_the_environment_or_a_file(shown, monkeypatch):
    assert shown() is None
    Path("token").write_text(f"{SECRET}\n")
    monkeypatch.setenv("KEDGE_TOKEN_FILE", "token")
    assert shown() == f"Bearer {SECRET}"
    monkeypatch.setenv("KEDGE_TOKEN", "kedge_2_b")
    assert shown() == "Bearer kedge_2_b"
    assert shown(token="kedge_3_c") == "Bearer kedge_3_c"


def test_a_token_that_is_none_is_not_shown():
    with pytest.raises(SettingError, match="This is no token") as error:
        Client(URL, f"{SECRET}\r\nX-Other: 1")
    assert SECRET not in str(error.value)


def test_a_token_file_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("KEDGE_TOKEN_FILE", "nothing")
    with pytest.raises(SettingError, match="nothing: token_file: The token cannot be read: No such file"):
        Client(URL)


def test_a_token_is_in_no_text_error_or_log(monkeypatch, caplog):
    def handle(self, request):
        raise httpx.ConnectError(f"cannot connect to {request.url}")

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    monkeypatch.setattr("time.sleep", lambda _: None)
    caplog.set_level(logging.DEBUG)
    client = Client(URL, SECRET)
    with pytest.raises(ServerError) as error:
        client.endpoints.list()
    assert SECRET not in f"{client!r} {vars(client)} {error.value} {error.value.__context__!r} {caplog.text}"


@pytest.mark.parametrize("url", ["server:8750", "ftp://server", "http://", "", "http://server?x=1", "//server"])
def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(SettingError, match="This is no URL of a server"):
        Client(url)


def test_a_password_in_a_url_is_refused_and_not_shown():
    with pytest.raises(SettingError, match="holds no password") as error:
        Client(f"https://ann:{SECRET}@server")
    assert SECRET not in str(error.value)


def test_a_server_may_stand_below_a_path(monkeypatch):
    seen = _heard(monkeypatch, {"items": []})
    with Client("https://host/kedge/", workspace="team") as client:
        client.endpoints.list()
    assert str(seen[0].url) == "https://host/kedge/v1/endpoints?workspace=team&limit=1000&order=name&descending=false"


def test_a_command_names_the_workspace_only_where_somebody_does(monkeypatch):
    seen = _heard(monkeypatch, {"items": []})
    for where in (Where(server=URL), Where(server=URL, workspace="default"), Where(server=URL, workspace="team")):
        with where.open() as client:
            client.endpoints.list()
    assert [request.url.params.get("workspace") for request in seen] == [None, "default", "team"]


def test_a_folder_that_is_given_is_meant_where_a_server_is_set(monkeypatch):
    monkeypatch.setenv("KEDGE_SERVER", URL)
    with Where(data="here").open(new=True) as workspace:
        assert workspace.endpoints.list() == []
    with pytest.raises(SettingError, match="Both a server and a folder"), Where(data="here", server=URL).open():
        pass


def stream(*lines: str) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content="\n".join(lines).encode())


def test_events_go_on_where_the_connection_broke(calls):
    first = stream(": alive", "id: 1", "event: violation", 'data: {"a": "\u2028"}', "", "id: 2", 'data: {"b"')
    second = stream("id: 2", "event: execution", "data: {}", "", "")
    made, seen, _ = calls(first, httpx.ConnectError("refused"), second)
    found = list(islice(events(made, None), 2))
    assert found == [Event("1", "violation", {"a": "\u2028"}), Event("2", "execution", {})]
    assert [request.headers.get("last-event-id") for request in seen] == [None, "1", "1"]


def test_a_server_that_stays_away_ends_the_events(calls):
    made, seen, _ = calls(*[httpx.ConnectError("refused")] * 4)
    with pytest.raises(ServerError, match="does not answer"):
        next(events(made, "7"))
    assert len(seen) == 4


def test_a_stream_that_is_refused_says_why(calls):
    made, _, _ = calls(problem(403, "not-allowed", "This takes the role viewer."))
    with pytest.raises(NotAllowed, match="role viewer"):
        next(events(made, None))
