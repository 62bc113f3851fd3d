"""The options of every command that captures: what is kept, and where one is asked."""

from __future__ import annotations

import logging
import shlex
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option, echo

from kedge.app import shipper
from kedge.capture.config import DISK_SHARE, MAX_BODY_BYTES, CaptureConfig
from kedge.capture.journal import made_folder
from kedge.capture.redact import Redact
from kedge.endpoint.server import serve
from kedge.endpoint.shipper import Shipper
from kedge.endpoint.side import HEALTH_PATH, METRICS_PATH, Side
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kedge.endpoint.asgi import App
    from kedge.endpoint.server import Closes
    from kedge.endpoint.side import Health

CAPTURE, SERVING = "Capture", "Serving"


class SideName(StrEnum):
    """What may be captured of an exchange."""

    input = "Input"
    output = "Output"


class SampleBy(StrEnum):
    """What a sample is drawn by."""

    request = "request"
    inference_id = "inference_id"


def _option(*names: str, panel: str = CAPTURE, **given: Any) -> Any:
    return Option(*names, rich_help_panel=panel, **given)


@dataclass(frozen=True)
class CaptureOptions:
    """What is captured, and where it is kept; field by field an option."""

    journal: Annotated[str, _option(help="A local folder that captures are written to first.")] = "kedge-capture"
    destination: Annotated[
        str | None, _option(help="Folder or URL that a process beside this one ships captures to.")
    ] = None
    sampling_percentage: Annotated[float, _option(help="How many requests of a hundred are captured.")] = 100
    sample_by: Annotated[SampleBy, _option(help="What the sample is drawn by: chance, or the hash of the id.")] = (
        SampleBy.request
    )
    capture_option: Annotated[list[SideName] | None, _option(help="What is captured; may be given again.")] = None
    csv_content_type: Annotated[list[str] | None, _option(help="Bodies kept as CSV; may be given again.")] = None
    json_content_type: Annotated[list[str] | None, _option(help="Bodies kept as JSON; may be given again.")] = None
    max_body_bytes: Annotated[int, _option(help="Longer requests and answers are not captured.")] = MAX_BODY_BYTES
    disk_share: Annotated[float, _option(help="Above this share of the disk records are dropped.")] = DISK_SHARE
    redact: Annotated[
        list[str] | None,
        _option(
            metavar="FIELD=HOW",
            help="A JSON key or the number of a CSV column to drop, hash or mask; may be given again.",
        ),
    ] = None
    redact_salt: Annotated[Path | None, _option(help="A file with the secret that hashes are made with.")] = None
    key: Annotated[
        str | None, _option(help="Where the key is that seals captures: file:PATH, env:NAME or kms:KEY.")
    ] = None

    def config(self, endpoint: str, **others: Any) -> CaptureConfig:
        """Return the configuration of an endpoint's recorder."""
        given: dict[str, Any] = {name: tuple(map(str, values)) for name, values in self._lists().items() if values}
        return CaptureConfig(
            endpoint=endpoint,
            journal=self.journal,
            sampling_percentage=self.sampling_percentage,
            sample_by=str(self.sample_by),
            max_body_bytes=self.max_body_bytes,
            disk_share=self.disk_share,
            redact=self._redact(),
            key=self.key,
            **given,
            **others,
        )

    def _lists(self) -> dict[str, list[Any] | None]:
        return {
            "capture_options": self.capture_option,
            "csv_content_types": self.csv_content_type,
            "json_content_types": self.json_content_type,
        }

    def _redact(self) -> Redact | None:
        if not self.redact:
            return None
        fields: dict[str | int, str] = {}
        for text in self.redact:
            name, equals, how = text.rpartition("=")
            if not equals:
                raise SettingError(f"Expected FIELD=HOW, such as name=mask, found {text!r}.", field="redact")
            fields[int(name) if name.isdecimal() else name] = how
        return Redact(fields, self.redact_salt.read_bytes().strip() if self.redact_salt else b"")

    def check(self) -> None:
        """Refuse what no recorder could be made of, and a destination that cannot be written, before all else."""
        self.config("any")
        try:
            made_folder(Path(self.journal))
        except OSError as error:
            raise SettingError(
                f"The journal cannot be written ({error.strerror}).",
                file=self.journal,
                field="journal",
                next_step="Name a folder that this process may write.",
            ) from None
        if self.destination:
            shipper(Path(self.journal), self.destination, Event()).check()

    def told(self) -> str:
        """Return where captures go to."""
        if self.destination:
            return f"Captures go to {self.journal}, and from there to {self.destination}"
        folder = shlex.quote(self.journal)
        return f"Captures stay in {self.journal}. Next: kedge capture ship {folder} --destination URL"


@dataclass(frozen=True)
class Serving:
    """Where one is asked; field by field an option."""

    host: Annotated[str, _option(panel=SERVING, help="The address to listen at; 0.0.0.0 lets other machines in.")] = (
        "127.0.0.1"
    )
    port: Annotated[int, _option(panel=SERVING, help="The port to listen at; 0 finds a free one.")] = 8080
    health_path: Annotated[str, _option(panel=SERVING, help="Where health is told; empty for nowhere.")] = HEALTH_PATH
    metrics_path: Annotated[str, _option(panel=SERVING, help="Where counters are told; empty for nowhere.")] = (
        METRICS_PATH
    )
    grace_seconds: Annotated[float, _option(panel=SERVING, help="How long requests may go on in the end.")] = 30

    def run(
        self,
        app: App,
        health: Health,
        metrics: Callable[[], str],
        closes: Sequence[Closes],
        capture: CaptureOptions | None,
        doing: str,
    ) -> None:
        """Serve an application, with a shipper beside it where there is a destination, until a signal ends it."""
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
        beside = Shipper(capture.journal, capture.destination) if capture and capture.destination else None

        def ready(url: str) -> None:
            echo(f"Listening at {url}: {doing}")
            if capture:
                echo(capture.told())
            if beside:
                beside.start()

        doors = Side(app, health, metrics, self.health_path, self.metrics_path)
        serve(
            doors,
            self.host,
            self.port,
            closes=[*closes, *([beside] if beside else [])],
            grace_seconds=self.grace_seconds,
            ready=ready,
        )
