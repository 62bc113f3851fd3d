"""Alarms in ``monitors.yaml``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import model_validator

from kedge.domain import wire
from kedge.domain.alarm import MOST_PERIODS, Alarm, Comparison, Lines, Missing, Worn
from kedge.domain.metric import Metric
from kedge.reading.keys import Duration, Entry, Text, key

Sign = Literal[">", ">=", "<", "<="]
COMPARISONS: dict[Sign, Comparison] = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}


class RetrainingEntry(Entry):
    """When a model is to be trained again."""

    schedule: Annotated[Text, key("The schedule of model quality that looks at it.")]
    threshold: Annotated[float | None, key("The error that asks for a retraining.", ge=0, allow_inf_nan=False)] = None
    metric: Annotated[Literal["rmse", "mae"], key("The error: rmse, or mae, of classes the share of wrong ones.")] = (
        "rmse"
    )
    rows: Annotated[int, key("The error is that of the last so many labelled rows.", ge=1)] = 100
    least: Annotated[int | None, key("With fewer of them nothing is said; else all have to be there.", ge=1)] = None
    every: Annotated[Duration | None, key("Or so long after the last retraining: P7D.")] = None
    cool_down: Annotated[Duration | None, key("For so long after one was asked for none is.")] = None
    budget: Annotated[int | None, key("At most so many are asked for in any period, without one ever.", ge=1)] = None
    period: Annotated[Duration | None, key("The period of the budget: P30D.")] = None


class AlarmEntry(Entry):
    """A rule over a metric, lines of logs, executions, other alarms, or the errors of a model."""

    description: Annotated[Text, key("What it is for.")] = ""
    metric: Annotated[Text | None, key("The metric that it watches, such as feature_baseline_drift_amount.")] = None
    schedule: Annotated[Text | None, key("The schedule whose metric it is, or whose lines.")] = None
    endpoint: Annotated[Text | None, key("The endpoint whose metric it is.")] = None
    feature: Annotated[Text | None, key("The feature whose metric it is, where its name does not say so.")] = None
    dimensions: Annotated[dict[Text, Text], key("Other dimensions of the metric, such as Facet.", default_factory=dict)]
    namespace: Annotated[Text | None, key("The namespace of the metric; else that of its schedule's monitor.")] = None
    lines: Annotated[Text | None, key("Or a text: lines with it that executions of the schedule print count.")] = None
    executions: Annotated[Text | None, key("Or a schedule, of whose executions those with violations count.")] = None
    rule: Annotated[Text | None, key("Or what is to hold of other alarms: drift and not OK(traffic).")] = None
    retraining: Annotated[RetrainingEntry | None, key("Or when a model is to be trained again.")] = None
    statistic: Annotated[
        Text, key("Of the values of a period: Average, Sum, Minimum, Maximum, SampleCount, or a percentile (p95).")
    ] = "Average"
    period: Annotated[Duration, key("How long a period is: PT1H, P1D.")] = timedelta(hours=1)
    evaluation_periods: Annotated[int, key("How many values, or executions, are looked at.", ge=1, le=MOST_PERIODS)] = 1
    datapoints_to_alarm: Annotated[int | None, key("How many of them have to breach; else all.", ge=1)] = None
    threshold: Annotated[float | None, key("What values are held against.", allow_inf_nan=False)] = None
    comparison: Annotated[Sign, key("On which side of the threshold a value breaches.")] = ">"
    missing: Annotated[Missing, key("What a period counts for in which no value came.")] = "missing"
    actions: Annotated[bool, key("Whether anybody is told.")] = True

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.metric or self.lines) and self.threshold is None:
            raise ValueError("Expected a threshold, which values are held against")
        if self.lines and self.schedule is None:
            raise ValueError("Expected the schedule whose executions print the lines")
        if self.metric and not (self.schedule or self.namespace):
            raise ValueError("Expected the schedule that publishes the metric, or its namespace")
        return self

    def resource(self, name: str) -> Alarm:
        """Return it as the catalog takes it."""
        return Alarm(
            name=name,
            description=self.description,
            metric=self._metric(),
            lines=Lines(str(self.schedule), self.lines) if self.lines else None,
            executions_of=self.executions,
            rule=self.rule,
            retraining=Worn(**dict(self.retraining)) if self.retraining else None,
            statistic=self.statistic,
            period=self.period,
            evaluation_periods=self.evaluation_periods,
            datapoints_to_alarm=self.datapoints_to_alarm,
            threshold=self.threshold or 0.0,
            comparison_operator=COMPARISONS[self.comparison],
            treat_missing_data=self.missing,
            actions_enabled=self.actions,
        )

    def _metric(self) -> Metric | None:
        if self.metric is None:
            return None
        of = {
            wire.ENDPOINT_DIMENSION: self.endpoint,
            wire.SCHEDULE_DIMENSION: self.schedule,
            wire.FEATURE_DIMENSION: self.feature,
        }
        return Metric.of(self.namespace or "", self.metric, {**self.dimensions, **of})
