"""A look before the check: the heads of a few files, held against the baseline; nothing is written."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.analysis.embeddings.summary import EmbeddingsBaseline
from kedge.analysis.preview import Preview, Remark, Strays, compare, requirements, types
from kedge.analysis.quality.summary import QualityBaseline
from kedge.analysis.questions import questions
from kedge.analysis.report import Baseline, Reading
from kedge.domain.dataset import Expectation
from kedge.domain.wire import GROUND_TRUTH_DATA
from kedge.errors import InputError, KedgeError
from kedge.monitors import data_quality
from kedge.monitors.embeddings import Embeddings
from kedge.monitors.model_quality import NOTHING_NAMED, Asked, ModelQuality
from kedge.reading import heads
from kedge.reading.files import chosen, variant
from kedge.reading.heads import Heads
from kedge.service.shelf import told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kedge.analysis.anomalies import Anomalies
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import AnyLearned, Mode
    from kedge.domain.dataset import Dataset
    from kedge.domain.entry import Entry
    from kedge.ports import Engine, ObjectStore
    from kedge.service.shelf import Shelf

# Of a few rows so many may be broken and the run may still be well.
UNREADABLE_SHARE = 0.5


@dataclass(frozen=True)
class Look:
    """Looks at data before it is checked.

    Parameters
    ----------
    engine
        Makes an engine that reads from a store.
    shelf
        Where the baseline is, and the data.
    no_anomalies
        By which score the check would look for them.
    """

    engine: Callable[[ObjectStore], Engine]
    shelf: Shelf
    no_anomalies: Anomalies

    def __call__(
        self,
        dataset: Dataset,
        baseline: str,
        mode: Mode,
        postprocess: str | None = None,
        asked: Asked = NOTHING_NAMED,
        column: str | None = None,
    ) -> Preview:
        """Return what a check would meet; errors are remarks, so that there is more than one at a time.

        Of bias and attribution it tells only whether the data can be read. Of model quality it tells whether the
        columns that ``asked`` and the baseline name are there; labels that come later are not looked for.
        """
        preview = Preview(data=dataset.url, baseline=baseline)
        loaded: object = None
        with _remarked(preview):
            loaded = self.shelf.load_baseline(baseline)
            preview.remarks += _limits(loaded, baseline)
        if isinstance(loaded, EmbeddingsBaseline):
            with _remarked(preview, loaded):
                expected = Embeddings(column).expected(loaded)
                _tell(preview, self._read(preview, dataset, self._entries(preview, dataset), expected, {}), dataset)
            return preview
        if isinstance(loaded, QualityBaseline):
            with _remarked(preview, loaded):
                self._look_at_answers(preview, dataset, loaded, asked)
            return preview
        known = loaded if isinstance(loaded, Baseline) else None
        if known is not None:
            with _remarked(preview, known):
                preview.remarks += requirements(known, mode, self.shelf.items)
            with _remarked(preview, known), self.engine(self.shelf.store).rows(questions(known.constraints, mode)):
                """Expressions that cannot be evaluated are refused."""
            with _remarked(preview, known):
                data_quality.watch(known, mode, hashed=False, empty=self.no_anomalies)
        with _remarked(preview):
            self._refuse_missing(postprocess)
        with _remarked(preview, known):
            self._look(preview, dataset, known, mode)
        return preview

    def _refuse_missing(self, script: str | None) -> None:
        if script and not self.shelf.store.list(script):
            raise InputError("There is no such script.", file=script, next_step="Give the path or URL of one file.")

    def _look(self, preview: Preview, dataset: Dataset, known: Baseline | None, mode: Mode) -> None:
        entries = self._entries(preview, dataset)
        expected = data_quality.expectation(known, mode) if known else Expectation()
        kinds = {f.name: f.inferred_type for f in known.constraints.features} if known else {}
        seen = self._read(preview, dataset, entries, expected, kinds)
        _tell(preview, seen, dataset)
        if known is None:
            return
        found = list(compare(known.constraints, seen.features, mode, self.shelf.items))
        preview.remarks += [seen.placed(remark, dataset) for remark in found]
        if types(found) and seen.reading.format in ("capture", "batch"):
            other = replace(dataset, output_columns_position="END" if _first(dataset) else "START")
            again = self._read(Preview(data="", baseline=""), other, entries, expected, kinds)
            if types(list(compare(known.constraints, again.features, mode, self.shelf.items))) < types(found):
                preview.remarks.append(_position(other))

    def _look_at_answers(self, preview: Preview, dataset: Dataset, baseline: QualityBaseline, asked: Asked) -> None:
        expected, roles = ModelQuality({}, asked).expected(baseline)
        seen = self._read(preview, dataset, self._entries(preview, dataset), expected, {})
        _tell(preview, seen, dataset)
        roles.within([*seen.features, GROUND_TRUTH_DATA])

    def _entries(self, preview: Preview, dataset: Dataset) -> list[Entry]:
        entries = chosen(dataset, self.shelf.store)
        preview.files_found, preview.bytes_found = len(entries), sum(entry.size for entry in entries)
        preview.variants, preview.hours = heads.names(entries), heads.hours(entries)
        return entries

    def _read(
        self,
        preview: Preview,
        dataset: Dataset,
        entries: Sequence[Entry],
        expected: Expectation,
        kinds: Mapping[str, str],
    ) -> _Seen:
        store = Heads(self.shelf.store, dataset.url, entries)
        if not store.files:
            raise InputError(
                "Parquet files of this size in a bucket are not fetched for a look.",
                file=dataset.url,
                next_step="Look at a smaller one of them.",
            )
        strays = Strays(kinds)
        lenient = replace(dataset, unreadable_share=max(dataset.unreadable_share, UNREADABLE_SHARE))
        engine = self.engine(store)
        try:
            profiles, reading = engine.profile(lenient, expected, _quiet, None, [strays])
        except InputError as error:
            if dataset.window is None or "had no data" not in error.message:
                raise
            profiles, reading = engine.profile(replace(lenient, window=None), expected, _quiet, None, [strays])
            message = "Of the records looked into none lies in the window."
            preview.remarks.append(
                Remark(level="warning", message=message, file=dataset.url, next_step="Check --from and --to.")
            )
        return _Seen(store, data_quality.whole(profiles).features, reading, strays)


@contextmanager
def _remarked(preview: Preview, known: AnyLearned | None = None) -> Iterator[None]:
    """Remark an error once, where it is one of the constraints with their file."""
    try:
        with told_of(known) if known else nullcontext():
            yield
    except KedgeError as error:
        remark = Remark.of(error)
        preview.remarks += [] if remark in preview.remarks else [remark]


@dataclass(frozen=True)
class _Seen:
    """What a look has seen."""

    store: Heads
    features: dict[str, Feature]
    reading: Reading
    strays: Strays

    def placed(self, remark: Remark, dataset: Dataset) -> Remark:
        """Return a remark on a type with an example, and its file and line where these are sure."""
        if not types([remark]) or remark.field not in self.strays.found:
            return remark
        row, value = self.strays.found[remark.field]
        message = f"{remark.message.removesuffix('.')}, such as {value!r}."
        places = list(self._places(header=dataset.header and self.reading.format == "csv"))
        place: dict[str, object] = {}
        if len(places) == self.strays.rows and str(value).encode() in places[row][2]:
            place = {"file": places[row][0], "line": places[row][1]}
        return remark.model_copy(update={"message": message, **place})

    def _places(self, *, header: bool) -> Iterator[tuple[str, int, bytes]]:
        """Yield the file, the line and the content of every row, where each is one line."""
        for entry in sorted(self.store.files, key=lambda entry: str(variant(entry.url))):
            lines = enumerate(self.store.lines.get(entry.url, ()), 1)
            yield from ((entry.url, n, line) for n, line in lines if line.strip() and not (header and n == 1))


def _limits(loaded: AnyLearned, url: str) -> Iterator[Remark]:
    """Yield what a look cannot tell of a monitor."""
    if not isinstance(loaded, (Baseline, QualityBaseline, EmbeddingsBaseline)):
        yield Remark(
            level="warning",
            message="Of this monitor a look tells only whether the data can be read, not what is in them.",
            file=url,
            next_step="Run the check without --dry-run.",
        )


def _tell(preview: Preview, seen: _Seen, dataset: Dataset) -> None:
    """Tell what was read."""
    if seen.reading.format == "batch":  # input/ and output/ are no endpoint and variant
        preview.variants = []
    preview.reading, preview.columns = seen.reading, list(seen.features)
    preview.remarks += _reading(seen.reading, dataset, whole=not seen.store.cut)


def _reading(reading: Reading, dataset: Dataset, *, whole: bool) -> Iterator[Remark]:
    yield from (Remark(level="note", message=note) for note in reading.notes)
    for example in reading.examples:
        yield Remark(level="warning", message=example.reason, file=example.file, line=example.line)
    records = reading.rows + reading.unreadable
    if reading.unreadable / records > dataset.unreadable_share:
        more = "" if whole else ": the check fails if the others are like them"
        yield Remark(
            level="error" if whole else "warning",
            message=f"{reading.unreadable} of {records} records looked into cannot be read, more than the"
            f" {dataset.unreadable_share:.1%} allowed{more}.",
            file=dataset.url,
            next_step="Mend the files, or allow more with --unreadable-share.",
        )


def _position(other: Dataset) -> Remark:
    where = "last" if other.output_columns_position == "END" else "first"
    return Remark(
        level="warning",
        message=f"The types fit the baseline better where the prediction stands {where}.",
        file=other.url,
        next_step=f"Try --output-columns-position {other.output_columns_position}.",
    )


def _first(dataset: Dataset) -> bool:
    return dataset.output_columns_position == "START"


def _quiet(rows: int) -> None:
    """Show no progress."""
