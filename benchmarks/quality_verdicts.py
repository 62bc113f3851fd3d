"""How often the rule of model quality raises a false alarm, and how often it sees a loss: ours beside the service's.

A baseline of 2,000 rows and a window, both drawn anew in every round, held against the constraints that the baseline
suggests; a healthy one is wrongly judged where any metric is broken. Scores are normal, of positives two
deviations higher, and rows are counted by score, so that a replica is one draw for every count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.quality.documents import QualityConstraints, QualityStatistics
from kedge.analysis.quality.evaluate import evaluate
from kedge.analysis.quality.suggest import constraints

from .measure import Options, markdown

if TYPE_CHECKING:
    from kedge.analysis.report import Mode

    Draw = Callable[[int, float, np.random.Generator], tuple[QualityStatistics, QualityStatistics]]

BASELINE, WINDOWS, LOSSES = 2000, (50, 200, 1000, 5000), (0.0, 0.05, 0.1)
REPLICAS, TIMES, PART, FEWEST = 50, 5, 0.8, 200
RULES: tuple[tuple[str, Mode, float], ...] = (
    ("the service", "sagemaker", 1.0),
    ("2 deviations", "default", 2.0),
    ("2.5 deviations", "default", 2.5),
    ("3 deviations", "default", 3.0),
    ("4 deviations", "default", 4.0),
)
CUTS = np.linspace(-3, 5, 161)
POSITIVE_FROM = np.searchsorted(CUTS, 1.16)  # so that four of five positives are found


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for a common and a rare class, and for errors with light and heavy tails."""
    rounds = 50 if options.quick else 500
    windows = " · ".join(f"{size:,}" for size in WINDOWS)
    for share in (0.2, 0.02):
        of = f"of {rounds} windows of {windows} rows those with any violation, in percent"
        yield f"Two classes, {share:.0%} positives: {of}"
        yield _table(partial(_classes, share), [f"recall lower by {loss}" for loss in LOSSES[1:]], rounds)
    for name, degrees in (("normal", np.inf), ("heavy-tailed (Student's t, 3 degrees)", 3.0)):
        yield f"Numbers, {name} errors: likewise"
        yield _table(partial(_numbers, degrees), [f"errors larger by {loss:.0%}" for loss in LOSSES[1:]], rounds)


def _table(draw: Draw, losses: list[str], rounds: int) -> str:
    random = np.random.default_rng(1)
    found = np.array([[_alarms(draw, size, loss, rounds, random) for size in WINDOWS] for loss in LOSSES])
    rows = [
        (name, *(" · ".join(f"{100 * share:.0f}" for share in shares) for shares in found[:, :, rule]))
        for rule, (name, *_) in enumerate(RULES)
    ]
    return markdown(["rule", "healthy", *losses], rows)


def _alarms(draw: Draw, size: int, loss: float, rounds: int, random: np.random.Generator) -> list[float]:
    found = np.zeros((rounds, len(RULES)))
    for i in range(rounds):
        baselines, windows = draw(BASELINE, 0.0, random), draw(size, loss, random)
        for rule, (_, mode, z) in enumerate(RULES):
            side = int(mode == "sagemaker")
            demanded = _with(constraints(baselines[side]), z)
            found[i, rule] = bool(evaluate(demanded, baselines[side], windows[side], mode)[0])
    return list(found.mean(axis=0))


def _with(demanded: QualityConstraints, z: float) -> QualityConstraints:
    for constraint in demanded.metrics.values():
        constraint.standard_deviations = z
    return demanded


def _classes(share: float, rows: int, loss: float, random: np.random.Generator):
    """Return the statistics of a drawn table of classes, with our deviations and with the service's."""
    labels = random.random(rows) < share
    found = labels & (random.random(rows) >= loss / 0.8)
    scores = random.normal(size=rows) + 2 * found
    places = np.searchsorted(CUTS, scores) + labels * (len(CUTS) + 1)
    counts = np.bincount(places, minlength=2 * (len(CUTS) + 1)).reshape(1, 2, -1)
    ours = random.poisson(counts, (REPLICAS, *counts.shape[1:]))
    part = random.multivariate_hypergeometric(counts.ravel(), int(PART * rows), TIMES).reshape(TIMES, 2, -1)
    return tuple(_document(rows, counts, replicas) for replicas in (ours, part))


def _document(rows: int, counts: np.ndarray, replicas: np.ndarray) -> QualityStatistics:
    negative, positive = counts[0, 0], counts[0, 1]
    at = POSITIVE_FROM
    sides = {"0": (negative[:at], negative[at:]), "1": (positive[:at], positive[at:])}
    matrix = {name: {"0": int(low.sum()), "1": int(high.sum())} for name, (low, high) in sides.items()}
    return _statistics("binary_classification", rows, _binary(counts), _binary(replicas), {"confusion_matrix": matrix})


def _statistics(block: str, rows: int, values, replicas, more=None) -> QualityStatistics:
    known = len(next(iter(replicas.values()))) != TIMES or rows >= FEWEST
    metrics = {
        name: {"value": value.item(), "standard_deviation": float(np.std(replicas[name])) if known else "NaN"}
        for name, value in values.items()
    }
    return QualityStatistics.model_validate(
        {"dataset": {"item_count": rows}, f"{block}_metrics": metrics | (more or {})}
    )


def _binary(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Return metrics by replica of counts by replica, label and score."""
    (tn, fn), (fp, tp) = (part.sum(axis=2).T for part in np.split(counts, [POSITIVE_FROM], axis=2))
    recall, precision = _ratio(tp, tp + fn), _ratio(tp, tp + fp)
    below = np.cumsum(counts[:, 0], axis=1) - counts[:, 0] / 2
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": _ratio(tp + tn, tp + tn + fp + fn),
        "true_positive_rate": recall,
        "true_negative_rate": _ratio(tn, tn + fp),
        "false_positive_rate": _ratio(fp, tn + fp),
        "false_negative_rate": _ratio(fn, tp + fn),
        "auc": _ratio((below * counts[:, 1]).sum(axis=1), (tn + fp) * (tp + fn)),
    } | {
        name: _ratio((1 + b * b) * precision * recall, b * b * precision + recall)
        for name, b in (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0))
    }


def _numbers(degrees: float, rows: int, loss: float, random: np.random.Generator):
    """Return the statistics of drawn errors, the same of both; a loss makes them larger by that share."""
    labels = random.normal(0, 2, rows)
    errors = (random.normal(size=rows) if degrees == np.inf else random.standard_t(degrees, rows)) * (1 + loss)
    ours = random.poisson(1.0, (REPLICAS, rows))
    part = np.argsort(random.random((TIMES, rows)), axis=1) < int(PART * rows)
    whole = _regression(np.ones((1, rows)), labels, errors)
    return tuple(
        _statistics("regression", rows, whole, _regression(weights, labels, errors)) for weights in (ours, part)
    )


def _regression(weights: np.ndarray, labels: np.ndarray, errors: np.ndarray) -> dict[str, np.ndarray]:
    total = weights.sum(axis=1)
    mae, mse = weights @ np.abs(errors) / total, weights @ errors**2 / total
    variance = weights @ labels**2 / total - (weights @ labels / total) ** 2
    return {"mae": mae, "mse": mse, "rmse": np.sqrt(mse), "r2": 1 - mse / variance}


def _ratio(some: np.ndarray, every: np.ndarray) -> np.ndarray:
    return np.divide(some, every, out=np.zeros(np.shape(every)), where=every > 0)
