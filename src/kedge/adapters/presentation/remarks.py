"""A look before the check as lines of text: what was found, a line a remark, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation.words import count, plain, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.preview import Level, Preview, Remark

MARKS = {"error": "✗", "warning": "▲", "note": "·"}
ORDER = list(MARKS)
LONGEST = 1000


def lines(preview: Preview) -> Iterator[str]:
    """Yield what a person should know, the worst last, above the verdict."""
    yield from _found(preview)
    for remark in sorted(preview.remarks, key=lambda remark: -ORDER.index(remark.level)):
        yield f"{MARKS[remark.level]} {_remark(remark)}"
    yield verdict(preview)


def verdict(preview: Preview) -> str:
    """Return the outcome in one line."""
    levels: tuple[Level, ...] = ("error", "warning")
    told = ", ".join(count(found, level) for level in levels if (found := preview.count(level)))
    if not preview.runs:
        return f"✗ The check cannot run: {told}."
    return f"▲ The check would run; look at this first: {told}." if told else "✓ The check would run."


def _found(preview: Preview) -> Iterator[str]:
    if not preview.files_found:
        return
    reading = preview.reading
    yield f"· {plain(preview.data)}: {count(preview.files_found, 'file')}, {_size(preview.bytes_found)}"
    if preview.variants:
        yield f"· Endpoint variants: {plain(some(preview.variants))}"
    if preview.hours:
        yield f"· Hour folders: {preview.hours[0]} to {preview.hours[1]}"
    if reading.files:
        read = f"{count(reading.rows, 'row')} of {count(reading.files, 'file')} looked into"
        yield f"· Format {reading.format}, {count(len(preview.columns), 'column')}; {read}"


def _size(amount: int) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount = round(amount / 1000)
    return f"{amount:,} TB"


def _remark(remark: Remark) -> str:
    place = ":".join(str(part) for part in (remark.file, remark.line) if part is not None)
    parts = [f"{plain(part)}:" for part in (place, remark.field or "") if part]
    return " ".join([*parts, plain(remark.message, LONGEST), *([remark.next_step] if remark.next_step else [])])
