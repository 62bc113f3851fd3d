"""Figure 2 of the paper: what retraining at the right time is worth. ``python -m benchmarks.paper.figure2``.

Appendix D: an example is x of N(0, 1) with the label y = a x + b, and after every 100 examples a and b each move by
N(1, 1). A system predicts with the a and b of its last retraining, which costs 1. A run draws its system, adaptive or
at regular intervals, its threshold or interval, its drift and its examples, and ends as a cost and an RMSE over all
examples.

The paper leaves four things open. A run has 2,000 examples, so that each cost from 0 to 19 is met often. Interval and
threshold are log-uniform, which spreads the runs over the costs. A system that has seen an example may retrain before
the next one, and then knows what the labels were made with so far, not what they will be made with. And the error "in
the past 100 observations" is the model's own: fewer where it is younger, as nothing else disturbs these labels
(``--least 100`` waits for all of them).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from benchmarks.measure import markdown
from benchmarks.paper.pictures import Cloud, scatter

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Step = Callable[[NDArray[np.float64]], NDArray[np.bool_]]

SEED = 2
RUNS = 4_000
EXAMPLES = 2_000
SHIFT = 100  # the parameters move after so many examples
ROWS = 100  # the error is that of so many
INTERVALS = (50, EXAMPLES - 1)  # the longest retrains once, after the last example but one
THRESHOLDS = (0.5, 30.0)
TUNED = (1, 2, 3, 5, 10, 15, 18)  # costs at which knobs are chosen, and not drawn
SHOWN = 1_000  # dots; all runs are in the means
ADAPTIVE, REGULAR = "adaptive", "non-adaptive"


@dataclass(frozen=True)
class Systems:
    """One for each run: adaptive where it has a threshold, at regular intervals where it has an interval."""

    is_adaptive: NDArray[np.bool_]
    threshold: NDArray[np.float64]
    interval: NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """How each ended: its retrainings, and its RMSE."""

    is_adaptive: NDArray[np.bool_]
    cost: NDArray[np.int64]
    rmse: NDArray[np.float64]

    def at(self, cost: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the RMSE of the adaptive runs of a cost, and of the others."""
        of_cost = self.cost == cost
        return self.rmse[of_cost & self.is_adaptive], self.rmse[of_cost & ~self.is_adaptive]

    def costs(self) -> list[int]:
        return np.unique(self.cost).tolist()


