"""What stands before the application, each by itself."""

from __future__ import annotations

import pytest

from kedge.interfaces.api.guard import guarded
from kedge.interfaces.api.guard.bodies import Bodies
from kedge.interfaces.api.guard.headers import Headers
from kedge.interfaces.api.guard.hosts import Hosts
from kedge.interfaces.api.guard.rates import MOST_CALLERS, Buckets, Rates
from kedge.settings import Settings


def test_every_answer_tells_the_browser_what_not_to_do(ask, echo):
    headers = ask(Headers(echo())).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_what_the_application_says_of_itself_holds(ask, echo):
    app = echo(
        content_security_policy="sandbox", cache_control="private", server="secret 1.0", x_frame_options="SAMEORIGIN"
    )
    headers = ask(Headers(app)).headers
    assert (headers["content-security-policy"], headers["cache-control"]) == ("sandbox", "private")
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "server" not in headers


def test_no_application_takes_the_others_back(ask, echo):
    assert ask(Headers(echo(X_Content_Type_Options="no"))).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("scheme", "told"), [("https", True), ("http", False)])
def test_only_with_tls_it_is_told_to_stay_with_it(ask, echo, scheme, told):
    assert ("strict-transport-security" in ask(Headers(echo()), scheme=scheme).headers) == told


@pytest.mark.parametrize("host", ["kedge.example.com", "KEDGE.example.com:8750", "a.teams.example.com"])
def test_a_server_answers_to_its_names(ask, echo, host):
    assert ask(Hosts(echo(), frozenset({"kedge.example.com", "*.teams.example.com"})), host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "kedge.example.com.evil.example",
        "kedge.example.com@evil.example",
        "teams.example.com",
        "[::1",
        "a b",
    ],
)
def test_a_server_does_not_answer_to_other_names(ask, echo, host):
    answer = ask(Hosts(echo(), frozenset({"kedge.example.com", "*.teams.example.com"})), host=host)
    assert (answer.status, answer.problem["status"]) == (421, 421)


def test_without_names_it_answers_to_all(ask, echo):
    assert ask(Hosts(echo()), host="anything").status == 200


def test_a_body_of_the_largest_size_gets_through(ask, echo):
    assert ask(Bodies(echo(), 10), b"12345", b"67890", content_length="10").body == b"1234567890"


@pytest.mark.parametrize("length", ["11", "9" * 30])
def test_a_body_that_is_told_to_be_larger_is_not_read(ask, echo, length):
    answer = ask(Bodies(echo(), 10), b"12345", content_length=length)
    assert (answer.status, answer.left) == (413, 1)
    assert "most_body" in answer.problem["next_step"]


@pytest.mark.parametrize("told", [{}, {"content_length": "5"}, {"transfer_encoding": "chunked"}])
def test_a_body_that_becomes_larger_is_cut_off(ask, echo, told):
    answer = ask(Bodies(echo(), 10), b"12345", b"67890", b"1", b"2", b"3", **told)
    assert (answer.status, answer.left, answer.headers["connection"]) == (413, 2, "close")


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "+5", "٣"])
def test_a_length_that_is_no_number_is_refused(ask, echo, length):
    assert ask(Bodies(echo(), 10), content_length=length).status == 400


