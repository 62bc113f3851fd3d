"""``kedge serve-model``: a model behind a port, with capture."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option, echo

from kedge.interfaces.cli.model import DATA, Data, Endpoint, Trust, command, deployed, traffic

if TYPE_CHECKING:
    from kedge.endpoint.host.folder import Folder


def serve_model(
    endpoint: Endpoint,
    model: Annotated[
        Path | None, Argument(help="model.tar.gz, a folder, or a model file.", show_default="as it was left")
    ] = None,
    host: Annotated[str, Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, Option(help="The port to listen at; 0 takes a free one.", min=0, max=65535)] = 8080,
    variant: Annotated[str | None, Option(help="The name of the version.", show_default="v1, v2 and so on")] = None,
    workers: Annotated[int, Option(help="Processes for each version.", min=1)] = 1,
    timeout_seconds: Annotated[float, Option(help="How long a request may take.", min=0.001)] = 60,
    trust: Trust = False,
    data: Data = DATA,
    capture: Annotated[bool, Option("--capture/--no-capture", help="Whether to capture the traffic.")] = True,
    journal: Annotated[Path, Option(help="Local folder for what is captured.")] = Path("kedge-capture"),
    destination: Annotated[str | None, Option(help="Folder or URL to ship captures to.")] = None,
    sampling_percentage: Annotated[float, Option(help="How many requests of a hundred are captured.")] = 100,
) -> None:
    """Serve a model: GET /ping and POST /invocations."""
    from kedge.endpoint.host.folder import Folder
    from kedge.endpoint.host.host import Host
    from kedge.endpoint.host.variant import Plan

    folder = Folder(data, endpoint)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    with folder.hosting():
        if model is not None:
            _deploy(folder, model, variant, trust)
        echo(traffic(folder.known()))
        app: Any = Host(folder, Plan(workers, timeout_seconds))
        if capture:
            app = _captured(app, endpoint, journal, destination, sampling_percentage)
        with suppress(KeyboardInterrupt):  # the usual way to end it
            _serve(app, host, port)


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


def _captured(app: Any, endpoint: str, journal: Path, destination: str | None, percentage: float) -> Any:
    from kedge.capture import CaptureConfig, CaptureMiddleware

    config = CaptureConfig(
        endpoint=endpoint,
        journal=journal,
        destination=destination,
        ship=destination is not None,
        sampling_percentage=percentage,
        paths=("/invocations", f"/endpoints/{endpoint}/invocations"),
    )
    echo(f"Capture: {percentage:g} % of the requests to {destination or journal}")
    if destination is None:
        echo(f"Next: kedge capture ship {journal} --destination FOLDER-OR-URL")
    return CaptureMiddleware(app, config)


def _serve(app: Any, host: str, port: int) -> None:
    from kedge.endpoint.server import serve

    serve(app, host, port, ready=lambda url: echo(f"POST {url}/invocations"))
