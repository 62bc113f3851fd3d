"""A function that was written for the service's topics runs as it is, and reaches a cloud with what it is given."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import boto3
import pytest
from moto.server import ThreadedMotoServer

from kedge.adapters.databases.sql import Sql
from kedge.app.messaging import messaging
from kedge.app.notifying import notifiers
from kedge.app.storing import stores
from kedge.domain.access import DEFAULT, WorkspaceSettings
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm, Alert, Worn
from kedge.domain.catalog import from_record, to_record
from kedge.domain.metric import Metric
from kedge.domain.notification import DEEPEST, Incident, Notification
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription
from kedge.service.alarms.values import Values
from kedge.settings import Settings

TIME = datetime(2026, 11, 21, 9, tzinfo=UTC)
FUNCTION = """
import json
import os

import boto3


def lambda_handler(event, context):
    sns = boto3.client("sns")
    boto3.client("sagemaker")
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    name, state = message["AlarmName"], message["NewStateValue"]
    print(f"Received alarm: {name} - {state}")
    if state == "ALARM" and "ModelMonitor" in name:
        text = f"{name} is {state}: {message['AlarmDescription']}"
        sns.publish(TopicArn=os.environ["SNS_TOPIC_ARN"], Subject="Model Monitor Alert", Message=text)
    return {"statusCode": 200, "body": json.dumps("done")}
"""


@pytest.fixture
def cloud(monkeypatch):
    """A cloud of the test's own, as variables say it."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    own = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_DEFAULT_REGION": "eu-west-1"}
    with monkeypatch.context() as patch:
        for name, value in {**own, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
            patch.setenv(name, value)
        yield own
    server.stop()


def _queue(topic: str) -> str:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="people")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def _alarming(name: str) -> Notification:
    metric = Metric.of("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_age", {})
    alarm = Alarm(name=name, description="age drifts", metric=metric, period=timedelta(hours=1), threshold=0.1)
    told = Incident(alarm=alarm, state="ALARM", previous="OK", since=TIME, number=1, reason="Threshold Crossed")
    given = {"workspace": DEFAULT, "subscription": "ops", "to": "react", "cause": "alarm", "created": TIME}
    return Notification(name="n1", incidents=(told,), attempts=1, **given)


def test_the_function_of_a_recipe_runs_unchanged_against_the_cloud_that_it_is_given(cloud):
    topic = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
    queue, credentials = _queue(topic), {"AWS_ACCESS_KEY_ID": "env:AWS_ACCESS_KEY_ID"}
    own = WorkspaceSettings(name=DEFAULT, credentials={**credentials, "AWS_SECRET_ACCESS_KEY": "env:AWS_ACCESS_KEY_ID"})
    Path("react.py").write_text(FUNCTION)
    action = Action(name="react", handler="react.py", environment={**cloud, "SNS_TOPIC_ARN": topic})
    outcome = notifiers(Settings(), own)(action).notify(_alarming("ModelMonitor-age"))
    assert (outcome.how, Path(outcome.log).read_text()) == ("sent", "Received alarm: ModelMonitor-age - ALARM\n")
    sent = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert json.loads(sent["Body"])["Message"] == "ModelMonitor-age is ALARM: age drifts"


def test_a_function_without_a_name_in_a_cloud_is_not_known_there_by_the_servers(cloud):
    Path("react.py").write_text(FUNCTION)
    action = Action(
        name="react", handler="react.py", environment={**cloud, "SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:0:a"}
    )
    outcome = notifiers(Settings(), WorkspaceSettings(name=DEFAULT))(action).notify(_alarming("ModelMonitor"))
    assert "NoCredentialsError in line 16: Unable to locate credentials" in outcome.reason


def test_nobody_asks_a_cloud_in_the_name_of_the_machine():
    action = Action(name="react", command=("sh", "-c", "echo $AWS_EC2_METADATA_DISABLED"))
    outcome = notifiers(Settings(), WorkspaceSettings(name=DEFAULT))(action).notify(_alarming("drift"))
    assert Path(outcome.log).read_text() == "true\n"


