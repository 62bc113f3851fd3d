"""Appendix C of the paper: feature importance on German credit data, over windows.

    python -m benchmarks.paper.appendix_c --data FOLDER [--picture importance.svg]

FOLDER holds ``german_credit/german.csv``. A logistic regression on indicator variables learns from half of the 1,000
applications. The other half comes in windows of 100: five as they are, then five without applicants who have no
checking account (``A14``), as after a change of what is offered. Printed are the importance of the leading features
in every window, with 95 % intervals, and the NDCG by the baseline's.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kedge.adapters.predictors import predictor
from kedge.analysis.attribution.background import background
from kedge.analysis.attribution.config import AttributionConfig
from kedge.analysis.attribution.evaluate import CONFIDENCE, evaluate
from kedge.analysis.attribution.measure import Measured, analysis, measure
from kedge.analysis.attribution.table import Table
from kedge.analysis.hashing import hash_keys

from ..measure import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.analysis.attribution.summary import LabelSummary

NUMBERS = {1: "duration", 4: "amount", 7: "rate", 10: "residence", 12: "age", 15: "credits", 17: "liable"}
LEADING, TOLD = "A14", 5
CONFIG = AttributionConfig.model_validate({"predictor": {"label_headers": ["good"]}})


def main() -> None:
    """Learn, watch ten windows, and print and draw what they say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--picture", type=Path, default=Path("importance.svg"))
    given = parser.parse_args()
    names, cells, good = _read(given.data / "german_credit" / "german.csv")
    order = np.random.default_rng(0).permutation(len(good))
    known, later = order[:500], order[500:]
    model = _fitted(cells[:, known], good[known])
    print(f"Accuracy on the other half: {np.mean((model.predict(cells[:, later].T) > 0) == good[later]):.3f}")
    before = Table(names, cells[:, known])
    behind = background(before)
    learned = _measured(model, before, behind, known)
    changed = later[cells[names.index(LEADING), later] == 0]
    rows = [*np.split(later, 5), *np.split(np.resize(changed, 500), 5)]
    windows = [_measured(model, Table(names, cells[:, each]), behind, each) for each in rows]
    judged = [evaluate(analysis(learned, CONFIG), window) for window in windows]
    leading = [names[place] for place in np.argsort(-learned.values[:, 0])[:TOLD]]
    print(f"The most important features of the baseline: {', '.join(leading)}\n")
    print(_table(leading, windows, [labels["good"] for _, labels, _ in judged], [len(found) for found, _, _ in judged]))
    given.picture.write_text(_picture(leading, [learned, *windows]), "utf-8")
    print(f"\nThe picture is {given.picture}.")


def _read(path: Path) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    codes = sorted({cell for row in rows for place, cell in enumerate(row[:-1]) if place not in NUMBERS})
    numbers = [np.array([float(row[place]) for row in rows]) for place in NUMBERS]
    indicators = [np.array([float(code in row) for row in rows]) for code in codes]
    return (*NUMBERS.values(), *codes), np.array([*numbers, *indicators]), np.array([row[-1] == "1" for row in rows])


def _fitted(cells: np.ndarray, good: np.ndarray):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=1000)).fit(cells.T, good.astype(int))


def _measured(model: object, rows: Table, behind: Table, places: np.ndarray) -> Measured:
    keys = hash_keys("german.csv", 0, 1000)[places].tolist()
    return measure(predictor(model), rows, behind, keys, CONFIG)


def _table(
    leading: Sequence[str], windows: Sequence[Measured], labels: Sequence[LabelSummary], alarms: Sequence[int]
) -> str:
    lines = []
    for number, (window, label, alarm) in enumerate(zip(windows, labels, alarms, strict=True), start=1):
        spread = window.deviation(window.replicas)
        cells = []
        for name in leading:
            place = window.features.index(name)
            cells.append(f"{window.values[place, 0]:.3f} ± {CONFIDENCE * spread[place, 0]:.3f}")
        moved, rank = sum(bool(found.moved) for found in label.features.values()), label.features[LEADING].rank
        lines.append([f"{number}", *cells, f"{rank}", f"{label.ndcg:.3f}", f"{moved}", f"{alarm}"])
    return markdown(["window", *leading, f"rank of {LEADING}", "NDCG", "moved", "alarms"], lines)


def _picture(leading: Sequence[str], windows: Sequence[Measured]) -> str:
    """Draw the importance of each leading feature, the baseline first, with its interval."""
    wide, high, left, top = 720, 360, 56, 28
    places = [windows[0].features.index(name) for name in leading]
    found = [[float(window.values[place, 0]) for window in windows] for place in places]
    reach = [[CONFIDENCE * float(w.deviation(w.replicas)[place, 0]) for w in windows] for place in places]
    most = float((np.array(found) + np.array(reach)).max())
    across = [left + place * (wide - left - 120) / (len(windows) - 1) for place in range(len(windows))]

    def up(value: float) -> float:
        return top + (high - top - 40) * (1 - max(value, 0) / most)

    colours = ("#0b6e99", "#c2571a", "#5b7f2b", "#7a4fa3", "#8a8a8a")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="12">',
        f'<title>Feature importance on German credit data</title><rect width="{wide}" height="{high}" fill="white"/>',
        f'<text x="{left}" y="16">Mean size of the attribution; 95 % intervals</text>',
    ]
    for tick in np.linspace(0, most, 5):
        parts.append(f'<line x1="{left}" x2="{across[-1]:.1f}" y1="{up(tick):.1f}" y2="{up(tick):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{up(tick) + 4:.1f}" text-anchor="end">{tick:.2f}</text>')
    for place, x in enumerate(across):
        parts.append(f'<text x="{x:.1f}" y="{high - 18}" text-anchor="middle">{place or "baseline"}</text>')
    for name, values, ends, colour in zip(leading, found, reach, colours, strict=True):
        line = " ".join(f"{x:.1f},{up(value):.1f}" for x, value in zip(across, values, strict=True))
        upper = [f"{x:.1f},{up(v + e):.1f}" for x, v, e in zip(across, values, ends, strict=True)]
        lower = [f"{x:.1f},{up(v - e):.1f}" for x, v, e in zip(across, values, ends, strict=True)]
        parts.append(f'<polygon points="{" ".join([*upper, *reversed(lower)])}" fill="{colour}" opacity="0.12"/>')
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{across[-1] + 8:.1f}" y="{up(values[-1]) + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    main()
