"""No log, answer, report, problem, file or output holds a secret, wherever somebody put it and whatever goes wrong."""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

import kedge
from kedge.app import execute, hub
from kedge.domain.access import WorkspaceSettings
from kedge.domain.catalog import JobDefinition, PlainFiles
from kedge.domain.secret import SecretUrl
from kedge.domain.window import Window
from kedge.service.assignment import Assignment
from kedge.settings import load

from ..asking import asked

CANARY = "canary/5ecre7+x"
FORMS = (CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode().rstrip("=")[:-1])
CLOSED = "127.0.0.1:9"  # where nobody listens
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def leaks(*texts: str) -> list[str]:
    """Return the lines that hold a secret: of texts, and of every file here but those that somebody put it in."""
    files = [path for path in Path().rglob("*") if path.is_file() and not path.name.startswith("its-own")]
    found = {"said": "\n".join(texts)} | {str(path): path.read_bytes().decode("latin-1") for path in files}
    return [
        f"{name}: {line}" for name, text in found.items() for line in text.splitlines() if any(f in line for f in FORMS)
    ]


@pytest.fixture
def own():
    """Put the secret into a file."""
    Path("its-own-secret").write_text(CANARY)
    return "file:its-own-secret"


URLS = {
    "a password": "postgresql://ann:{}@127.0.0.1:9/kedge",
    "a password that is encoded": f"postgresql://ann:{quote(CANARY, safe='')}@{CLOSED}/kedge",
    "a password in the query": f"postgresql://{CLOSED}/kedge?user=ann&password={quote(CANARY, safe='')}",
    "another database": "mysql://ann:{}@127.0.0.1:9/kedge",
    "no database": "ann:{}@nowhere",
    "no port": "postgresql://ann:{}@127.0.0.1:port/kedge",
    "an unknown option": f"postgresql://{CLOSED}/kedge?sslpassword={quote(CANARY, safe='')}&sslmodus=1",
}
COMMANDS = ("config show", "schedule list", "serve --listen none", "worker", "catalog list endpoint", "token list")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("url", URLS)
def test_the_password_of_a_database_is_in_no_output(run, monkeypatch, url, command):
    monkeypatch.setenv("KEDGE_DATABASE", URLS[url].replace("{}", CANARY))
    code, printed = run(*command.split())
    assert code != 0 or command == "config show"
    assert leaks(printed) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_url_that_is_in_a_file_is_in_no_output(run, monkeypatch, command):
    Path("its-own-url").write_text(URLS["a password that is encoded"])
    monkeypatch.setenv("KEDGE_DATABASE", "file:its-own-url")
    _, printed = run(*command.split())
    assert leaks(printed) == []


@pytest.mark.parametrize("name", ["CAPTURE_KEY", "OIDC_CLIENT_SECRET"])
def test_a_secret_where_its_place_was_wanted_is_not_shown(run, monkeypatch, name):
    monkeypatch.setenv(f"KEDGE_{name}", CANARY)
    _, printed = run("config", "show")
    assert leaks(printed) == []


@pytest.mark.parametrize("name", ["database", "capture_key", "oidc_client_secret"])
@pytest.mark.parametrize("text", ['{name} = ["{secret}"]', '{name} = "{secret}', "{name} = {secret}"])
def test_a_settings_file_that_cannot_be_used_is_not_shown(run, name, text):
    Path("kedge.toml").write_text(text.format(name=name, secret=CANARY))
    code, printed = run("config", "show")
    Path("kedge.toml").unlink()
    assert code == 2
    assert leaks(printed) == []


def test_a_file_that_is_no_key_is_not_shown(run, own, monkeypatch):
    Path("live.jsonl.enc").write_bytes(b"KEDGE\0" + b"x" * 100)
    monkeypatch.setenv("KEDGE_CAPTURE_KEY", own)
    code, printed = run("baseline", "live.jsonl.enc", "--format", "capture", "--output", "baseline")
    assert code == 2
    assert leaks(printed) == []


def test_a_file_that_is_no_key_of_a_certificate_is_not_shown(run, own):
    Path("its-own-cert").write_text(f"-----BEGIN CERTIFICATE-----\n{CANARY}\n-----END CERTIFICATE-----\n")
    code, printed = run("serve", "--listen", "127.0.0.1:0", "--tls-cert", "its-own-cert", "--tls-key", own[5:])
    assert code == 2
    assert leaks(printed) == []