def main() -> None:
    """Print the table, and write the picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper.figure2", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="how many, adaptive and not")
    parser.add_argument("--least", type=int, default=1, help="rows that a model has to have before its error counts")
    parser.add_argument(
        "--tuned", action="store_true", help="also with the best interval of a cost; a quarter of a minute more"
    )
    parser.add_argument("--output", type=Path, default=Path("figure2"), help="where the picture goes")
    parser.add_argument("--seed", type=int, default=SEED, help="of all draws")
    given = parser.parse_args()
    start = perf_counter()
    random = np.random.default_rng(given.seed)
    runs = played(drawn(given.runs, random), random, least=given.least)
    print(f"{given.runs:,} runs of {EXAMPLES:,} examples in {perf_counter() - start:.1f} s\n\n{table(runs)}\n")
    print(verdict(runs))
    if given.tuned:
        print(f"\nThe best interval of a cost, and the threshold that costs as much in the mean\n\n{tuned(random)}")
    given.output.mkdir(parents=True, exist_ok=True)
    (given.output / "figure2.svg").write_text(drawing(runs), "utf-8")
    print(f"\nA picture in {given.output}/")


def drawn(runs: int, random: np.random.Generator) -> Systems:
    """Draw the system of each run, and its knob."""
    interval = np.rint(np.exp(random.uniform(*np.log(INTERVALS), runs))).astype(np.int64)
    return Systems(random.random(runs) < 0.5, np.exp(random.uniform(*np.log(THRESHOLDS), runs)), interval)


def played(systems: Systems, random: np.random.Generator, examples: int = EXAMPLES, least: int = 1) -> Runs:
    """Play all runs at once, example by example."""
    count = len(systems.interval)
    moved = np.zeros((2, count))  # how far a and b have moved since the last retraining
    cost, squares, step = np.zeros(count, np.int64), np.zeros(count), asking(systems, least)
    for example in range(examples):
        if example and example % SHIFT == 0:
            moved += random.normal(1, 1, (2, count))
        error = moved[0] * random.normal(size=count) + moved[1]
        squares += error**2
        if example < examples - 1:  # after the last there is nothing to retrain for
            retrains = step(error)
            moved[:, retrains] = 0
            cost += retrains
    return Runs(systems.is_adaptive, cost, np.sqrt(squares / examples))


def asking(systems: Systems, least: int) -> Step:
    """Return what is told the errors of all runs, an example at a time, and tells which of them retrain.

    It decides as ``kedge.analysis.retraining.policy`` does with a threshold, ``rows`` of 100 and ``least``, or with
    ``every``, which is tested.
    """
    count = len(systems.interval)
    ring, total, seen = np.zeros((ROWS, count)), np.zeros(count), np.zeros(count, np.int64)

    def step(error: NDArray[np.float64]) -> NDArray[np.bool_]:
        place = seen % ROWS, np.arange(count)
        np.add(total, error**2 - np.where(seen >= ROWS, ring[place], 0), out=total)
        ring[place] = error**2
        np.add(seen, 1, out=seen)
        is_past = (total > systems.threshold**2 * np.minimum(seen, ROWS)) & (seen >= least)
        retrains = np.where(systems.is_adaptive, is_past, seen >= systems.interval)
        total[retrains], seen[retrains] = 0, 0
        return retrains

    return step


def table(runs: Runs) -> str:
    """Return the mean RMSE of either system as Markdown, a line for each cost."""
    head = ["retrainings", f"{ADAPTIVE} runs", f"{REGULAR} runs", f"{ADAPTIVE} RMSE", f"{REGULAR} RMSE", "of it"]
    return markdown(head, [_line(cost, *runs.at(cost)) for cost in runs.costs()])


def verdict(runs: Runs) -> str:
    """Return in a sentence whether adaptive is better at every cost where both have runs."""
    pairs = {cost: runs.at(cost) for cost in runs.costs()}
    both = {cost: pair for cost, pair in pairs.items() if all(len(side) for side in pair)}
    worse = [str(cost) for cost, (adaptive, regular) in both.items() if adaptive.mean() >= regular.mean()]
    said = f"not at {', '.join(worse)}" if worse else "at each of them"
    return f"Both have runs at {len(both)} costs; the adaptive mean RMSE is below the other {said}."


def tuned(random: np.random.Generator, runs: int = 1000) -> str:
    """Return the mean RMSE of either system as Markdown, where the knob is not drawn; so many runs of each knob."""
    thresholds = np.geomspace(*THRESHOLDS, 32)
    play = played(Systems(*_each(runs, is_adaptive=True, knobs=thresholds)), random)
    costs, errors = (means.reshape(-1, runs).mean(1)[::-1] for means in (play.cost, play.rmse))
    costs = np.maximum.accumulate(costs)  # they fall with the threshold, save for chance
    lines = []
    for cost in TUNED:
        intervals = np.unique(np.linspace((EXAMPLES - 1) // (cost + 1) + 1, (EXAMPLES - 1) // cost, 7).astype(int))
        play = played(Systems(*_each(runs, is_adaptive=False, knobs=intervals)), random)
        adaptive, best = np.exp(np.interp(cost, costs, np.log(errors))), play.rmse.reshape(-1, runs).mean(1).min()
        lines.append([str(cost), f"{best:.2f}", f"{adaptive:.2f}"])
    return markdown(["retrainings", f"{REGULAR} RMSE", f"{ADAPTIVE} RMSE"], lines)


def drawing(runs: Runs) -> str:
    """Return the picture: dots are runs, bars the means of all runs of a cost."""
    clouds = []
    for name, side in ((REGULAR, ~runs.is_adaptive), (ADAPTIVE, runs.is_adaptive)):
        cost, rmse = runs.cost[side], runs.rmse[side]
        means = [(float(at), float(rmse[cost == at].mean())) for at in np.unique(cost).tolist()]
        shown = slice(SHOWN * len(cost) // len(runs.cost))
        clouds.append(Cloud(name, list(zip(cost[shown].tolist(), rmse[shown].tolist(), strict=True)), means))
    return scatter("RMSE against number of retrainings", "retrainings", "RMSE, by its logarithm", clouds)


def _each(
    runs: int, *, is_adaptive: bool, knobs: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]]:
    """Return systems, so many of each knob."""
    knob = np.repeat(knobs, runs)
    return np.full(len(knob), is_adaptive), knob.astype(float), np.maximum(knob.astype(np.int64), 1)


def _line(cost: int, adaptive: NDArray[np.float64], regular: NDArray[np.float64]) -> list[str]:
    share = f"{adaptive.mean() / regular.mean():.0%}" if len(adaptive) and len(regular) else ""
    return [str(cost), str(len(adaptive)), str(len(regular)), _mean(adaptive), _mean(regular), share]


def _mean(rmse: NDArray[np.float64]) -> str:
    return f"{rmse.mean():.2f}" if len(rmse) else ""


if __name__ == "__main__":
    main()
