"""What an action is given: what a function of the service gets from a topic, and our message beside it.

The service's words for it stay in here (the specification, 8.7).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from kedge.adapters.presentation.body import body
from kedge.domain import wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kedge.domain.action import Action
    from kedge.domain.alarm import Alarm, AlarmState
    from kedge.domain.notification import Incident, Notification

REGION: Final = (
    "us-east-1"  # where the action's variables say nothing: functions take it apart, and make clients with it
)
ACCOUNT: Final = "000000000000"
LONGEST_SUBJECT: Final = 100
LINES_NAMESPACE: Final = "kedge/lines"  # what the service has no metric for
EXECUTIONS_NAMESPACE: Final = "kedge/executions"
RETRAINING_NAMESPACE: Final = "kedge/retraining"
_STATISTICS: Final = {"SampleCount": "SAMPLE_COUNT"}
_FOR: Final[Mapping[AlarmState, str]] = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


def event(action: Action, notification: Notification) -> dict[str, Any]:
    """Return what is handed to an action."""
    return {"Records": [_record(action, notification)], "kedge": body(notification)}


def function_arn(action: Action) -> str:
    """Return what a function is called as a whole."""
    return f"arn:aws:lambda:{_region(action)}:{ACCOUNT}:function:{action.name}"


def _record(action: Action, notification: Notification) -> dict[str, Any]:
    region = _region(action)
    topic = f"arn:aws:sns:{region}:{ACCOUNT}:{notification.subscription}"
    told = notification.incidents[0] if notification.incidents else None
    subject = notification.subject or (f'{told.state}: "{told.alarm.name}" in {region}' if told else "")
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{topic}:{uuid5(NAMESPACE_URL, f'{topic}:{action.name}')}",
        "Sns": {
            "Type": "Notification",
            "MessageId": notification.name,
            "TopicArn": topic,
            "Subject": subject[:LONGEST_SUBJECT] or None,
            "Message": json.dumps(_message(told, topic, region)) if told else notification.text,
            "Timestamp": _zulu(notification.created),
            "SignatureVersion": "1",
            "Signature": "",  # nobody signs what does not go over a network
            "SigningCertUrl": "",
            "UnsubscribeUrl": "",
            "MessageAttributes": {},
        },
    }


def _message(told: Incident, topic: str, region: str) -> dict[str, Any]:
    """Return what the service says of an alarm; of a composite one it names the rule, and no metric."""
    alarm = told.alarm
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description or None,
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": None,  # not known here
        "NewStateValue": told.state,
        "NewStateReason": told.reason,
        "StateChangeTime": f"{_zulu(told.since)[:-1]}+0000",
        "Region": region,
        "AlarmArn": f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{alarm.name}",
        "OldStateValue": told.previous,
        **{name: [topic] if state == told.state else [] for state, name in _FOR.items()},
        **({"AlarmRule": alarm.rule} if alarm.rule else {"Trigger": _trigger(alarm)}),
    }


def _trigger(alarm: Alarm) -> dict[str, Any]:
    name, namespace, dimensions = _watched(alarm)
    percentile = alarm.statistic.startswith("p")
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.statistic}
        if percentile
        else {"StatisticType": "Statistic", "Statistic": _STATISTICS.get(alarm.statistic, alarm.statistic.upper())}
    )
    return {
        "MetricName": name,
        "Namespace": namespace,
        **statistic,
        "Unit": None,
        "Dimensions": [{"value": value, "name": name} for name, value in dimensions],
        "Period": int(alarm.period_seconds),
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.least,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.retraining.threshold if alarm.retraining else alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": "",
    }


def _watched(alarm: Alarm) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Return name, namespace and dimensions of what an alarm watches."""
    if alarm.metric:
        return alarm.metric.name, alarm.metric.namespace, alarm.metric.dimensions
    dimensions = ((wire.SCHEDULE_DIMENSION, alarm.schedule or ""),)
    if alarm.lines:
        return alarm.lines.text, LINES_NAMESPACE, dimensions
    if alarm.retraining:
        return alarm.retraining.metric, RETRAINING_NAMESPACE, dimensions
    return "violations", EXECUTIONS_NAMESPACE, dimensions


def _region(action: Action) -> str:
    return action.environment.get("AWS_REGION") or action.environment.get("AWS_DEFAULT_REGION") or REGION


def _zulu(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"
