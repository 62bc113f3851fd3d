"""``kedge serve-model``: a model behind a port, with capture."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, echo

from kedge.interfaces.cli.capture.options import CaptureOptions, Serving
from kedge.interfaces.cli.model import DATA, Data, Endpoint, Trust, command, deployed, traffic
from kedge.interfaces.cli.reading import takes

if TYPE_CHECKING:
    from kedge.endpoint.host.folder import Folder


@takes(CaptureOptions, Serving)
def serve_model(
    options: CaptureOptions,
    serving: Serving,
    *,
    endpoint: Endpoint,
    model: Annotated[
        Path | None, Argument(help="model.tar.gz, a folder, or a model file.", show_default="as it was left")
    ] = None,
    variant: Annotated[str | None, Option(help="The name of the version.", show_default="v1, v2 and so on")] = None,
    workers: Annotated[int, Option(help="Processes for each version.", min=1)] = 1,
    timeout_seconds: Annotated[float, Option(help="How long a request may take.", min=0.001)] = 60,
    trust: Trust = False,
    data: Data = DATA,
    capture: Annotated[bool, Option("--capture/--no-capture", help="Whether to capture the traffic.")] = True,
) -> None:
    """Serve a model: GET /ping and POST /invocations."""
    from kedge.capture import Capture, CaptureMiddleware
    from kedge.endpoint.host.folder import Folder
    from kedge.endpoint.host.host import Host
    from kedge.endpoint.host.variant import Plan

    folder = Folder(data, endpoint)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    with folder.hosting():
        if capture:
            options.check()
        if model is not None:
            _deploy(folder, model, variant, trust)
        echo(traffic(folder.known()))
        host = Host(folder, Plan(workers, timeout_seconds))
        paths = ("/invocations", f"/endpoints/{endpoint}/invocations")
        recorders = [Capture(options.config(endpoint, paths=paths))] if capture else []
        serving.run(
            CaptureMiddleware(host, *recorders) if capture else host,
            host.health,
            lambda: "".join(recorder.prometheus() for recorder in recorders),
            recorders,
            options if capture else None,
            f"POST /invocations, as endpoint {endpoint}",
        )


def _deploy(folder: Folder, model: Path, variant: str | None, trust: bool) -> None:
    """Add the model, unless it was added before: a host that starts again goes on as it was."""
    from kedge.endpoint.host.archive import digest
    from kedge.endpoint.host.changes import Change

    told = digest(model)
    same = next((version for version in folder.read().versions if version.digest == told), None)
    if same is None:
        deployed(*Change(folder, command()).deploy(model, variant, None, trust))
    else:
        echo(f"{model.name} is {same.variant}, which is there already.")
