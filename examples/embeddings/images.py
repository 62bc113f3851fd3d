"""The handwritten digits that come with scikit-learn, and the principal components of some of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

DIMENSIONS = 32


def digits(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return 1,797 pictures ``(n, 8, 8)`` and what they show, in random order."""
    from sklearn.datasets import load_digits

    found = load_digits()
    order = random.permutation(len(found.target))
    return found.images[order], found.target[order]


def fitted(pictures: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return what makes vectors of pictures, learned of these."""
    from sklearn.decomposition import PCA

    pca = PCA(DIMENSIONS, random_state=0).fit(_flat(pictures))
    return lambda seen: np.asarray(pca.transform(_flat(seen)))


def _flat(pictures: np.ndarray) -> np.ndarray:
    return pictures.reshape(len(pictures), -1)
