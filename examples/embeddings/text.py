"""Messages on a few topics, and a model that makes vectors of them: latent semantic analysis, fitted in process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DIMENSIONS = 24
OPENINGS = ("hello", "hi there", "good morning", "please help", "dear team", "sorry to ask but")
COMMON = "i we my the your this that is was has not can you it now again today still very would like to know"
TOPICS = {
    "delivery": "parcel courier late tracking address door shipped van depot signature arrive street neighbour",
    "refund": "money back refund card charged twice return receipt bank amount credit invoice cancel",
    "account": "password login email account locked reset profile name settings verify code phone",
    "product": "size colour broken battery screen manual warranty button box fits cable noise",
}
NEW = "outage server region latency api quota cluster backup restore endpoint token"


def messages(random: np.random.Generator, count: int, topics: list[str] | None = None) -> list[str]:
    """Return messages, each on one of the topics."""
    known = topics or list(TOPICS.values())
    return [_message(random, known[random.integers(len(known))]) for _ in range(count)]


def _message(random: np.random.Generator, topic: str) -> str:
    common, words = COMMON.split(), topic.split()
    said = [*random.choice(common, random.integers(3, 8)), *random.choice(words, random.integers(3, 7))]
    return f"{random.choice(OPENINGS)} {' '.join(random.permutation(said))}"


@dataclass(frozen=True)
class Model:
    """The weights of words and pairs of letters, and the directions in which texts differ the most."""

    places: dict[str, int]
    weights: np.ndarray
    directions: np.ndarray

    @classmethod
    def fitted(cls, texts: list[str]) -> Model:
        """Return the model of some texts: TF-IDF of words and pairs of letters, and its singular vectors."""
        places = {part: i for i, part in enumerate(sorted({part for one in texts for part in _parts(one)}))}
        counts = _counts(texts, places)
        weights = np.log((1 + len(texts)) / (1 + (counts > 0).sum(0))) + 1
        directions = np.linalg.svd(_unit(counts * weights), full_matrices=False)[2][:DIMENSIONS]
        return cls(places, weights, directions)

    def vectors(self, texts: list[str]) -> np.ndarray:
        """Return a vector for every text."""
        return _unit(_counts(texts, self.places) * self.weights) @ self.directions.T


def _parts(text: str) -> list[str]:
    words = text.split()
    return [*words, *(f"{word[i : i + 2]}*" for word in words for i in range(len(word) - 1))]


def _counts(texts: list[str], places: dict[str, int]) -> np.ndarray:
    counts = np.zeros((len(texts), len(places)))
    for row, text in enumerate(texts):
        for part in _parts(text):
            if part in places:
                counts[row, places[part]] += 1
    return counts


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
