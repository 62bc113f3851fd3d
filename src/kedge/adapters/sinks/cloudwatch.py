"""CloudWatch: every point under its own namespace, name and dimensions, as the service published them.

Region, credentials and endpoint are those that boto3 finds by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from kedge.domain.access import DEFAULT
from kedge.domain.metric import Sent
from kedge.errors import MissingDependency, SettingError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.domain.metric import Fed, Metric, Point

NEEDS = {"boto3": "cloudwatch"}
OLDEST: Final = timedelta(days=14)
NEWEST: Final = timedelta(hours=2)
MARGIN: Final = timedelta(minutes=5)  # for a point that is only just young enough, and clocks that differ
LARGEST: Final = 2.0**360
MOST: Final = 1_000  # data of a request
MOST_BYTES: Final = 900_000  # of 1 MB
DATUM_BYTES: Final = 600  # of a request, at most, with the names of a datum's numbers
DIMENSION_BYTES: Final = 160  # with those of a dimension
RESERVED: Final = "AWS/"  # how namespaces begin that nobody else may publish in
WORKSPACE: Final = "Workspace"
REFUSALS: Final = frozenset(
    f"{code}{end}"
    for code in ("InvalidParameterValue", "InvalidParameterCombination", "MissingParameter", "MissingRequiredParameter")
    for end in ("", "Exception")
) | {"ValidationError", "ValidationException", "SerializationException", "RequestEntityTooLarge", "413"}


def cloudwatch(address: str) -> CloudWatch:
    """Return the sink.

    Raises
    ------
    SettingError
        It has an address, or there is no region.
    MissingDependency
        boto3 is not installed.
    """
    if address:
        raise SettingError(
            f"The sink takes no address, found {address!r}.",
            field="metric_sinks",
            next_step="Write cloudwatch, and the endpoint into AWS_ENDPOINT_URL_CLOUDWATCH.",
        )
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise MissingDependency("boto3", "The sink cloudwatch", "cloudwatch") from None
    # Asked once a time: what is asked again by itself may count twice, and the next turn asks anyway.
    patience = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
    try:
        return CloudWatch(boto3.client("cloudwatch", config=patience))
    except (BotoCoreError, ValueError) as error:
        raise SettingError(
            f"The sink cloudwatch: {error}", field="metric_sinks", next_step="Set AWS_DEFAULT_REGION, for instance."
        ) from None


@dataclass
class CloudWatch:
    """Sends points by ``PutMetricData``.

    Parameters
    ----------
    client
        What calls it.
    """

    client: Any

    def send(self, workspace: str, data: Sequence[Fed]) -> Sent:
        """Send points of the first namespace; where they are refused, half as many, down to the one that is."""
        group = _grouped(workspace, data, datetime.now(UTC))
        most = len(group.places)
        while most:
            if self._taken(group.namespace, group.told[:most]):
                return group.sent(most)
            if most == 1:
                return group.sent(1, refused=1)
            most //= 2
        return group.sent(0)

    def _taken(self, namespace: str, told: Sequence[dict[str, Any]]) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        try:
            self.client.put_metric_data(Namespace=namespace, MetricData=told)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in REFUSALS:
                return False
            raise Unavailable(f"It takes no points: {error}") from None
        except ParamValidationError:  # refused before it was sent
            return False
        except BotoCoreError as error:
            raise Unavailable(f"It takes no points: {error}") from None
        return True


@dataclass
class _Group:
    """Points that go at once.

    Parameters
    ----------
    namespace
        That of all.
    end
        How many were looked at.
    places, told
        Where among all each is, and what is sent of it.
    left_out
        The places of those that are never taken.
    """

    namespace: str = ""
    end: int = 0
    places: list[int] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)

    def sent(self, most: int, refused: int = 0) -> Sent:
        """Return how far it came, where so many of it were sent."""
        done = self.end if most == len(self.places) else self.places[most]
        return Sent(done, sum(place < done for place in self.left_out) + refused)


def _grouped(workspace: str, data: Sequence[Fed], now: datetime) -> _Group:
    """Return the points that go at once.

    One that took the place of another does not go: both would count, so that a sum were twice what it is.
    """
    group, room = _Group(), MOST_BYTES
    for place, fed in enumerate(data):
        metric, point = fed.latest.metric, fed.latest.point
        if not (fed.again or metric.namespace.startswith(RESERVED)):
            if not _takes(metric, point, now):
                group.left_out.append(place)
            else:
                room -= _size(metric)
                if group.places and (metric.namespace != group.namespace or room < 0 or len(group.places) == MOST):
                    break
                group.namespace = metric.namespace
                group.places.append(place)
                group.told.append(_datum(workspace, metric, point))
        group.end = place + 1
    return group


def _takes(metric: Metric, point: Point, now: datetime) -> bool:
    """Return whether a point is of the last two weeks, and its dimensions are in letters that are taken."""
    plain = all(text.isascii() and text.isprintable() and text.strip() for one in metric.dimensions for text in one)
    return plain and now - OLDEST + MARGIN <= point.time <= now + NEWEST - MARGIN


def _size(metric: Metric) -> int:
    """Return how large a point may be in a request, at most."""
    names = sum(len(quote(name)) + len(quote(value)) + DIMENSION_BYTES for name, value in metric.dimensions)
    return DATUM_BYTES + len(quote(metric.name)) + names


def _datum(workspace: str, metric: Metric, point: Point) -> dict[str, Any]:
    dimensions = [*metric.dimensions, *([(WORKSPACE, workspace)] if workspace != DEFAULT else [])]
    told: dict[str, Any] = {
        "MetricName": metric.name,
        "Timestamp": point.time,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
    }
    if point.count == 1:
        return {**told, "Value": _bounded(point.value)}
    numbers = {"SampleCount": point.count, "Sum": point.value, "Minimum": point.least, "Maximum": point.most}
    return {**told, "StatisticValues": {name: _bounded(value) for name, value in numbers.items()}}


def _bounded(value: float) -> float:
    """Return a number as it is taken: what stands for infinity lies a little beyond, as it is rounded."""
    return max(-LARGEST, min(LARGEST, value))
