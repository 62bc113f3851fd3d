"""Which features are kept together, and how much each such coalition counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import ceil, comb
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.hashing import hash_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_NEARLY: Final = 1e-8
_SIZES: Final = "sizes of coalitions"  # what the random numbers of a seed are for
_ORDER: Final = "order of features"
_DRAWS: Final = 1 << 22  # random numbers at a time


@dataclass(frozen=True)
class Coalitions:
    """Subsets of M features, neither empty nor whole.

    Parameters
    ----------
    masks
        ``(C, M)`` bool, True where a feature is kept.
    weights
        ``(C,)`` float64, of sum 1.
    exact
        Whether these are all that there are.
    """

    masks: NDArray[np.bool_]
    weights: NDArray[np.float64]
    exact: bool

    def __len__(self) -> int:
        return len(self.masks)

    @classmethod
    def of(cls, features: int, samples: int | None = None, seed: int = 0) -> Coalitions:
        r"""Return the coalitions of the Shapley kernel, each with its complement.

        A coalition of size :math:`s` of :math:`M` features has the weight :math:`(M-1) / (\binom{M}{s} s (M-s))`. As
        in the shap package, whole sizes are enumerated, the smallest and largest first, while ``samples`` last; what
        is left is drawn, sizes by their weight, and what is drawn twice counts twice. The middle size is drawn in
        pairs, too. Draws come from splitmix64, so a seed gives the same coalitions on every machine, for ever.

        Parameters
        ----------
        features
            M, at least 1; of one there is no coalition.
        samples
            How many coalitions at most; by default ``2 M + 2048``. From :math:`2^M - 2` on all are enumerated.
        seed
            Of the draws.

        Examples
        --------
        >>> found = Coalitions.of(3)
        >>> found.masks.astype(int).tolist(), found.exact
        ([[1, 0, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [0, 0, 1], [1, 1, 0]], True)

        References
        ----------
        explainability.md, 6.3. Lundberg, Lee: A unified approach to interpreting model predictions, NIPS 2017.
        """
        left = 2 * features + 2048 if samples is None else samples
        sizes = _size_weights(features)
        masks, weights = [np.empty((0, features), np.bool_)], [np.empty(0)]
        for size, weight in enumerate(sizes, start=1):
            count = comb(features, size) * (1 if 2 * size == features else 2)
            rest = sum(sizes[size - 1 :])
            if left * weight / rest / count < 1 - _NEARLY:
                if left >= 2 or size == 1:
                    drawn, counts = _drawn(features, sizes[size - 1 :], size, left, seed)
                    masks.append(drawn)
                    weights.append(counts * (rest / counts.sum()))
                break
            masks.append(_whole(features, size))
            weights.append(np.full(count, weight / count))
            left -= count
        kept, counted = np.concatenate(masks), np.concatenate(weights)
        return cls(kept, counted / (counted.sum() or 1), len(kept) == 2**features - 2)


def _size_weights(features: int) -> list[float]:
    """Return what the coalitions of each size count together with their complements, of sum 1, size 1 first."""
    sizes = range(1, ceil((features - 1) / 2) + 1)
    weights = [(1 if 2 * size == features else 2) / (size * (features - size)) for size in sizes]
    return [weight / sum(weights) for weight in weights]


def _whole(features: int, size: int) -> NDArray[np.bool_]:
    """Return every coalition of a size, each followed by its complement where that is of another size."""
    kept = np.array(list(combinations(range(features), size)))
    masks = np.zeros((len(kept), features), np.bool_)
    np.put_along_axis(masks, kept, True, axis=1)
    return masks if 2 * size == features else _paired(masks)


def _drawn(
    features: int, sizes: list[float], smallest: int, samples: int, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return pairs of different coalitions, ``samples`` at most and one pair at least, and how often each was drawn."""
    wanted, seen = max(samples // 2, 1), np.empty((0, features), np.bool_)
    for draws in _draws(features, sizes, smallest, wanted, seed):
        seen = np.concatenate([seen, draws])
        _, first, which = np.unique(np.packbits(seen, axis=1), axis=0, return_index=True, return_inverse=True)
        if len(first) >= wanted:
            break
    order = np.argsort(first)[:wanted]
    end = first[order[-1]] + 1 if len(first) >= wanted else None  # what came after the last new one was never drawn
    counts = np.bincount(which.reshape(-1)[:end], minlength=len(first))[order]
    return _paired(seen[first[order]]), np.repeat(counts.astype(np.float64), 2)


def _draws(features: int, sizes: list[float], smallest: int, wanted: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Yield random coalitions, four times as many as wanted; of the middle size those that hold the first feature."""
    edges, rows = np.cumsum(sizes), min(wanted, max(_DRAWS // features, 1))
    for start in range(0, 4 * wanted, rows):
        size = smallest + np.searchsorted(edges / edges[-1], _uniform(f"{_SIZES} {seed}", start, rows), "right")
        order = _uniform(f"{_ORDER} {seed}", start * features, rows * features).reshape(rows, features)
        masks = order.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") < size[:, None]
        middle = (2 * size == features) & ~masks[:, 0]
        yield masks ^ middle[:, None]


def _uniform(name: str, start: int, count: int) -> NDArray[np.float64]:
    """Return random numbers of a stream, 0 or more and below 1."""
    return (hash_keys(name, start, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _paired(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.stack([masks, ~masks], axis=1).reshape(-1, masks.shape[1])