def test_a_function_outside_the_allowed_places_is_not_run_and_the_log_of_one_inside_is_kept():
    settings = Settings(allowed_places=str(Path("files").absolute()))
    for place in ("react.py", "files/react.py"):
        Path(place).parent.mkdir(exist_ok=True)
        Path(place).write_text("def handler(event, context): print('ran')\n")
    call = notifiers(settings, WorkspaceSettings(name=DEFAULT))
    outside, inside = (
        call(Action(name="react", handler=str(Path(place).absolute()))).notify(_alarming("drift"))
        for place in ("react.py", "files/react.py")
    )
    assert (outside.how, inside.how, Path(inside.log).read_text()) == ("refused", "sent", "ran\n")


# --- with all that stands before and behind them ------------------------------------------------------------------

ECHO = """
def handler(event, context):
    context.publish("ops", f"heard {event['Records'][0]['Sns']['Message'][:20]}")
"""


class Workspace:
    """A workspace whose actions are called; time stands until it is moved."""

    def __init__(self, records):
        self.records, self.time = records, TIME
        own = WorkspaceSettings(name=DEFAULT)
        self.messaging = messaging(Settings(), own, records, stores(Settings(), own), self, Event())

    def now(self):
        """Return the present."""
        return self.time

    def put(self, *resources):
        """Keep what is declared, or how it stands."""
        for resource in resources:
            self.records.put(to_record(resource, self.records.get(resource.kind, resource.name)), "ann")

    def settled(self):
        """Have everybody told, and return the messages by how many led to them."""
        end = monotonic() + 60
        while not (found := self._messages()) or any(one.status == "waiting" for one in found):
            assert monotonic() < end, found
            self.time += timedelta(seconds=5)
            self.messaging.once(self.time)
            sleep(0.1)
        return sorted(found, key=lambda one: one.depth)

    def _messages(self):
        return [from_record(Notification, record) for record in self.records.list(Query(Notification.kind))]


@pytest.fixture
def workspace(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/kedge.db")
    made = Workspace(database)
    made.put(Alarm(name="drift", rule="TRUE"), Subscription(name="ops", to=("react",), group_wait=timedelta()))
    yield made
    made.messaging.rest(5)
    database.close()


def _goes(name, state="ALARM", number=1):
    return Alert(name=name, state=state, reason="said so", since=TIME, number=number)


def test_an_action_that_calls_itself_is_stopped_and_that_is_told(workspace):
    Path("react.py").write_text(ECHO)
    workspace.put(Action(name="react", handler="react.py"), _goes("drift"))
    *called, last = workspace.settled()
    assert [(one.depth, one.status) for one in called] == [(depth, "sent") for depth in range(DEEPEST + 1)]
    assert (last.depth, last.status, "taken for a loop" in last.reason) == (DEEPEST + 1, "cut", True)


def test_of_an_action_that_hangs_and_one_that_fails_the_others_know_nothing(workspace):
    workspace.put(
        Subscription(name="ops", to=("react", "hangs", "fails"), group_wait=timedelta()),
        Action(name="react", command=("echo", "done")),
        Action(name="hangs", command=("sleep", "600"), timeout_seconds=0.5, attempts=2),
        Action(name="fails", command=("sh", "-c", "echo no disk; exit 3"), attempts=2),
        _goes("drift"),
    )
    found = {one.to: one for one in workspace.settled()}
    assert {name: (one.status, one.attempts) for name, one in found.items()} == {
        "react": ("sent", 1),
        "hangs": ("failed", 2),
        "fails": ("failed", 2),
    }
    assert found["hangs"].reason.startswith("It took longer than the 0.5 s that it may")
    assert found["fails"].reason == "Its process ended with exit code 3. It printed last: no disk."
    assert Path(found["fails"].log).read_text() == "no disk\n"


@pytest.mark.parametrize(("command", "said"), [("true", "has ended."), ("false", "has failed: Its process ended")])
def test_a_retraining_that_an_alarm_asked_for_has_ended_when_its_action_has(workspace, command, said):
    workspace.put(
        Alarm(name="drift", retraining=Worn(schedule="quality", threshold=1)),
        Action(name="react", command=(command,), attempts=1),
        _goes("drift"),
    )
    workspace.settled()
    said_of_it = Values(workspace.records, workspace.records.points, None).worn(
        from_record(Alarm, workspace.records.get("alarm", "drift")), workspace.time
    )
    assert (said_of_it.state, said in said_of_it.reason) == ("OK", True)
