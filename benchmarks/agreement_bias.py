"""Does kedge say what the service's open library says: every metric of bias, on people and on loans.

Adult and German credit are read where ``KEDGE_TEST_DATA`` names the folder of real data sets; the answers are those of
a simple rule. The flip test is left out: the votes of its neighbours depend on the order of the rows, which smclarify
takes as they come and kedge defines.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kedge

from .agreement import EXACT, line
from .bias import POST, PRE
from .measure import Options, last_line, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    Config = dict[str, Any]
    Values = dict[str, dict[str, float]]

METHODS = {"pre_training_bias": {"methods": PRE}, "post_training_bias": {"methods": POST}}
ADULT: Config = {
    "label": "class",
    "label_values_or_threshold": [">50K"],
    "predicted_label": "told",
    "facet": [
        {"name_or_index": "sex", "value_or_threshold": ["Female"]},
        {"name_or_index": "race", "value_or_threshold": ["Black", "Other"]},
    ],
    "group_variable": "education",
    "methods": METHODS,
}
GERMAN: Config = {
    "label": "good",
    "label_values_or_threshold": [1],
    "predicted_label": "told",
    "facet": [
        {"name_or_index": "foreign", "value_or_threshold": ["A201"]},
        {"name_or_index": "age", "value_or_threshold": [25]},
    ],
    "group_variable": "purpose",
    "methods": METHODS,
}
COLUMNS = {0: "account", 3: "purpose", 12: "age", 19: "foreign", 20: "good"}
CLARIFY_CODE = """
import json, logging, sys, warnings
import pandas as pd
from smclarify.bias import report
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
rows, asked, found = pd.read_csv(sys.argv[1]), json.loads(sys.argv[2]), {}
label = lambda name: report.LabelColumn(name, rows[name], list(asked["label_values_or_threshold"]))
for facet in asked["facet"]:
    column = report.FacetColumn(facet["name_or_index"], list(facet["value_or_threshold"]))
    for stage in report.StageType:
        names, told = asked["methods"][stage.value + "_bias"]["methods"], label(asked["predicted_label"])
        group = rows[asked["group_variable"]]
        for entry in report.bias_report(rows, column, label(asked["label"]), stage, told, names, group):
            values = found.setdefault(f"{column.name} {entry['value_or_threshold']}", {})
            values.update({metric["name"]: float(metric["value"]) for metric in entry["metrics"]})
print(json.dumps(found))
"""


def run(options: Options) -> Iterator[str]:
    """Yield a table for each facet of both data sets."""
    folder = os.environ.get("KEDGE_TEST_DATA")
    if not folder:
        yield "Left out: KEDGE_TEST_DATA does not name the folder of real data sets."
    elif not options.clarify:
        yield "Left out: --clarify names no Python that has smclarify."
    else:
        yield f"{len(PRE)} metrics of labels and {len(POST)} of answers beside smclarify; the flip test is apart"
        yield from _compared("Adult", _adult(Path(folder)), ADULT, options.clarify)
        yield from _compared("German credit", _german(Path(folder)), GERMAN, options.clarify)


def _compared(name: str, rows: pl.DataFrame, asked: Config, python: str) -> Iterator[str]:
    mine = _ours(rows, asked)
    try:
        theirs = _theirs(rows, asked, python)
    except (OSError, subprocess.CalledProcessError) as error:
        why = last_line(error.stderr) if isinstance(error, subprocess.CalledProcessError) else error
        yield f"{name} is left out: smclarify does not run: {why}"
        return
    for facet, values in theirs.items():
        yield f"{name}, {len(rows):,} rows, {facet}"
        lines = [line(metric, mine[facet][metric], value, EXACT) for metric, value in values.items()]
        yield markdown(("metric", "kedge", "smclarify", "apart", "at most", ""), lines)


def _ours(rows: pl.DataFrame, asked: Config) -> Values:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bias.json"
        config.write_text(json.dumps(asked))
        found = kedge.baseline(rows, monitor="bias", config=config).statistics
    values: Values = {}
    for facet, entry in found.entries():
        known = values.setdefault(f"{facet} {entry.value_or_threshold}", {})
        known.update({metric.name: metric.value for metric in entry.metrics})
    return values


def _theirs(rows: pl.DataFrame, asked: Config, python: str) -> Values:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        rows.write_csv(path)
        command = [python, "-c", CLARIFY_CODE, str(path), json.dumps(asked)]
        found: Values = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def _adult(folder: Path) -> pl.DataFrame:
    import polars as pl

    rows = pl.read_parquet(folder / "adult" / "adult.parquet").drop_nulls()
    old, busy = pl.col("age") > 38, pl.col("hours-per-week") > 41
    told = pl.when(old & busy).then(pl.lit(">50K")).otherwise(pl.lit("<=50K"))
    return rows.with_columns(pl.col(pl.Categorical).cast(pl.String), told=told)


def _german(folder: Path) -> pl.DataFrame:
    import polars as pl

    rows = pl.read_csv(folder / "german_credit" / "german.csv", has_header=False)
    rows = rows.select(pl.col(f"column_{place}").alias(name) for place, name in COLUMNS.items())
    return rows.with_columns(told=pl.when(pl.col("account") == "A14").then(1).otherwise(2))
