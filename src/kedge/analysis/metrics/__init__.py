"""How good answers were: pure functions of outcomes, for all replicas at once. One file an item.

A metric is a function of the file's name. It takes :class:`~kedge.analysis.quality.outcomes.Outcomes` of R replicas and
returns ``(R,)`` float64, NaN where it is undefined; one of a plugin may as well return a single number, and is then
asked for each replica. Its module may say

- ``PROBLEMS``: the problems that it is for, where it is not for all;
- ``BETTER = "lower"``, where the better of two models has the lower value;
- ``NEEDS_SCORES = True``, where it cannot be told without probabilities;
- ``UNDEFINED``: a sentence that says when it is undefined, other than for want of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from inspect import unwrap
from typing import TYPE_CHECKING, Literal

import numpy as np

from kedge.domain.roles import PROBLEMS, Problem
from kedge.errors import PluginError
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from kedge.analysis.quality.outcomes import Outcomes
    from kedge.registry import Item

    Figures = NDArray[np.float64]

BINARY: tuple[Problem, ...] = ("BinaryClassification",)
MULTICLASS: tuple[Problem, ...] = ("MulticlassClassification",)
CLASSES = BINARY + MULTICLASS
REGRESSION: tuple[Problem, ...] = ("Regression",)
_NEVER = "It is undefined for these rows."


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric, and what its module says of it."""

    name: str
    function: Callable[[Outcomes], ArrayLike | None]
    problems: tuple[Problem, ...] = PROBLEMS
    better: Literal["higher", "lower"] = "higher"
    needs_scores: bool = False
    undefined: str = _NEVER

    @classmethod
    def of(cls, item: Item) -> Metric:
        """Return the metric that an item is."""
        return replace(cls.made(item.load()), name=item.name)

    @classmethod
    def made(cls, function: Callable[[Outcomes], ArrayLike | None]) -> Metric:
        """Return the metric of a function, with what its module says of it."""
        facts = getattr(unwrap(function), "__globals__", {})
        return cls(
            function.__name__,
            function,
            tuple(facts.get("PROBLEMS", PROBLEMS)),
            facts.get("BETTER", "higher"),
            facts.get("NEEDS_SCORES", False),
            facts.get("UNDEFINED", _NEVER),
        )

    def __call__(self, outcomes: Outcomes) -> Figures:
        """Return its value in each replica, ``(R,)``; NaN where it is undefined, never infinite.

        Raises
        ------
        PluginError
            It returns neither one number nor one for each replica.
        """
        found = self._told(outcomes)
        if found.ndim == 0 and outcomes.replicas > 1:
            single = (self._told(outcomes.part(slice(i, i + 1))) for i in range(outcomes.replicas))
            found = np.array([value.reshape(-1)[0] for value in single])
        if found.size != outcomes.replicas:
            raise PluginError(
                f"The metric {self.name!r} returns {found.size} numbers for {outcomes.replicas} replicas.",
                next_step="Return one number, or one for each replica.",
            )
        finite: Figures = np.where(np.isfinite(found), found, np.nan).reshape(outcomes.replicas)
        return finite

    def _told(self, outcomes: Outcomes) -> Figures:
        with np.errstate(all="ignore"):  # what is undefined is NaN, and no warning
            found = self.function(outcomes)
        return np.asarray(np.nan if found is None else found, np.float64)


def metrics(plugins: str | None = None) -> dict[str, Metric]:
    """Return every metric by name: those of this room, of other packages, and of the folder ``plugins``."""
    return {item.name: Metric.of(item) for item in items("metric", plugins)}


def ratio(part: Figures, whole: Figures) -> Figures:
    """Return the quotient, 0.0 where both are 0, as the service does.

    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, 0.0]
    """
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole != 0)


def share(part: Figures, whole: Figures) -> Figures:
    """Return the quotient, NaN where there is nothing to divide by.

    >>> share(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    nothing: Figures = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.divide(part, whole, out=nothing, where=whole > 0)


def harmonic(precision: Figures, recall: Figures, beta: float) -> Figures:
    r"""Return :math:`F_\beta = (1 + \beta^2) P R / (\beta^2 P + R)`, 0.0 where both are 0."""
    return ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)


def weighted_harmonic(outcomes: Outcomes, beta: float) -> Figures:
    """Return the F of each class, weighted by the share of the rows that are of it."""
    hits, actual, predicted = (getattr(outcomes.confusion, name) for name in ("hits", "actual", "predicted"))
    found = harmonic(ratio(hits, predicted), ratio(hits, actual), beta)
    return share((actual * found).sum(1), outcomes.rows)
