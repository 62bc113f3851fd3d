"""A function that was written for the service's topics runs as it is, and reaches a cloud with what it is given."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from kedge.app.notifying import notifiers
from kedge.domain.access import DEFAULT, WorkspaceSettings
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm
from kedge.domain.metric import Metric
from kedge.domain.notification import Incident, Notification
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
