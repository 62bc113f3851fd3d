from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kedge.adapters.predictors import predictor
from kedge.adapters.predictors.http import Http
from kedge.analysis.attribution.config import PredictorConfig
from kedge.analysis.attribution.table import Table
from kedge.errors import InputError, SettingError

ROWS = Table.of([{"age": 40, "city": "Kiel, old"}, {"age": 2.5, "city": None}], ("age", "city"))


@contextmanager
def server(*answers, kind="text/csv"):
    """Serve answers in turn, the last for ever: a body, a status with a body, or a function of the request's body."""
    asked, left = [], list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append((body, dict(self.headers)))
            answer = left.pop(0) if len(left) > 1 else left[0]
            answer = answer(body) if callable(answer) else answer
            status, text = answer if isinstance(answer, tuple) else (200, answer)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads = True
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}/invocations", asked
        made.shutdown()


def http(url, sleep=time.sleep, timeout=5.0, most_bytes=1 << 20, **config) -> Http:
    return Http(url, PredictorConfig(**config), timeout, most_bytes, sleep)


def test_rows_are_sent_as_csv_where_nothing_else_is_said():
    with server("0.25\n0.5\n") as (url, asked):
        assert http(url)(ROWS).tolist() == [[0.25], [0.5]]
    assert asked[0][0] == '40,"Kiel, old"\n2.5,\n'
    assert asked[0][1]["Content-Type"] == "text/csv"


@pytest.mark.parametrize(
    ("config", "body"),
    [
        ({"content_template": '{"x":$features}'}, '{"x":[40, "Kiel, old"]}\n{"x":[2.5, null]}\n'),
        (
            {"content_type": "application/jsonlines", "content_template": "$features_kvp"},
            '{"age": 40, "city": "Kiel, old"}\n{"age": 2.5, "city": null}\n',
        ),
        (
            {"record_template": "$features_kvp", "content_template": '{"rows":$records}'},
            '{"rows":[{"age": 40, "city": "Kiel, old"},{"age": 2.5, "city": null}]}',
        ),
        (
            {"content_type": "application/json"},
            '{"instances":[{"features":[40, "Kiel, old"]},{"features":[2.5, null]}]}',
        ),
    ],
    ids=["lines", "named lines", "json", "plain json"],
)
def test_templates_say_how_rows_are_sent(config, body):
    with server("0.25\n0.5\n") as (url, asked):
        http(url, **config)(ROWS)
    assert asked[0][0] == body


@pytest.mark.parametrize(
    ("answer", "kind", "config"),
    [
        ("0.1,0.9\n0.2,0.8\n", "text/csv", {}),
        ('"[0.1, 0.9]"\n"[0.2, 0.8]"\n', "text/csv", {}),
        ('yes,"[0.1, 0.9]"\nno,"[0.2, 0.8]"\n', "text/csv", {"probability": 1}),
        ('{"score": [0.1, 0.9]}\n{"score": [0.2, 0.8]}\n', "application/jsonlines", {}),
        ('{"a": {"b": [0.1, 0.9]}}\n{"a": {"b": [0.2, 0.8]}}', "application/jsonlines", {"probability": "a.b"}),
        ("[[0.1, 0.9], [0.2, 0.8]]", "application/json", {}),
        ('{"predictions": [{"probabilities": [0.1, 0.9]}, {"probabilities": [0.2, 0.8]}]}', "application/json", {}),
        ('{"r": [{"s": [0.1, 0.9]}, {"s": [0.2, 0.8]}], "x": []}', "application/json", {"probability": "r[].s"}),
    ],
)
def test_scores_are_found_in_the_usual_answers(answer, kind, config):
    with server(answer, kind=kind) as (url, _):
        assert http(url, **config)(ROWS).tolist() == [[0.1, 0.9], [0.2, 0.8]]


