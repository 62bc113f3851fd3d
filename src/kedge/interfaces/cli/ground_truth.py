"""``kedge ground-truth``: labels to where a monitor looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import count
from kedge.app import upload as wired
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import LabelColumns
from kedge.interfaces.cli import options
from kedge.interfaces.cli.reading import FormatName
from kedge.interfaces.cli.terminal import progress
from kedge.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.service.upload import Uploaded

app = Typer(help="The labels that live traffic turned out to have.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The labels that live traffic turned out to have."""


@app.command("upload")
def upload(
    labels: Annotated[str, Argument(help="A table of labels: a path or URL, a file or a folder.")],
    id: Annotated[str, Option(help="The column of the id that the request was sent with.")],
    label: Annotated[str, Option(help="The column of its label.")],
    destination: Annotated[str, Option(help="Folder or URL of the ground truth.")],
    group: Annotated[bool, Option("--group", help="Rows with one id are the rows of one request, in order.")] = False,
    format: Annotated[FormatName | None, Option(help="What the files are; else told by their names.")] = None,
    header: Annotated[bool, Option("--header/--no-header", help="Whether CSV files start with the names.")] = True,
    delimiter: Annotated[str, Option(help="Between two fields of CSV files.")] = ",",
    unreadable_share: Annotated[
        float | None, Option(help="Fail above this share of rows without id or label, 0 to 1.", show_default="0.01")
    ] = None,
    json: options.Json = False,
) -> None:
    """Upload the labels of a table as ground truth, below the hour in which they arrive."""
    settings, _ = load(unreadable_share=unreadable_share)
    dataset = Dataset(
        url=labels,
        format=format.value if format else None,
        header=header,
        delimiter="\t" if delimiter == "\\t" else delimiter,
        unreadable_share=settings.unreadable_share,
    )
    with progress("uploading") as advance:
        done = wired(settings)(dataset, LabelColumns(id, label, group), destination, advance)
    for line in [done.model_dump_json()] if json else _said(done):
        echo(line)


def _said(done: Uploaded) -> Iterator[str]:
    yield f"Uploaded {count(done.labels, 'label')} to {done.destination}: {count(len(done.files), 'file')}"
    yield from options.remarks(done.reading)
    yield (
        "Next: kedge check live/ --baseline baseline/ --monitor model-quality"
        f" --ground-truth {done.destination} --output report/"
    )
