"""How much a whole row stands out from the baseline. One file an item, each with a function of the file's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kedge.errors import MissingDependency, SettingError, did_you_mean
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch
    from kedge.analysis.sketches.sample import Row
    from kedge.analysis.usual import Usual

    Scored = Callable[[Batch], NDArray[np.float64]]


class Score(Protocol):
    """What every score is: a function that is fitted to a baseline and returns one that scores rows."""

    def __call__(self, usual: Mapping[str, Usual], rows: Sequence[Row], /) -> Scored:
        """Return a function from a batch of ``n`` rows to ``(n,)`` scores, 0 or more; above 1 a row stands out.

        Parameters
        ----------
        usual
            What is usual of each numeric feature that is watched; the window may lack some of them.
        rows
            The baseline's sample of rows, empty where it kept none.
        """
        ...


def score(name: str) -> Score:
    """Return the score of this name.

    Raises
    ------
    SettingError
        There is none.
    MissingDependency
        It needs a package that is not installed.
    """
    known = {item.name: item for item in items("score")}
    if name not in known:
        raise SettingError(
            f"There is no score {name!r}.{did_you_mean(name, known)}",
            field="score",
            next_step=f"There are: {', '.join(known)}.",
        )
    for package, extra in known[name].missing.items():
        raise MissingDependency(package, f"The score {name}", extra)
    found: Score = known[name].load()
    return found