def test_an_answer_that_has_begun_is_only_broken_off(ask):
    async def eager(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            await send({"type": "http.response.body", "body": b"x", "more_body": True})

    assert ask(Bodies(eager, 10), b"12345", b"67890", b"1", b"2").body == b"xx"


def test_a_defect_of_the_application_is_not_hidden(ask, echo):
    with pytest.raises(ConnectionError):
        ask(Bodies(_broken, 10), b"1")


async def _broken(scope, receive, send):
    raise ConnectionError


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_who_asks_too_often_waits(ask, echo):
    clock = Clock()
    rates = Rates(echo(), 3, 0.5, clock)
    assert [ask(rates, authorization="Bearer a").status for _ in range(4)] == [200, 200, 200, 429]
    assert ask(rates, authorization="Bearer a").headers["retry-after"] == "2"
    clock.now += 2
    assert [ask(rates, authorization="Bearer a").status for _ in range(2)] == [200, 429]


def test_who_shows_nothing_is_told_apart_by_address(ask, echo):
    rates = Rates(echo(), 1, 1, Clock())
    asked = [("203.0.113.1", 200), ("203.0.113.1", 429), ("::ffff:203.0.113.1", 429), ("203.0.113.2", 200)]
    asked += [("2001:db8::1", 200), ("2001:db8::2", 429), ("2001:db8:0:1::1", 200)]
    assert [ask(rates, client=client).status for client, _ in asked] == [status for _, status in asked]


def test_two_callers_do_not_take_from_each_other(ask, echo):
    rates = Rates(echo(), 1, 1, Clock())
    callers = [{"authorization": "Bearer a"}, {"authorization": "Bearer b"}, {"cookie": "x=1; kedge_session=c"}]
    assert [ask(rates, **caller).status for caller in callers] == [200, 200, 200]


def test_trying_tokens_is_not_faster_with_ever_new_ones(ask, echo):
    rates = Rates(echo(401), 100, 100, Clock())
    answers = [ask(rates, authorization=f"Bearer {n}").status for n in range(30)]
    assert (answers.count(401), answers.count(429)) == (20, 10)
    assert ask(rates, authorization="Bearer other", client="203.0.113.10").status == 401


def test_who_was_let_in_before_is_not_held_up_by_who_tries(ask, echo):
    async def app(scope, receive, send):
        await echo(200 if (b"authorization", b"Bearer good") in scope["headers"] else 401)(scope, receive, send)

    rates = Rates(app, 100, 100, Clock())
    asked = ["good", *map(str, range(30)), "good"]
    answers = [ask(rates, authorization=f"Bearer {shown}").status for shown in asked]
    assert (answers[0], answers[-2], answers[-1]) == (200, 429, 200)


@pytest.mark.parametrize("told", ["forwarded", "via", "x_forwarded_for", "x_real_ip", "X_Forwarded_Host"])
@pytest.mark.parametrize(("login", "status"), [(False, 403), (True, 200)])
def test_without_login_nobody_comes_through_a_proxy(ask, echo, told, login, status):
    assert ask(guarded(echo(), Settings(), login=login), **{told: "203.0.113.1"}).status == status


def test_callers_are_not_remembered_without_end():
    buckets = Buckets(10, 1)
    for n in range(3 * MOST_CALLERS):
        buckets.take(str(n), 0.0)
    assert len(buckets) == MOST_CALLERS


def test_no_secret_is_kept_to_tell_callers_apart(ask, echo):
    rates = Rates(echo(), 1, 1, Clock())
    ask(rates, authorization="Bearer canary-5ecre7")
    assert "canary" not in repr(vars(rates.callers))


def test_refusals_have_the_headers_too(ask, echo):
    app = guarded(echo(), Settings(most_body="10B", hosts="kedge.example.com", rate="1/s"), login=True)
    asked = [
        {"host": "evil.example"},
        {"host": "kedge.example.com", "content_length": "11"},
        {"host": "kedge.example.com"},
    ]
    answers = [ask(app, **headers) for headers in asked]
    assert [answer.status for answer in answers] == [421, 413, 429]
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}


@pytest.mark.parametrize(("login", "limited"), [(True, True), (False, False)])
def test_there_is_a_rate_where_callers_log_in(ask, echo, login, limited):
    app = guarded(echo(), Settings(), login=login)
    assert (429 in {ask(app).status for _ in range(150)}) == limited


def test_other_protocols_pass(echo):
    import asyncio

    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(guarded(app, Settings(), login=True)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


def test_a_token_that_is_written_otherwise_is_no_other_caller(ask, echo):
    rates = Rates(echo(), 1, 1, Clock())
    shown = ("Bearer a", "Bearer  a", "bearer a ", "BEARER \t a")
    assert [ask(rates, authorization=text).status for text in shown] == [200, 429, 429, 429]
