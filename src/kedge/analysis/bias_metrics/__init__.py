"""How differently two sides are treated: pure functions of contingencies, for all replicas at once. One file an item.

A metric is a function of the file's name, the service's name in small letters. It takes a
:class:`~kedge.analysis.bias.contingency.Contingency` of R replicas and returns ``(R,)`` float64: NaN where it is
undefined, infinite where the service says so. Its module says

- ``STAGE``: ``pre_training``, of labels alone, or ``post_training``;
- ``DESCRIPTION``: the service's words;

and may say

- ``PARITY = 1.0``, where that is its value of two sides that are treated alike, and not 0;
- ``ONE_SIDED = True``, where it does not compare two sides;
- ``GROUPED = True``, where it needs a group variable;
- ``UNDEFINED``: why it is undefined, other than for an empty side.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

import numpy as np

from kedge.analysis.bias.contingency import NO_PREDICTIONS, A, D
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

    Figures = NDArray[np.float64]

Stage = Literal["pre_training", "post_training"]
STAGES: tuple[Stage, ...] = ("pre_training", "post_training")
EMPTY_FACET = "The facet is empty: no row with a {what} has its value."
EMPTY_COMPLEMENT = "The facet is everybody: every row with a {what} has its value."


@dataclass(frozen=True, slots=True)
class BiasMetric:
    """A metric, and what its module says of it."""

    name: str
    function: Callable[[Contingency], Figures]
    stage: Stage
    description: str
    parity: float = 0.0
    one_sided: bool = False
    grouped: bool = False
    undefined: str = "It is undefined for these rows."

    def __call__(self, contingency: Contingency) -> Figures:
        """Return its value in each replica, ``(R,)``."""
        return self.function(contingency)

    def error(self, contingency: Contingency) -> str | None:
        """Return why there is no value of the rows as they are, the first of the replicas; None where there is one."""
        post = self.stage == "post_training"
        answers = contingency.confusion[0]
        if post and not answers[:, :, 1].sum():
            return NO_PREDICTIONS
        sides = answers.sum((1, 2)) if post else contingency.rows[0]
        what = "prediction" if post else "label"
        if not self.one_sided and not sides[D]:
            return EMPTY_FACET.format(what=what)
        if not self.one_sided and not sides[A]:
            return EMPTY_COMPLEMENT.format(what=what)
        if self.grouped and not contingency.strata.any():
            return contingency.ungrouped
        if self.name == "FT":
            return None if contingency.flips.values is not None else contingency.flips.error
        return self.undefined if np.isnan(self(contingency)[0]) else None


def bias_metrics() -> dict[str, BiasMetric]:
    """Return every metric by its name in the service, in alphabetical order."""
    found = [_made(item.name, item.module) for item in items("bias_metric")]
    return {metric.name: metric for metric in sorted(found, key=lambda metric: metric.name)}


def _made(name: str, module: str) -> BiasMetric:
    facts = vars(import_module(module))
    told = {key.lower(): facts[key] for key in ("PARITY", "ONE_SIDED", "GROUPED", "UNDEFINED") if key in facts}
    return BiasMetric(name.upper(), facts[name], facts["STAGE"], facts["DESCRIPTION"], **told)
