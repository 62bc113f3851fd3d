"""Attributions of 1,000 rows x 20 features by 10 background rows, beside the shap package's KernelExplainer.

Both ask the same logistic regression about as many coalitions; how far both are from each other, and each from itself
with another seed, is printed, too. The explanation alone is timed, without imports: in both, so the ratio is theirs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING

from .measure import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .measure import Options

TARGET = 20.0
SETUP = """
import json, sys, time
import numpy as np
from sklearn.linear_model import LogisticRegression
count, samples, seed = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
rows = rng.normal(size=(2000, 20))
model = LogisticRegression().fit(rows, rows @ rng.normal(size=20) + rng.normal(size=2000) > 0)
rows, background = rows[:count], rows[-10:]
"""
PROGRAMS = {
    "kedge": """
from kedge.adapters.predictors import predictor
from kedge.analysis.attribution.kernel_shap import kernel_shap
from kedge.analysis.attribution.table import Table
names, ask = tuple(map(str, range(20))), predictor(model)
start = time.perf_counter()
found = kernel_shap(ask, Table(names, rows.T), Table(names, background.T), samples=samples, seed=seed)
seconds, values = time.perf_counter() - start, found.values[..., 0]
""",
    "shap": """
import shap
np.random.seed(seed)
explainer = shap.KernelExplainer(lambda found: model.predict_proba(found)[:, 1], background)
start = time.perf_counter()
values = explainer.shap_values(rows, nsamples=samples, l1_reg=False, silent=True)
seconds = time.perf_counter() - start
""",
}
END = "print(json.dumps({'seconds': seconds, 'values': np.asarray(values).tolist()}))"


def run(options: Options) -> Iterator[str]:
    rows = 200 if options.quick else 1000
    for samples in (500,) if options.quick else (500, 2088):
        yield _table(options, rows, samples)


def _table(options: Options, rows: int, samples: int) -> str:
    pythons = {"kedge": sys.executable, **({"shap": options.peers} if options.peers else {})}
    runs: dict[str, list[dict[str, object]]] = {name: [] for name in pythons}
    for seed in range(max(options.rounds, 2)):
        for name, python in pythons.items():
            runs[name].append(_once(python, name, rows, samples, seed))
    lines = []
    for name, found in runs.items():
        seconds = median(each["seconds"] for each in found)
        times = [other["seconds"] / mine["seconds"] for mine, other in zip(runs["kedge"], found, strict=True)]
        ratio = f"{median(times):.1f}x faster" if name != "kedge" else ""
        met = "" if name == "kedge" else "met" if median(times) >= TARGET else "missed"
        apart = (_apart(found[0], found[1]), _apart(runs["kedge"][0], found[0]))
        lines.append([name, f"{seconds:.2f}", ratio, *(f"{each:.4f}" for each in apart), met])
    head = ("system", "s", "kedge is", "rms to another seed", "rms to kedge", f"target {TARGET:.0f}x")
    return f"{rows:,} rows, {samples:,} coalitions\n\n{markdown(head, lines)}"


def _once(python: str, name: str, rows: int, samples: int, seed: int) -> dict[str, object]:
    script = SETUP + PROGRAMS[name] + END
    command = [python, "-c", script, str(rows), str(samples), str(seed)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _apart(one: dict[str, object], other: dict[str, object]) -> float:
    """Return the root of the mean squared difference of two attributions."""
    squares = [
        (a - b) ** 2
        for mine, theirs in zip(one["values"], other["values"], strict=True)
        for a, b in zip(mine, theirs, strict=True)
    ]
    return float((sum(squares) / len(squares)) ** 0.5)
