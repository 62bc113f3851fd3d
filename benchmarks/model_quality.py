"""Model quality with the standard deviation of every metric, beside scikit-learn doing the same replicas.

kedge is a whole process that learns a baseline: it reads Parquet, remembers each column, counts label and answer in
50 replicas and in the service's 5 subsets, and writes nothing. scikit-learn gets the same columns and draws its own
Poisson weights. It is run with one and with three replicas, and fifty are extrapolated along the straight line: they
cost the same each. It is asked in two ways: one function a metric, as one would write it; and frugally, where all
that follows from the confusion matrix is taken from one of them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .data import answers
from .measure import Contender, Limit, Options, Run, markdown, once, race, table, warm

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLICAS = 50
FEW, MORE = 1, 3
KEDGE_CODE = """
import sys, kedge
print(kedge.baseline(sys.argv[1], monitor="model-quality", problem_type="BinaryClassification", label="label",
                     prediction="prediction", probability="probability").statistics)
"""
SCIKIT = """
import sys
import duckdb, numpy as np
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

path, replicas, frugal = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "frugal"
columns = duckdb.execute("SELECT label, prediction, probability FROM read_parquet(?)", [path]).fetchnumpy()
y, p, s = columns.values()
random = np.random.default_rng(1)

def ratios(y, p, w):
    if frugal:
        return m.confusion_matrix(y, p, sample_weight=w)
    calls = [m.recall_score, m.precision_score, m.accuracy_score, m.f1_score, m.matthews_corrcoef]
    found = [call(y, p, sample_weight=w) for call in calls]
    found += [m.fbeta_score(y, p, beta=beta, sample_weight=w) for beta in (0.5, 2)]
    return found + [m.recall_score(y, p, pos_label=0, sample_weight=w)]  # and so both false rates

def of_scores(y, s, w):
    precision, recall, _ = m.precision_recall_curve(y, s, sample_weight=w)
    return [m.roc_auc_score(y, s, sample_weight=w), m.auc(recall, precision),
            m.log_loss(y, s, sample_weight=w), m.brier_score_loss(y, s, sample_weight=w)]

for _ in range(replicas):
    w = random.poisson(1, len(y)).astype(float)
    rows = np.repeat(np.arange(len(y)), w.astype(int))  # calibration_curve takes no weights
    ratios(y, p, w), of_scores(y, s, w), calibration_curve(y[rows], s[rows], n_bins=10)
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title, kedge's figures, and those of scikit-learn with the ratio."""
    rows = 500_000 if options.quick else 5_000_000
    path = str(warm(answers(options.data, rows)))
    yield f"Model quality of {rows:,} rows, binary with a probability, {REPLICAS} replicas of all metrics"
    kedge = race([Contender("kedge", (sys.executable, "-c", KEDGE_CODE, path), Limit("peak", 1500))], options.rounds)
    yield table(kedge)
    if options.peers and not kedge[0].failure:
        lines = [_line(way, options.peers, path, kedge[0].middle("wall"), kedge[0].middle("cpu")) for way in WAYS]
        yield markdown(
            ("scikit-learn", "1 replica s", "3 s", "50 s, extrapolated", "kedge is", "CPU", "target", ""), lines
        )


WAYS = {"plain": "one function a metric", "frugal": "one confusion matrix"}


def _line(way: str, python: str, path: str, wall: float, cpu: float) -> list[str]:
    few, more = (once((python, "-c", SCIKIT, path, str(count), way)) for count in (FEW, MORE))
    if failure := few.failure or more.failure:
        return [WAYS[way], *"-----", "", f"did not run: {failure}"]
    all_wall, all_cpu = (_extrapolated(few, more, figure) for figure in ("wall", "cpu"))
    return [
        WAYS[way],
        f"{few.wall:.1f}",
        f"{more.wall:.1f}",
        f"{all_wall:.0f}",
        f"{all_wall / wall:.0f}x faster",
        f"{all_cpu / cpu:.0f}x",
        "10x faster",
        "met" if all_wall >= 10 * wall else "missed",
    ]


def _extrapolated(few: Run, more: Run, figure: str) -> float:
    first, last = getattr(few, figure), getattr(more, figure)
    return first + (REPLICAS - FEW) * (last - first) / (MORE - FEW)
