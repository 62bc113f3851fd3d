"""How people write the names of metrics: the service's documents have several spellings (the specification, 8.1).

Nothing is published under any but the first. Who asks is understood.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMESPACE: Final = re.compile(r"/?(aws/sagemaker/(?:Endpoint(?=s?/)|ModelMonitoring))s?/([a-z]+-metric)s?")
_DIMENSIONS: Final = {"EndpointName": wire.ENDPOINT_DIMENSION, "ScheduleName": wire.SCHEDULE_DIMENSION}


def namespace(text: str) -> str:
    """Return a namespace as it is published.

    >>> namespace("/aws/sagemaker/Endpoint/data-metric")
    'aws/sagemaker/Endpoints/data-metrics'
    """
    match = _NAMESPACE.fullmatch(text)
    if match is None:
        return text
    owner = wire.ENDPOINT_NAMESPACE if match[1].endswith("Endpoint") else wire.BATCH_NAMESPACE
    return f"{owner}/{match[2]}s"


def dimensions(told: Mapping[str, str]) -> dict[str, str]:
    """Return dimensions by the names under which they are published.

    >>> dimensions({"EndpointName": "fraud", "Feature": "age"})
    {'Endpoint': 'fraud', 'Feature': 'age'}
    """
    return {_DIMENSIONS.get(name, name): value for name, value in told.items()}


def understood(metric: Metric) -> Metric:
    """Return a metric as it is published."""
    return Metric.of(namespace(metric.namespace), metric.name, dimensions(dict(metric.dimensions)))
