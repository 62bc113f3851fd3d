"""``kedge capture proxy``: a reverse proxy that captures what goes through it."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from kedge.capture import Capture, CaptureMiddleware
from kedge.endpoint.proxy import Proxy
from kedge.endpoint.upstream import Upstream
from kedge.interfaces.cli.capture.options import CaptureOptions, Serving
from kedge.interfaces.cli.reading import takes

UPSTREAM, REQUESTS = "Upstream", "Requests"


@takes(CaptureOptions, Serving)
def proxy(
    capture: CaptureOptions,
    serving: Serving,
    *,
    endpoint: Annotated[str, Option(help="The name of what is served.")],
    upstream: Annotated[str, Option(help="The server that answers, such as http://127.0.0.1:8501.")],
    variant: Annotated[str, Option(help="The variant that answers.")] = "AllTraffic",
    upstream_ca: Annotated[
        str | None, Option(rich_help_panel=UPSTREAM, help="A file of certificates to trust instead of the machine's.")
    ] = None,
    insecure_upstream: Annotated[
        bool, Option("--insecure-upstream", rich_help_panel=UPSTREAM, help="Take any certificate of the upstream.")
    ] = False,
    connect_seconds: Annotated[
        float, Option(rich_help_panel=UPSTREAM, help="How long the upstream may take to accept a connection.")
    ] = 5,
    answer_seconds: Annotated[
        float, Option(rich_help_panel=UPSTREAM, help="How long the upstream may be silent.")
    ] = 60,
    method: Annotated[
        list[str] | None,
        Option(rich_help_panel=REQUESTS, help="A method that is captured; may be given again.", show_default="POST"),
    ] = None,
    path: Annotated[
        list[str] | None,
        Option(rich_help_panel=REQUESTS, help="A shell pattern of paths that are captured; may be given again."),
    ] = None,
    errors: Annotated[
        bool, Option("--errors", rich_help_panel=REQUESTS, help="Capture answers with a status of 400 or above, too.")
    ] = False,
) -> None:
    """Pass requests on to a model server, and capture them with their answers; nothing else changes."""
    passed = Proxy(Upstream(upstream, connect_seconds, answer_seconds, upstream_ca, insecure_upstream))
    capture.check()
    methods, paths = tuple(method or ("POST",)), tuple(path or ())
    recorder = Capture(capture.config(endpoint, variant=variant, methods=methods, paths=paths, errors=errors))
    serving.run(
        CaptureMiddleware(passed, recorder),
        passed.upstream.reachable,
        lambda: f"{passed.prometheus()}\n{recorder.prometheus()}",
        [recorder],
        capture,
        f"{upstream} answers, as endpoint {endpoint}",
    )
