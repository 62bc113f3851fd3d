"""Actions: real processes that answer, raise, print, hang, leave, allocate and publish."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from kedge.adapters.executors.process import Process
from kedge.adapters.notifiers import command, handler
from kedge.adapters.notifiers.calls import Calls
from kedge.adapters.stores.local import Local
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm
from kedge.domain.metric import Metric
from kedge.domain.notification import Incident, Notification, Outcome, Publication
from kedge.service.terms import module_path

TIME = datetime(2026, 11, 21, 9, tzinfo=UTC)
DRIFT = Metric.of("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_age", {"Endpoint": "fraud"})
ALARM = Alarm(name="drift", metric=DRIFT, statistic="Sum", period=timedelta(hours=1), threshold=0.1)
TOLD = Incident(alarm=ALARM, state="ALARM", previous="OK", since=TIME, number=1, reason="Threshold Crossed")
MESSAGE = Notification(
    name="n1",
    workspace="default",
    subscription="ops",
    to="act",
    cause="alarm",
    incidents=(TOLD,),
    attempts=1,
    created=TIME,
)


def _calls(**given) -> Calls:
    made = {"executor": Process(grace_seconds=0.5), "store": Local(), "logs": "logs", "work": Path("work")}
    return Calls(**made | given)


def _handled(source: str, message: Notification = MESSAGE, calls: Calls | None = None, **action) -> Outcome:
    Path("act.py").write_text(source)
    return handler.notifier(Action(name="act", handler="act.py", **action), calls or _calls()).notify(message)


def _run(*words: str, calls: Calls | None = None, **action) -> Outcome:
    return command.notifier(Action(name="act", command=words, **action), calls or _calls()).notify(MESSAGE)


def _python(source: str, **action) -> Outcome:
    return _run(sys.executable, "-c", source, **action)


def test_a_function_gets_the_message_and_its_context_and_what_it_returns_is_told():
    outcome = _handled(
        "import json\n"
        "def handler(event, context):\n"
        "    message = json.loads(event['Records'][0]['Sns']['Message'])\n"
        "    assert 0 < context.get_remaining_time_in_millis() <= 60_000\n"
        "    return [message['AlarmName'], message['NewStateValue'], context.aws_request_id, context.function_name]\n"
    )
    assert outcome == Outcome("sent", 'It returned ["drift", "ALARM", "n1", "act"].', log="logs/_actions/act/n1-1.log")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no rows')", "It raised ValueError in line 2: no rows."),
        ("raise ValueError", "It raised ValueError in line 2: it says no more."),
        ("import os; os._exit(3)", "Its process ended with exit code 3 before it returned. It printed nothing."),
        ("raise SystemExit", "Its process ended with exit code 0 before it returned. It printed nothing."),
        ("import os; os.kill(os.getpid(), 9)", "Its process ended by SIGKILL before it returned. It printed nothing."),
        ("print('one'); print('two'); raise SystemExit('end')", "It printed last: one / two / end."),
        ("import nowhere", "It raised ModuleNotFoundError in line 2: No module named 'nowhere'."),
        ("return event[", "It raised SyntaxError in line 2: '[' was never closed."),
    ],
)
def test_a_function_that_fails_is_told_in_a_sentence_and_called_again(body, said):
    outcome = _handled(f"def lambda_handler(event, context):\n    {body}\n")
    assert (outcome.how, said in outcome.reason) == ("retry", True), outcome.reason


def test_a_file_without_a_function_says_which_it_needs():
    said = _handled("def handle(event): ...\n").reason
    assert said == (
        "It raised AttributeError: it defines neither handler(event, context) nor lambda_handler(event, context)."
    )


def test_a_file_that_is_not_there_is_named():
    outcome = handler.notifier(Action(name="act", handler="gone.py"), _calls()).notify(MESSAGE)
    assert outcome == Outcome("retry", "gone.py: There is no such file. Put it there, or name another one.")


def test_a_function_that_sleeps_for_ever_is_ended_and_says_where_it_stood():
    source = "import time\ndef handler(event, context):\n    time.sleep(600)\n"
    outcome = _handled(source, timeout_seconds=0.5)
    assert outcome.reason.startswith("It took longer than the 0.5 s that it may; allow more by timeout_seconds.")
    assert 'act.py", line 3 in handler' in Path(outcome.log).read_text()


def test_a_function_that_takes_too_much_memory_is_ended():
    source = "import time\ndef handler(event, context):\n    held = bytearray(400_000_000)\n    time.sleep(600)\n"
    outcome = _handled(source, memory_limit="200MB")
    assert outcome.how == "retry"
    assert outcome.reason.endswith("more than the 200 MB that it may; allow more by memory_limit. It printed nothing.")


def test_a_call_that_is_made_again_by_hand_leaves_the_log_of_the_first_one():
    calls = (MESSAGE, replace(MESSAGE, resent=TIME))
    first, again = (_handled("def handler(event, context): print('ran')", one).log for one in calls)
    assert (first, Path(first).is_file(), Path(again).is_file()) == ("logs/_actions/act/n1-1.log", True, True)
    assert first != again


def test_of_what_a_function_prints_the_log_keeps_the_beginning_and_the_end():
    source = "def handler(event, context):\n    print('first')\n    print('x' * 3_000_000)\n    print('last')\n"
    log = Path(_handled(source).log).read_text()
    assert (log[:6], log[-5:], "bytes are left out" in log) == ("first\n", "last\n", True)
    assert len(log) < 1_100_000


def test_a_thread_that_goes_on_does_not_keep_the_answer_back():
    source = (
        "import threading, time\n"
        "def handler(event, context):\n"
        "    threading.Thread(target=time.sleep, args=(600,)).start()\n"
    )
    assert _handled(source, timeout_seconds=20).how == "sent"


def test_a_function_finds_what_lies_beside_it():
    Path("beside.py").write_text("WORD = 'found'\n")
    assert (
        _handled("import beside\ndef handler(event, context):\n    return beside.WORD\n").reason
        == 'It returned "found".'
    )


def test_what_a_function_publishes_is_sent_once_it_has_returned():
    publish = "def handler(event, context):\n    context.publish('people', 'look', subject='drift')\n"
    assert _handled(publish).published == (Publication("people", "drift", "look"),)
    assert _handled(f"{publish}    raise ValueError\n").published == ()


def test_what_cannot_be_published_fails_where_it_is_asked_for():
    said = _handled("def handler(event, context):\n    context.publish('people', 3)\n").reason
    assert said == "It raised TypeError in line 2: publish takes texts; its text is int."


def test_a_program_gets_the_event_on_its_standard_input_and_what_it_is_about_in_variables():
    source = (
        "import json, os, sys\n"
        "print(json.load(sys.stdin)['Records'][0]['Sns']['MessageId'])\n"
        "print(*(os.environ[f'KEDGE_{name}'] for name in ('ALARM', 'STATE', 'NOTIFICATION')))\n"
    )
    outcome = _python(source)
    assert (outcome.how, outcome.reason) == ("sent", "")
    assert Path(outcome.log).read_text() == "n1\ndrift ALARM n1\n"


def test_a_program_that_fails_tells_its_exit_code_and_its_last_lines():
    said = _python("print('loading'); raise SystemExit('no model')").reason
    assert said == "Its process ended with exit code 1. It printed last: loading / no model."


def test_a_program_that_is_not_installed_is_named():
    assert "There is no program 'kedge-gone' that may be run." in _run("kedge-gone").reason


def test_the_words_of_a_program_are_not_read_by_a_shell():
    assert Path(_run("echo", "$HOME; `id` *").log).read_text() == "$HOME; `id` *\n"


def test_a_program_publishes_by_appending_lines_and_one_that_is_wrong_keeps_back_no_other():
    outcome = _python(
        "import os\n"
        "with open(os.environ['KEDGE_PUBLISH'], 'a') as file:\n"
        '    file.write(\'{"subscription": "people"}\\n{"subscription": "people", "text": "look"}\\n\')\n'
    )
    assert outcome.published == (Publication("people", "", "look"),)
    assert outcome.reason.startswith("Line 1 of what it published is none.")


@pytest.mark.parametrize("line", ["no", "[]", '{"subscription": "", "text": "a"}', '{"subscription": "a", "text": 3}'])
def test_a_line_that_is_no_publication_is_told(line):
    outcome = _run("sh", "-c", 'echo "$0" > "$KEDGE_PUBLISH"', line)
    assert (outcome.how, outcome.published) == ("sent", ())
    assert outcome.reason.startswith("Line 1 of what it published is none.")


def test_what_is_published_holds_nothing_that_steers_a_terminal_or_stands_in_no_file():
    outcome = _handled(r"def handler(e, c): c.publish('ops', 'a\ud800\x00\r\nb\x1b[31m\tü', 's\x9b\ud800')")
    assert outcome.published == (Publication("ops", "s��", "a��\nb�[31m\tü"),)


def test_a_call_sees_what_it_is_given_and_nothing_of_the_server(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the server's")
    calls = _calls(environment={"LANG": "C.UTF-8"}, credentials=lambda: {"TOKEN": "0123456789"})
    outcome = _python("import os; print(*os.environ)", calls=calls, environment={"STAGE": "test"})
    seen = set(Path(outcome.log).read_text().split()) - {"PWD"}  # which some shells set
    own = {"KEDGE_ALARM", "KEDGE_NOTIFICATION", "KEDGE_PUBLISH", "KEDGE_STATE", "PYTHONUNBUFFERED", "PYTHONUTF8"}
    assert seen == {"HOME", "LANG", "PATH", "STAGE", "TMPDIR", "TOKEN", *own}


def test_a_program_may_be_kedge_itself():
    outcome = _run(sys.executable, "-m", "kedge", "config", "show", environment=module_path())
    assert outcome.how == "sent", outcome.reason


@pytest.mark.parametrize("before", [0, 277])
def test_credentials_stand_neither_in_the_reason_nor_in_the_log(before):
    calls = _calls(credentials=lambda: {"TOKEN": "0123456789"})
    outcome = _python(f"import os; raise SystemExit('x' * {before} + os.environ['TOKEN'])", calls=calls)
    assert "01234" not in outcome.reason + Path(outcome.log).read_text()


@pytest.mark.parametrize("name", ["outcome.json", "published.jsonl", "log.txt"])
@pytest.mark.parametrize("put", ["os.mkfifo(name)", "os.symlink('/dev/zero', name)", "os.mkdir(name)"])
def test_what_a_call_puts_in_the_place_of_a_file_is_not_waited_for(name, put):
    source = f"def handler(e, c):\n import os\n name = {name!r}\n os.path.exists(name) and os.remove(name)\n {put}"
    found = []
    caller = Thread(target=lambda: found.append(_handled(f"{source}\n os._exit(0)")), daemon=True)
    caller.start()
    caller.join(20)
    assert [outcome.reason[:41] for outcome in found] == ["Its process ended with exit code 0 before"]


def test_an_outcome_that_is_no_json_is_none():
    outcome = _handled("def handler(e, c): import os; open('outcome.json', 'w').write('[' * 100_000); os._exit(0)")
    assert outcome.reason.startswith("Its process ended with exit code 0 before it returned.")


def test_a_credential_of_several_lines_is_hidden_however_it_is_printed():
    secret = 'first "secret"\nsecond söcret\n'
    outcome = _handled(
        "def handler(e, c):\n import json, os, urllib.parse as u\n key = os.environ['KEY']\n"
        " print(key, repr(key), [key], json.dumps(key), u.quote(key), key.splitlines()); raise ValueError(repr(key))",
        calls=_calls(credentials=lambda: {"KEY": secret}),
    )
    told = outcome.reason + Path(outcome.log).read_text()
    assert not [word for word in ("secret", "söcret", "cret") if word in told]


def test_a_signal_without_a_name_is_told_by_its_number():
    assert _run("sh", "-c", "kill -40 $$").reason.startswith("Its process ended by signal 40.")


def test_a_call_that_the_server_ends_is_made_again():
    stop = Event()
    Timer(0.5, stop.set).start()
    source = "import time\ndef handler(event, context):\n    time.sleep(600)\n"
    outcome = _handled(source, calls=_calls(stop=stop))
    assert (outcome.how, outcome.reason) == ("retry", "The server ended while it ran.")


def test_what_was_published_is_handed_to_a_function_as_it_was_written():
    source = (
        "def handler(event, context):\n    return [event['Records'][0]['Sns'][key] for key in ('Subject', 'Message')]\n"
    )
    message = replace(MESSAGE, cause="published", incidents=(), subject="drift", text="look")
    assert _handled(source, message).reason == 'It returned ["drift", "look"].'


def test_the_event_can_be_read_as_json():
    outcome = _python("import json, sys; print(json.dumps(json.load(sys.stdin)['Records'][0]['Sns']))")
    told = json.loads(json.loads(Path(outcome.log).read_text())["Message"])
    assert told["Trigger"]["Dimensions"] == [{"value": "fraud", "name": "Endpoint"}]
