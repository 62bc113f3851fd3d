"""Loans, and a logistic regression of which of them fail, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEATURES = ("income", "amount", "years")
SOUND = 0.3  # below this risk a loan fails for reasons that no feature tells, on a bad day
UNFORESEEN = 0.3  # of the sound loans


@dataclass(frozen=True)
class Model:
    """The risk of a loan: a logistic function of its standardized features."""

    mean: np.ndarray
    spread: np.ndarray
    weights: np.ndarray

    def risk(self, features: np.ndarray) -> np.ndarray:
        """Return the probability that each loan fails."""
        return _logistic(_design((features - self.mean) / self.spread) @ self.weights)


def loans(random: np.random.Generator, count: int, *, unforeseen: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of some loans, and whether each failed."""
    income, years = np.round(random.lognormal(8, 0.4, count)), random.integers(0, 30, count)
    amount = np.round(random.gamma(2, 6000, count), -2)
    risk = _logistic(-1.5 + 0.9 * (amount / income - 4) - 0.08 * (years - 10))
    failed = random.random(count) < risk
    struck = random.random(count) < (UNFORESEEN if unforeseen else 0)
    return np.column_stack([income, amount, years]), failed | (struck & (risk < SOUND))


def train(features: np.ndarray, failed: np.ndarray) -> Model:
    """Return the model under which these loans are the most likely; a little ridge keeps the weights finite."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    x = _design((features - mean) / spread)
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        risk = _logistic(x @ weights)
        slope = x.T @ (failed - risk) - weights
        weights = weights + np.linalg.solve((x.T * (risk * (1 - risk))) @ x + np.eye(len(weights)), slope)
    return Model(mean, spread, weights)


def _design(x: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(x)), x])


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
