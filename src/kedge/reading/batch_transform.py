"""Batch-transform captures: manifests that name the files of requests and responses (data-capture.md, 1.7)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kedge.domain.wire import BATCH_INFERENCE_ID, BATCH_INFERENCE_TIME, BATCH_OUTPUT
from kedge.errors import DocumentError, InputError
from kedge.reading.columns import Field, Relation
from kedge.reading.files import File, Group, groups
from kedge.reading.packed import head

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kedge.analysis.report import Unreadable
    from kedge.domain.dataset import Dataset
    from kedge.ports import ObjectStore
    from kedge.reading.payload import Layout
    from kedge.reading.reader import Reader

UNNAMED = re.compile(r"_c\d+")
TAGGED = re.compile(rb",[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12},\d{4}-\d\d-\d\dT[\d:]+Z\s*$")


class BatchTransform:
    """The requests that the manifests name, each row beside its response.

    Columns without names of their own take the baseline's as those of a captured record do
    (:meth:`~kedge.reading.payload.Layout.positions`); the requests alone are read where they have exactly
    the baseline's columns. Pairs are made by place, so a broken line fails its row.
    """

    def __init__(self, asked: Reader, told: Reader | None, layout: Layout, *, tagged: bool) -> None:
        self._asked, self.notes = asked, asked.notes
        inputs = list(asked.relation.fields)
        outputs = _answers(told.relation.fields, tagged=tagged) if told else []
        names, both = _names(inputs, outputs, layout)
        if _nameless(inputs, outputs) and (note := layout.note(len(inputs), len(outputs))):
            self.notes = (*self.notes, note)
        fields = [Field(f.name, f"a{i}", f.source) for i, f in enumerate(inputs)]
        if told and both:
            answers = [Field(f.name, f"b{i}", f.source) for i, f in outputs]
            fields = answers + fields if layout.answers_first else fields + answers
            rows = f"{_numbered(told.relation, 'b')} POSITIONAL JOIN {_numbered(asked.relation, 'a')}"
            odd = "coalesce(odd_a, odd_b)"
        else:
            rows, odd = _numbered(asked.relation, "a"), "odd_a"
        named = {name: replace(field, name=name) for name, field in zip(names, fields, strict=True)}
        self.relation = Relation(rows, tuple(named.values()), odd, asked.relation.seed)

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Refuse: a row whose request or response is broken has no pair."""
        raise InputError("The request or the response of this row cannot be read.", field=odd[:80])

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Count and explain the lines that could not be read."""
        return self._asked.unreadable(refused, limit)


def named_files(
    manifests: Group, dataset: Dataset, store: ObjectStore, folder: Path
) -> tuple[Group, Group | None, bool]:
    """Return the files of requests, those of responses, and whether these carry an inference id and time.

    Raises
    ------
    DocumentError
        A manifest is not one.
    """
    sides: dict[bool, list[str]] = {False: [], True: []}
    for file in manifests.files:
        sides[_is_output(file.url)].extend(_named(file))
    told = sides[True]
    found = [_group(urls, dataset, store, folder) if urls else None for urls in (sides[False], told)]
    if found[0] is None:
        raise InputError(
            "No manifest of requests (below input/) was found.",
            file=dataset.url,
            next_step="Give the folder that holds input/ and output/.",
        )
    tagged = bool(found[1] and TAGGED.search(head(found[1].files[0].path).split(b"\n", 1)[0]))
    return found[0], found[1], tagged


def responses(manifests: Group, dataset: Dataset, store: ObjectStore, folder: Path) -> Group:
    """Return the files of responses alone, which the join needs no more than.

    Raises
    ------
    InputError
        No manifest names any.
    """
    urls = [url for file in manifests.files if _is_output(file.url) for url in _named(file)]
    if not urls:
        raise InputError(
            "No manifest of responses (below output/) was found.",
            file=dataset.url,
            next_step="Give the folder that holds input/ and output/.",
        )
    return _group(urls, dataset, store, folder)


def _is_output(url: str) -> bool:
    """Return whether a manifest lies below ``output/``; of folders of both names the innermost counts."""
    return next((part == "output" for part in reversed(url.split("/")) if part in ("input", "output")), False)


def _named(file: File) -> list[str]:
    try:
        manifest = json.loads(file.path.read_bytes())
    except (ValueError, RecursionError):
        manifest = None
    match manifest:
        case [{"prefix": str(prefix)}, *names] if all(isinstance(name, str) for name in names):
            return [prefix + name for name in names]
    raise DocumentError(
        "This is not a batch-transform manifest.",
        file=file.url,
        next_step='A manifest reads [{"prefix": "s3://…/"}, "part_0.csv", …].',
    )


def _group(urls: Sequence[str], dataset: Dataset, store: ObjectStore, folder: Path) -> Group:
    plain = replace(dataset, format=None, window=None)
    found = [groups(replace(plain, url=url), store, folder)[0] for url in dict.fromkeys(urls)]
    return Group(found[0].format, tuple(file for group in found for file in group.files))


def _numbered(relation: Relation, mark: str) -> str:
    columns = ", ".join(f"{field.sql} AS {mark}{i}" for i, field in enumerate(relation.fields))
    return f"(SELECT {columns}, {relation.odd or 'NULL::VARCHAR'} AS odd_{mark} FROM {relation.sql})"


def _answers(fields: Sequence[Field], *, tagged: bool) -> list[tuple[int, Field]]:
    """Return the columns of a response with their places, without the id and time that the service added."""
    kept = list(enumerate(fields[:-2] if tagged else fields))
    named = [(i, replace(f, name=f.name.removeprefix(f"{BATCH_OUTPUT}."))) for i, f in kept]
    return [(i, f) for i, f in named if f.name not in (BATCH_INFERENCE_ID, BATCH_INFERENCE_TIME)]


def _names(inputs: list[Field], outputs: list[tuple[int, Field]], layout: Layout) -> tuple[list[str], bool]:
    """Return the names of all columns in order, and whether the response takes part."""
    own, answers = [f.name for f in inputs], [f.name for _, f in outputs]
    if _nameless(inputs, outputs):
        return layout.positions(len(own), len(answers))
    known = layout.expectation.names
    if set(own) == set(known):
        return own, False
    if all(map(UNNAMED.fullmatch, answers)):
        free = [name for name in known if name not in own]
        one = ["prediction"] if len(answers) == 1 else [f"prediction.{i}" for i in range(len(answers))]
        answers = free if len(free) == len(answers) else one
    return (answers + own if layout.answers_first else own + answers), True


def _nameless(inputs: list[Field], outputs: list[tuple[int, Field]]) -> bool:
    return all(UNNAMED.fullmatch(field.name) for field in (*inputs, *(answer for _, answer in outputs)))
