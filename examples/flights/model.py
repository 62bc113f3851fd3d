"""A small model of the delay on arrival, fitted by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NUMBERS = ["dep_hour", "arr_hour", "distance", "dep_delay"]
NAMES = ["carrier", "origin", "dest"]


@dataclass(frozen=True)
class DelayModel:
    """The delay as a weighted sum: one weight for each number, one for each known carrier and airport."""

    known: dict[str, np.ndarray]
    weights: np.ndarray

    @classmethod
    def fit(cls, flights: np.ndarray) -> DelayModel:
        """Return the model with the smallest squared error over these flights."""
        known = {name: np.unique(flights[name]) for name in NAMES}
        x = _encode(flights, known)
        # A little ridge: a row's airports always add up to one, so plain least squares has no one answer.
        weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ flights["arr_delay"])
        return cls(known, weights)

    def predict(self, flights: np.ndarray) -> np.ndarray:
        """Return the predicted delay of each flight, in minutes; an unknown airport counts for nothing."""
        return _encode(flights, self.known) @ self.weights


def _encode(flights: np.ndarray, known: dict[str, np.ndarray]) -> np.ndarray:
    numbers = [np.ones(len(flights)), *(flights[name] for name in NUMBERS)]
    names = [flights[name][:, None] == values for name, values in known.items()]
    return np.column_stack([*numbers, *names]).astype(float)