def test_the_credentials_of_a_store_are_in_no_output(run, monkeypatch):
    pytest.importorskip("obstore")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SESSION_TOKEN", CANARY)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{CLOSED}")
    code, printed = run("baseline", "s3://bucket/data", "--output", "baseline")
    assert code == 2
    assert leaks(printed) == []


SCRIPTS = {
    "raises": "def preprocess_handler(record):\n    raise ValueError('broken')\n",
    "does not load": "import nowhere\n",
    "ends": "import os\ndef preprocess_handler(record):\n    os._exit(3)\n",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_environment_of_a_script_is_in_no_outcome(monkeypatch, caplog, script):
    monkeypatch.setenv("MY_PASSWORD", CANARY)
    monkeypatch.setenv("KEDGE_SCRIPT_ENVIRONMENT", "MY_*")
    Path("script.py").write_text(SCRIPTS[script])
    told = _executed(JobDefinition(name="job", dataset_name="a", record_preprocessor_source_uri="script.py"))
    assert "Failed" in told
    assert leaks(told, caplog.text) == []


def test_the_password_of_a_model_is_in_no_outcome(caplog):
    url = f"http://ann:{quote(CANARY, safe='')}@{CLOSED}/score"
    Path("config.json").write_text(json.dumps({"methods": {"shap": {}}}))
    told = _executed(
        JobDefinition(
            name="job",
            dataset_name="a",
            monitoring_type="ModelExplainability",
            predictor=url,
            config_uri="config.json",
        )
    )
    assert "Failed" in told
    assert leaks(told, caplog.text) == []


def _executed(definition: JobDefinition) -> str:
    """Carry out an execution, and return all that it says."""
    Path("train.csv").write_text("a,b\n" + "1,2\n2,3\n" * 20)
    kedge.baseline("train.csv").save("baseline")
    given = Assignment(
        definition=definition,
        window=Window(NOON, NOON + timedelta(hours=1)),
        scheduled_time=NOON,
        dataset=PlainFiles(name="a", url="train.csv"),
        baseline="baseline",
    )
    said: list[str] = []
    outcome = execute(load()[0], given, Path("work").absolute(), lambda told: said.append(repr(told)))
    return "\n".join([*said, repr(outcome)])


@pytest.fixture
def caller(monkeypatch):
    """One who asks a server that has secrets in every place, and can be told no more than they may know."""
    monkeypatch.setenv("MY_PASSWORD", CANARY)
    with hub(load(database="sqlite:///kedge.db")[0]) as found:
        _, shown = found.tokens("ann").issue("ci", "admin", "*")
        credentials = {
            "AWS_SECRET_ACCESS_KEY": "env:MY_PASSWORD",
            "AWS_ACCESS_KEY_ID": f"file:{Path('its-own-secret').absolute()}",
        }
        found.workspaces("ann").declare(WorkspaceSettings(name="fraud", credentials=credentials))
    with asked(SecretUrl("sqlite:///kedge.db")) as made:
        yield made.as_(shown)


def test_no_answer_of_a_server_holds_a_secret(own, caller, caplog):
    caplog.set_level(logging.DEBUG)
    asks = [
        "/me",
        "/tokens",
        "/workspaces",
        "/workspaces/fraud",
        "/endpoints",
        "/nowhere",
        "/endpoints/none",
        "/overview",
    ]
    answers = [who("GET", path) for path in asks for who in (caller, caller.as_(CANARY), caller.as_(None))]
    answers += [caller("PUT", "/datasets/a", {"name": "a", "url": f"s3://key:{CANARY}@bucket/a", "oops": 1})]
    secret = caller.token.rpartition("_")[2]
    said = [answer.body.decode() + str(answer.headers) for answer in answers[:-1]] + [caplog.text]
    assert {200, 401, 404} <= {answer.status for answer in answers}
    assert leaks(*said) == []
    assert secret not in "".join(said) + Path("kedge.db").read_bytes().decode("latin-1")


def test_a_leak_would_be_seen():
    Path("log").write_text(f"connecting to {URLS['a password that is encoded']}")
    assert len(leaks(f"token {CANARY}")) == 2
