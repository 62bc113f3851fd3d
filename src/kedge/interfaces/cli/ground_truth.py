"""``kedge ground-truth``: labels to where a monitor looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import count
from kedge.app import upload as wired
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import LabelColumns
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import FormatName, takes
from kedge.interfaces.cli.terminal import progress
from kedge.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.service.upload import Uploaded
    from kedge.settings import Settings

app = Typer(help="The labels that live traffic turned out to have.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The labels that live traffic turned out to have."""


@app.command("upload")
@takes(Where)
def upload(
    where: Where,
    labels: Annotated[str, Argument(help="A table of labels: a path or URL, a file or a folder.")],
    id: Annotated[str, Option(help="The column of the id that the request was sent with.")],
    label: Annotated[str, Option(help="The column of its label.")],
    destination: Annotated[str | None, Option(help="Folder or URL of the ground truth.")] = None,
    endpoint: Annotated[
        str | None, Option(help="Instead of a destination: the endpoint whose labels they are, as it is declared.")
    ] = None,
    group: Annotated[bool, Option("--group", help="Rows with one id are the rows of one request, in order.")] = False,
    sampling_percentage: Annotated[
        float | None,
        Option(help="That of the capture, by inference id: labels of other requests stay.", show_default="100"),
    ] = None,
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
    columns = LabelColumns(id, label, group, sampling_percentage)
    if endpoint is None:
        done = _written(settings, dataset, columns, _only(destination, where))
    elif destination is None:
        with where.open() as workspace, progress("uploading") as advance:
            send = wired(settings, keep=lambda lines: workspace.upload_labels(endpoint, lines))
            done = send(dataset, columns, f"endpoint {endpoint}", advance).model_copy(update={"files": []})
    else:
        raise SettingError("Both a destination and an endpoint are given.", next_step="Leave out one of them.")
    for line in [done.model_dump_json()] if json else _said(done):
        echo(line)


def _written(settings: Settings, dataset: Dataset, columns: LabelColumns, destination: str) -> Uploaded:
    with progress("uploading") as advance:
        return wired(settings)(dataset, columns, destination, advance)


def _only(destination: str | None, where: Where) -> str:
    """Return the destination, where nothing else says where to."""
    if destination is None:
        raise SettingError("Nobody knows where to.", field="--endpoint", next_step="Give it, or a --destination.")
    if where != Where():
        raise SettingError(
            "A destination is a folder or a URL, of no server.", field="--destination", next_step="Give --endpoint."
        )
    return destination


def _said(done: Uploaded) -> Iterator[str]:
    files = f": {count(len(done.files), 'file')}" if done.files else ""
    yield f"Uploaded {count(done.labels, 'label')} to {done.destination}{files}"
    yield from options.remarks(done.reading)
    if done.files:
        yield (
            "Next: kedge check live/ --baseline baseline/ --monitor model-quality"
            f" --ground-truth {done.destination} --output report/"
        )
