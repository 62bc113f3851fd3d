"""OpenTelemetry: the families and labels of ``/metrics``, over OTLP/HTTP, each point with its own time.

Headers, certificates and compression are those of its own variables, ``OTEL_EXPORTER_OTLP_…``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from kedge.domain.families import FAMILIES, TOTAL, series
from kedge.domain.metric import Sent
from kedge.errors import MissingDependency, SettingError, Unavailable
from kedge.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.domain.families import Series
    from kedge.domain.metric import Fed, Metric

NEEDS = {"opentelemetry": "otel"}
PACKAGE: Final = "opentelemetry-exporter-otlp-proto-http"
PATH: Final = "/v1/metrics"
SECONDS: Final = 10.0  # that a request may take
REFUSED: Final = 400  # what is sent is wrong, and would be the next time
MOST_KNOWN: Final = 50_000  # metrics whose labels are not made again


def otlp(address: str) -> Otlp:
    """Return the sink of a collector; without an address that of ``OTEL_EXPORTER_OTLP_ENDPOINT``.

    Raises
    ------
    SettingError
        The address is no URL, or holds a password.
    MissingDependency
        The exporter is not installed.
    """
    try:
        import requests
        from opentelemetry.exporter.otlp.proto.http import metric_exporter
    except ImportError:
        raise MissingDependency(PACKAGE, "The sink otlp", "otel") from None
    logging.getLogger(metric_exporter.__name__).setLevel(logging.CRITICAL)  # it is told once, by who sends
    answers, session = _Answers(), requests.Session()
    session.hooks["response"].append(answers.keep)
    made = metric_exporter.OTLPMetricExporter(endpoint=_endpoint(address), timeout=SECONDS, session=session)
    return Otlp(made, answers)


@dataclass
class Otlp:
    """Sends points as gauges and sums.

    Parameters
    ----------
    exporter
        What sends them.
    answers
        What it was answered.
    """

    exporter: Any
    answers: _Answers

    def send(self, workspace: str, data: Sequence[Fed]) -> Sent:
        """Send all of them; those that the collector says it rejects are left out."""
        from opentelemetry.sdk.metrics.export import MetricExportResult

        told = list(_told(data))
        if not told:
            return Sent(len(data))
        self.answers.clear()
        if self.exporter.export(_message(workspace, told)) is MetricExportResult.SUCCESS:
            return Sent(len(data), self.answers.rejected())
        if self.answers.status == REFUSED:
            return Sent(len(data), len(data))
        raise Unavailable(self.answers.reason())


@dataclass
class _Answers:
    """The last answer of a collector."""

    status: int = 0
    content: bytes = b""

    def keep(self, answer: Any, *_: object, **__: object) -> None:
        """Take in an answer."""
        self.status, self.content = answer.status_code, answer.content

    def clear(self) -> None:
        """Forget the answer before."""
        self.status, self.content = 0, b""

    def rejected(self) -> int:
        """Return how many points the collector did not take, though it took the others."""
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

        try:
            return int(ExportMetricsServiceResponse.FromString(self.content).partial_success.rejected_data_points)
        except DecodeError:
            return 0

    def reason(self) -> str:
        """Return why points were not taken."""
        return f"It answers {self.status}." if self.status else f"It does not answer within {SECONDS:.0f} seconds."


def _endpoint(address: str) -> str | None:
    """Return the URL that points are posted to."""
    if not address:
        return None
    parts = urlsplit(address)
    if "@" in parts.netloc:
        raise SettingError(
            "The address of the sink otlp holds a password.",
            field="metric_sinks",
            next_step="Put it into OTEL_EXPORTER_OTLP_HEADERS, as in Authorization=Basic%20….",
        )
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingError(
            f"{address!r} is no address of a collector.",
            field="metric_sinks",
            next_step="Write https://collector:4318.",
        )
    return address if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}{PATH}"


def _told(data: Sequence[Fed]) -> Iterator[tuple[Series, Fed]]:
    for fed in data:
        yield from ((one, fed) for one in _series(fed.latest.metric))


@lru_cache(maxsize=MOST_KNOWN)
def _series(metric: Metric) -> tuple[Series, ...]:
    return tuple(series(metric))


def _message(workspace: str, told: Sequence[tuple[Series, Fed]]) -> Any:
    """Return the message of some points, family by family."""
    from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    families: dict[str, list[Any]] = {}
    for one, fed in told:
        families.setdefault(one.family, []).append(_point(workspace, one, fed))
    metrics = [_metric(name, points) for name, points in families.items()]
    scope = ScopeMetrics(InstrumentationScope("kedge", __version__), metrics, "")
    return MetricsData([ResourceMetrics(_resource(), [scope], "")])


@lru_cache(maxsize=1)
def _resource() -> Any:
    """Return what sends: this server, with what its own variables say of it."""
    from opentelemetry.sdk.resources import Resource

    return Resource.create({"service.name": "kedge"})


def _point(workspace: str, one: Series, fed: Fed) -> Any:
    from opentelemetry.sdk.metrics.export import NumberDataPoint

    latest = fed.latest
    nanoseconds = int(latest.point.time.timestamp() * 1e6) * 1_000
    return NumberDataPoint({"workspace": workspace, **dict(one.labels)}, 0, nanoseconds, float(one.figure(latest)))


def _metric(family: str, points: list[Any]) -> Any:
    """Return a family: a sum where its values never fall, so that one that is sent twice counts once."""
    from opentelemetry.sdk.metrics.export import AggregationTemporality, Gauge, Metric, Sum

    kind = Sum(points, AggregationTemporality.CUMULATIVE, True) if family.endswith(TOTAL) else Gauge(points)
    return Metric(f"kedge_{family}", FAMILIES[family], "", kind)
