"""``kedge capture sink``: takes the events of payload loggers, and captures what belongs together."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from kedge.capture import Capture
from kedge.endpoint.cloudevents import PAIR_SECONDS, PATH, CloudEvents
from kedge.interfaces.cli.capture.options import CaptureOptions, Serving
from kedge.interfaces.cli.reading import takes

EVENTS = "Events"


@takes(CaptureOptions, Serving)
def sink(
    capture: CaptureOptions,
    serving: Serving,
    *,
    endpoint: Annotated[
        str, Option(rich_help_panel=EVENTS, help="What endpoints are called: a name, or attributes in braces.")
    ] = "{inferenceservicename}",
    variant: Annotated[
        str, Option(rich_help_panel=EVENTS, help="What variants are called; AllTraffic where that is empty.")
    ] = "{endpoint}",
    pair_seconds: Annotated[
        float, Option(rich_help_panel=EVENTS, help="How long a request and its answer wait for each other.")
    ] = PAIR_SECONDS,
    events_path: Annotated[str, Option(rich_help_panel=EVENTS, help="Where events are posted to.")] = PATH,
) -> None:
    """Take the CloudEvents of KServe's and Seldon's payload loggers, and capture requests with their answers."""
    capture.check()
    taken = CloudEvents(lambda name: Capture(capture.config(name)), endpoint, variant, pair_seconds, events_path)
    serving.run(taken, _well, taken.prometheus, [taken], capture, f"events are posted to {events_path}")


async def _well() -> str:
    return ""
