"""Does kedge say what the shap package's KernelExplainer says.

Both explain the same rows of the same model by the same three rows of background. With few features both ask about all
coalitions, and have to say the same. With more they draw, each its own: then kedge has to be as near to what all
coalitions say as shap is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from .measure import Options, last_line, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

EXACT = 1e-6
ROWS, SEEDS = 50, 3
AS_GOOD = 1.1
HEAD = ("kedge", "shap", "apart", "at most", "")
FEW, MANY = (3, 5, 8, 11), ((13, 100), (13, 500), (16, 500))
SETUP = """
import json, sys
import numpy as np
features, samples, seed, count = map(int, sys.argv[1:])
rng = np.random.default_rng(features)
rows, background = rng.normal(size=(count, features)), rng.normal(size=(3, features))
def model(rows):
    return 1 / (1 + np.exp(-(rows[:, 0] * rows[:, 1] + np.tanh(rows[:, 2]) - rows[:, -1])))
"""
PROGRAMS = {
    "kedge": """
from kedge.analysis.attribution.kernel_shap import kernel_shap
from kedge.analysis.attribution.table import Table
names, ask = tuple(map(str, range(features))), lambda asked: model(asked.cells.T)[:, None]
found = kernel_shap(ask, Table(names, rows.T), Table(names, background.T), samples=samples, seed=seed)
values, expected = found.values[..., 0], found.expected[0]
""",
    "shap": """
import shap
np.random.seed(seed)
explainer = shap.KernelExplainer(model, background)
values = explainer.shap_values(rows, nsamples=samples, l1_reg=False, silent=True)
expected = explainer.expected_value
""",
}
END = "print(json.dumps([float(expected), *np.ravel(values).tolist()]))"


def run(options: Options) -> Iterator[str]:
    """Yield a table of all coalitions, and one of drawn ones."""
    if options.peers is None:
        yield "Left out: --peers names no Python that has shap."
        return
    try:
        yield f"All coalitions of {ROWS} rows: the expected value, and the two attributions that are furthest apart"
        yield markdown(("features", *HEAD), [_exact(options.peers, features) for features in FEW])
        yield f"Drawn coalitions of {ROWS} rows, {SEEDS} seeds: root of the mean squared distance from all coalitions"
        head = ("features, drawn", "kedge", "shap", f"at most {AS_GOOD}x", "")
        yield markdown(head, [_drawn(options.peers, *each) for each in MANY])
    except (OSError, subprocess.CalledProcessError) as error:
        why = last_line(error.stderr) if isinstance(error, subprocess.CalledProcessError) else error
        yield f"Left out: shap does not run: {why}"


def _exact(peers: str, features: int) -> tuple[str, ...]:
    mine, theirs = _told(sys.executable, "kedge", features, 2**features), _told(peers, "shap", features, 2**features)
    apart = float(np.abs(mine - theirs).max())
    met = "met" if apart <= EXACT else "missed"
    return str(features), f"{mine[0]:.9g}", f"{theirs[0]:.9g}", f"{apart:.1e}", f"{EXACT:.0e}", met


def _drawn(peers: str, features: int, samples: int) -> tuple[str, ...]:
    truth = _told(sys.executable, "kedge", features, 2**features)
    mine, theirs = (
        float(np.sqrt(np.mean([(_told(python, name, features, samples, seed) - truth) ** 2 for seed in range(SEEDS)])))
        for python, name in ((sys.executable, "kedge"), (peers, "shap"))
    )
    met = "met" if mine <= AS_GOOD * theirs else "missed"
    return f"{features}, {samples}", f"{mine:.5f}", f"{theirs:.5f}", f"{AS_GOOD * theirs:.5f}", met


def _told(python: str, name: str, features: int, samples: int, seed: int = 0) -> NDArray[np.float64]:
    """Return the expected value and all attributions, one after the other."""
    command = [python, "-c", SETUP + PROGRAMS[name] + END, *map(str, (features, samples, seed, ROWS))]
    done = subprocess.run(command, check=True, capture_output=True)
    return np.array(json.loads(done.stdout.splitlines()[-1]))