def test_a_large_body_is_sent_in_parts():
    def echo(body):
        return "".join(f"{line}\n" for line in body.split())

    rows = Table.of([{"x": number} for number in range(1000)], ("x",))
    with server(echo) as (url, asked):
        assert http(url, most_bytes=500)(rows)[:, 0].tolist() == list(range(1000))
    assert max(len(body) for body, _ in asked) <= 500


def test_a_busy_server_is_asked_again():
    pauses = []
    with server((503, "busy"), (429, ""), "1\n2\n") as (url, asked):
        assert http(url, pauses.append)(ROWS).tolist() == [[1], [2]]
    assert (len(asked), pauses) == (3, [0.2, 1.0])


def test_a_server_that_stays_busy_is_named():
    with server((503, "come back later")) as (url, asked), pytest.raises(InputError) as refused:
        http(url, lambda _: None)(ROWS)
    assert str(refused.value).startswith(f"{url}: predictor: It answers with status 503: come back later.")
    assert len(asked) == 4


def test_a_server_that_refuses_is_not_asked_again():
    with server((400, "no such\nfeature")) as (url, asked), pytest.raises(InputError, match="400: no such feature"):
        http(url)(ROWS)
    assert len(asked) == 1


def test_a_server_that_is_slow_is_named():
    def slow(body):
        time.sleep(0.5)
        return ""

    with server(slow) as (url, asked):
        with pytest.raises(InputError, match=r"It did not answer 20 bytes within 0\.05 s"):
            http(url, timeout=0.05)(ROWS)
        time.sleep(0.6)
    assert len(asked) == 1


def test_nobody_who_listens_is_said_at_once():
    with socket.socket() as held:  # nobody else takes the port, and nobody listens
        held.bind(("127.0.0.1", 0))
        with pytest.raises(InputError, match="It cannot be reached"):
            http(f"http://127.0.0.1:{held.getsockname()[1]}", sleep=pytest.fail)(ROWS)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ("1\n", "text/csv", "asked about 2 rows, and answered 1"),
        ("yes\nno\n", "text/csv", "numbers, and found 'yes'"),
        ("1,2\n3\n", "text/csv", "as many scores in every row"),
        ("<html>", "application/json", "JSON, and found '<html>'"),
        ('[{"a": 1, "b": 2}]', "application/json", "found the keys a, b"),
        ("", "text/csv", "asked about 2 rows, and answered 0"),
        ("[null, 1]", "application/json", "numbers, and found 'None'"),
    ],
)
def test_an_answer_that_is_none_is_named_with_the_url(answer, kind, said):
    with server(answer, kind=kind) as (url, _), pytest.raises(InputError, match=f"{url}.*{said}"):
        http(url)(ROWS)


def test_user_and_password_are_sent_and_not_shown():
    with server((403, "no")) as (url, asked):
        secret = url.replace("http://", "http://me:s%40cret@") + "?token=hidden"
        with pytest.raises(InputError) as refused:
            http(secret)(ROWS)
    assert asked[0][1]["Authorization"] == "Basic bWU6c0BjcmV0"
    assert not {"me", "cret", "hidden"} & set(str(refused.value).replace("@", "/").replace("=", "/").split("/"))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"content_template": "{}"}, "the placeholder"),
        ({"content_template": '{"x":$features'}, "Expected JSON"),
        ({"record_template": "$features", "content_template": "{}"}, r"the placeholder \$records"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_before_anything_is_sent(config, said):
    with pytest.raises(SettingError, match=said):
        http("http://localhost", **config)


@pytest.mark.parametrize("url", ["http://", "http://host:port/", "https:///path"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(SettingError, match="no URL of a server"):
        predictor(url)


def test_what_is_no_predictor_is_refused():
    with pytest.raises(SettingError, match="This is no predictor: 'ftp://host/model'"):
        predictor("ftp://host/model")


def test_json_bodies_are_json_of_any_text():
    rows = Table.of([{"x": 'a "$features" \n b'}], ("x",))
    with server("1\n") as (url, asked):
        http(url, record_template="$features_kvp")(rows)
    assert json.loads(asked[0][0])["instances"] == [{"x": 'a "$features" \n b'}]
