"""Data to measure with, made once by DuckDB and kept: the same rows on every machine and in every run.

Every value is a function of the row's number, so that no generator has to be seeded. The data is made by a
process of its own (``python data.py sql path``), since what this one holds would count as memory of all others.
"""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

FEATURES = 20
CATEGORIES = (3, 20, 500, 5000)
HOURS = 24
TRAINING = 10**12  # training data starts at this row, far from the rows that are captured


def mixed(folder: Path, rows: int, columns: int = 30, *, start: int = 0) -> Path:
    """Return Parquet of 20 float, 5 integer, 4 text and 1 id-like column, over again up to ``columns``."""
    chosen = [column for place in range(-(-columns // 30)) for column in _mixed(place)][:columns]
    name = f"mixed-{rows}x{columns}-{start}.parquet"
    return _made(folder, name, f"SELECT {', '.join(chosen)} FROM {_rows(rows, start)}", "parquet")


def training(folder: Path, rows: int) -> Path:
    """Return what the captured model was trained on: the prediction, then its 20 features."""
    columns = [f"{_prediction()} AS prediction", *(f"{sql} AS x{i}" for i, sql in enumerate(_features()))]
    sql = f"SELECT {', '.join(columns)} FROM {_rows(rows, TRAINING)}"
    return _made(folder, f"training-{rows}.parquet", sql, "parquet")


def capture(folder: Path, rows: int, encoding: str) -> Path:
    """Return capture records in JSON Lines, one row each, payloads in ``CSV`` or ``JSON``."""
    if encoding == "CSV":
        asked, told = f"concat_ws(',', {', '.join(_features())})", f"{_prediction()} || chr(10)"
    else:
        fields = ", ".join(f"x{i} := {sql}" for i, sql in enumerate(_features()))
        asked, told = f"to_json(struct_pack({fields}))", f"to_json({{prediction: {_prediction()}}})"
    sides = f"{{endpointInput: {_side(asked, 'INPUT', encoding)}, endpointOutput: {_side(told, 'OUTPUT', encoding)}}}"
    event = f"{{eventId: {_identity()}, inferenceTime: '2024-05-01T09:58:03Z'}}"
    sql = f"SELECT {sides} AS captureData, {event} AS eventMetadata, '0' AS eventVersion FROM {_rows(rows, 0)}"
    return _made(folder, f"capture-{rows}-{encoding.lower()}.jsonl", sql, "json")


def answers(folder: Path, rows: int) -> Path:
    """Return Parquet of what a binary model said and what came true: label, prediction and probability."""
    score = f"{_uniform(0)} ** 2"
    columns = [
        f"({_uniform(1)} < {score})::INTEGER AS label",
        f"({score} > 0.5)::INTEGER AS prediction",
        f"{score} AS probability",
    ]
    return _made(folder, f"answers-{rows}.parquet", f"SELECT {', '.join(columns)} FROM {_rows(rows, 0)}", "parquet")


def people(folder: Path, rows: int) -> Path:
    """Return Parquet of facets, a group, and what was said of each and came true."""
    score = f"0.6 * {_uniform(0)} + 0.1 * ({_uniform(1)} < 0.4)::INTEGER + 0.2 * {_uniform(2)}"
    columns = [
        f"CASE WHEN {_uniform(1)} < 0.4 THEN 'F' ELSE 'M' END AS sex",
        f"'r' || floor(5 * {_uniform(3)} ** 2)::INTEGER AS race",
        f"18 + 70 * {_uniform(2)} AS age",
        f"'g' || floor(16 * {_uniform(4)})::INTEGER AS education",
        f"({score} + 0.2 * {_uniform(5)} > 0.55)::INTEGER AS label",
        f"({score} > 0.45)::INTEGER AS prediction",
    ]
    return _made(folder, f"people-{rows}.parquet", f"SELECT {', '.join(columns)} FROM {_rows(rows, 0)}", "parquet")


def captured_day(folder: Path, rows: int) -> tuple[Path, Path]:
    """Return folders of captures by the hours of a day, and of their labels by those of the next, in another order."""
    at = folder / f"day-{rows}"
    live, labels = at / "live", at / "labels"
    for hour in range(HOURS):
        first, last = rows * hour // HOURS, rows * (hour + 1) // HOURS
        told = _side(f"{_prediction()} || chr(10)", "OUTPUT", "CSV")
        asked = _side(f"concat_ws(',', {', '.join(_features())})", "INPUT", "CSV")
        sides = f"{{endpointInput: {asked}, endpointOutput: {told}}}"
        time = f"'2024-05-01T{hour:02d}:30:00Z'"
        event = f"{{eventId: {_identity()}, inferenceId: {_order('i')}, inferenceTime: {time}}}"
        captured = f"SELECT {sides} AS captureData, {event} AS eventMetadata, '0' AS eventVersion"
        place = f"e/AllTraffic/2024/05/01/{hour:02d}"
        _made(live / place, "a.jsonl", f"{captured} FROM {_rows(last - first, first)}", "json")
        truth = f"{{data: round({_uniform(71)})::INTEGER::VARCHAR, encoding: 'CSV'}}"
        key = f"{{eventId: {_order(f'{rows - 1} - i')}}}"
        labelled = f"SELECT {truth} AS groundTruthData, {key} AS eventMetadata, '0' AS eventVersion"
        _made(labels / f"2024/05/02/{hour:02d}", "0000.jsonl", f"{labelled} FROM {_rows(last - first, first)}", "json")
    return live, labels


def _order(i: str) -> str:
    """Return the inference id of a row."""
    return f"'order-' || hash({i})"


def _mixed(place: int) -> list[str]:
    salt = 100 * place
    numbers = [
        shape
        for i in range(salt, salt + 60, 15)
        for shape in (
            f"{_normal(i)} * 10 + 100",
            f"{_uniform(i + 2)} * 1000",
            f"exp(2 * {_normal(i + 4)})",
            f"round(100 * {_uniform(i + 6)} * {_uniform(i + 7)}, 2)",
            f"CASE WHEN {_uniform(i + 8)} > 0.05 THEN {_normal(i + 9)} END",
        )
    ]
    integers = [
        f"floor({_uniform(salt + 60)} * 100)",
        f"floor({_uniform(salt + 61)} * 24)",
        f"floor(-10 * ln({_uniform(salt + 62)}))",
        f"round({_uniform(salt + 63)})",
        f"floor({_uniform(salt + 64)} * 1e9)",
    ]
    texts = [_category(salt + 70 + i, size) for i, size in enumerate(CATEGORIES)]
    texts[1] = f"CASE WHEN {_uniform(salt + 80)} > 0.01 THEN {texts[1]} END"
    kinds = {"f": numbers, "i": [f"({sql})::BIGINT" for sql in integers], "s": [*texts, _identity()]}
    return [f"{sql} AS {kind}{place}_{i}" for kind, shapes in kinds.items() for i, sql in enumerate(shapes)]


def _features() -> list[str]:
    normals = [f"round({_normal(2 * i)}, 4)" for i in range(FEATURES - 4)]
    whole = [f"floor({_uniform(60 + i)} * 100)::BIGINT" for i in range(2)]
    return [*normals, *whole, *(_category(62 + i, size) for i, size in enumerate((5, 100)))]


def _prediction() -> str:
    return f"round({_uniform(70)}, 4)"


def _uniform(salt: int) -> str:
    """Return a number in (0, 1), another one for every salt and row."""
    return f"((hash(i * 1000 + {salt}) + 1) / 18446744073709551617.0)"


def _normal(salt: int) -> str:
    """Return a standard normal number (Box and Muller, 1958)."""
    return f"(sqrt(-2 * ln({_uniform(salt)})) * cos(2 * pi() * {_uniform(salt + 1)}))"


def _category(salt: int, size: int) -> str:
    """Return one of ``size`` texts, the first ones more often."""
    return f"'category ' || floor({size} * {_uniform(salt)} * {_uniform(salt)})::INTEGER"


def _identity() -> str:
    return "format('{:016x}', hash(i))"


def _side(data: str, mode: str, encoding: str) -> str:
    kind = {"CSV": "text/csv", "JSON": "application/json"}[encoding]
    return f"{{observedContentType: '{kind}', mode: '{mode}', data: ({data})::VARCHAR, encoding: '{encoding}'}}"


def _rows(rows: int, start: int) -> str:
    return f"(SELECT range AS i FROM range({start}, {start + rows}))"


def _made(folder: Path, name: str, sql: str, format: str) -> Path:
    """Return the file; made anew where this query never made it."""
    path = folder / f"{zlib.crc32(sql.encode()):08x}-{name}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, __file__, sql, str(path), format], check=True)
    return path


def _write(sql: str, path: str, format: str) -> None:
    import duckdb

    partial = f"{path}.partial"
    duckdb.execute(f"COPY ({sql}) TO '{partial}' (FORMAT {format})")
    Path(partial).rename(path)


if __name__ == "__main__":
    _write(*sys.argv[1:])
