"""Does kedge say what scikit-learn says: every metric of three problems, and census rows by month.

The census rows (ACS employment, four years, labels by id) are read where ``KEDGE_TEST_DATA`` names the folder of real
data sets. They know no date but the year, so a month is a twelfth of a year's rows in order.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import kedge

from .measure import Options, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Columns = dict[str, NDArray[np.generic]]

ROWS = 200_000
EXACT, AREA = 1e-9, 1e-4
HEAD = ("metric", "kedge", "scikit-learn", "apart", "at most", "")


def run(options: Options) -> Iterator[str]:
    """Yield a table for each problem, and one of the census."""
    rows = ROWS // 10 if options.quick else ROWS
    yield "Regression, binary and multiclass, beside scikit-learn"
    for problem, columns in _problems(rows).items():
        yield f"{problem}, {rows:,} rows"
        yield markdown(HEAD, [_line(*found) for found in _compared(problem, columns)])
    yield from _census()


def _problems(rows: int) -> dict[str, Columns]:
    random = np.random.default_rng(7)
    truth, scores = random.normal(1e6, 3, rows), random.beta(2, 5, rows)
    classes = random.integers(0, 4, rows)
    told = np.where(random.random(rows) < 0.7, classes, random.integers(0, 4, rows))
    return {
        "Regression": {"y": truth, "p": truth + random.normal(0.1, 1, rows)},
        "BinaryClassification": {"y": (random.random(rows) < scores).astype(int), "s": scores},
        "MulticlassClassification": {"y": classes, "p": told},
    }


def _compared(problem: str, columns: Columns) -> Iterator[tuple[str, float, float]]:
    """Yield every metric that both know, with kedge's value and scikit-learn's."""
    import pyarrow as pa

    answer = {"probability": "s"} if "s" in columns else {"prediction": "p"}
    learned = kedge.baseline(
        pa.table(columns), monitor="model-quality", problem_type=problem, label="y", **answer
    ).statistics.metrics.scalars
    for name, value in _oracle(problem, columns).items():
        yield name, learned[name].value, float(value)


def _oracle(problem: str, columns: Columns) -> dict[str, float]:
    from sklearn import metrics as m

    y = columns["y"]
    if problem == "Regression":
        p, square = columns["p"], m.mean_squared_error(y, columns["p"])
        return {"mae": m.mean_absolute_error(y, p), "mse": square, "rmse": square**0.5, "r2": m.r2_score(y, p)}
    if problem == "MulticlassClassification":
        p = columns["p"]
        whole = {
            f"weighted_f{k}".replace(".", "_"): m.fbeta_score(y, p, beta=k, average="weighted") for k in (0.5, 1, 2)
        }
        shares = {"precision": m.precision_score, "recall": m.recall_score}
        weighted = {f"weighted_{name}": call(y, p, average="weighted") for name, call in shares.items()}
        return {"accuracy": m.accuracy_score(y, p), **weighted, **whole, "mcc": m.matthews_corrcoef(y, p)}
    s = columns["s"]
    p = (s > 0.5).astype(int)
    calls = {"recall": m.recall_score, "precision": m.precision_score, "accuracy": m.accuracy_score, "f1": m.f1_score}
    scored = {"auc": m.roc_auc_score, "log_loss": m.log_loss, "brier_score": m.brier_score_loss}
    found = {name: call(y, p) for name, call in calls.items()} | {name: call(y, s) for name, call in scored.items()}
    return found | {"mcc": m.matthews_corrcoef(y, p)}


def line(name: str, ours: float, theirs: float, allowed: float) -> tuple[str, ...]:
    """Return a row of a table: both figures, how far apart they are, and whether that is as little as it should be."""
    apart = 0.0 if ours == theirs else abs(ours - theirs)  # infinities, too
    met = "met" if apart <= allowed else "missed"
    return name, f"{ours:.9g}", f"{theirs:.9g}", f"{apart:.1e}", f"{allowed:.0e}", met


def _line(name: str, ours: float, theirs: float) -> tuple[str, ...]:
    return line(name, ours, theirs, AREA if name == "auc" else EXACT * max(1.0, abs(theirs)))


def _census() -> Iterator[str]:
    folder = os.environ.get("KEDGE_TEST_DATA")
    if not folder:
        yield "ACS employment is left out: KEDGE_TEST_DATA does not name the folder of real data sets."
        return
    import polars as pl
    from sklearn.metrics import roc_auc_score

    at = Path(folder) / "acs_employment"
    roles = {"problem_type": "BinaryClassification", "label": "employed", "probability": "predicted_probability"}
    model = kedge.baseline(at / "reference.parquet", monitor="model-quality", **roles)
    live = pl.read_parquet(at / "analysis.parquet").with_columns(pl.col(pl.Categorical).cast(pl.String))
    labelled = live.join(pl.read_parquet(at / "analysis_target.parquet"), on="id")
    yield f"ACS employment, {len(labelled):,} rows joined with their labels by id: AUC by month"
    lines = []
    for year in labelled["year"].unique().sort():
        rows = labelled.filter(pl.col("year") == year)
        for month, part in enumerate(np.array_split(np.arange(len(rows)), 12), 1):
            seen = kedge.check(rows[part], model).report.summary.metrics["auc"].value
            lines.append(_line("auc", seen, roc_auc_score(rows[part]["employed"], rows[part]["predicted_probability"])))
            lines[-1] = (f"{year}, part {month}", *lines[-1][1:])
    yield markdown(("month", *HEAD[1:]), lines)
