"""Texts and images as vectors: what changes in them, and what does not, without any download.

``python -m examples.embeddings --output folder`` writes, the same for every run of a seed:

- ``text/train.jsonl``: messages to a shop on four topics, each with the vector of a small model of language;
- ``text/fresh.jsonl``: other messages on the same topics; ``text/changed.jsonl``: half of them are of a new topic;
- ``images/train.jsonl``, ``fresh.jsonl`` and ``rotated.jsonl``: handwritten digits, with the vectors of a principal
  component analysis; the last ones lie on their side. These need scikit-learn, which brings the digits.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from . import images, text


def main() -> None:
    """Write what the stories need."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("embeddings-output"), help="the folder to write")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other messages")
    given = parser.parse_args()
    write_texts(given.output / "text", given.seed)
    if find_spec("sklearn"):
        write_images(given.output / "images", given.seed)
    print(f"Wrote {', '.join(sorted(str(path) for path in given.output.rglob('*.jsonl')))}")


def write_texts(folder: Path, seed: int = 7) -> None:
    """Write messages with their vectors: to learn of, others like them, and some of a new topic."""
    random = np.random.default_rng(seed)
    everything = [*text.TOPICS.values(), text.NEW]  # an encoder knows more than the task that it is used for
    model = text.Model.fitted(text.messages(random, 1500, everything))
    train, fresh, new = text.messages(random, 2000), text.messages(random, 800), text.messages(random, 400, [text.NEW])
    for name, said in (("train", train), ("fresh", fresh), ("changed", fresh[:400] + new)):
        _write(folder / f"{name}.jsonl", ({"text": one} for one in said), model.vectors(said))


def write_images(folder: Path, seed: int = 7) -> None:
    """Write digits with their vectors: to learn of, others like them, and these on their side."""
    pictures, digits = images.digits(np.random.default_rng(seed))
    model = images.fitted(pictures[:1000])
    fresh, labels = pictures[1000:], [{"digit": int(digit)} for digit in digits]
    parts = {"train": (pictures[:1000], labels[:1000]), "fresh": (fresh, labels[1000:])}
    parts["rotated"] = (np.rot90(fresh, axes=(1, 2)), labels[1000:])
    for name, (seen, rows) in parts.items():
        _write(folder / f"{name}.jsonl", rows, model(seen))


def _write(path: Path, rows: Iterable[dict[str, object]], vectors: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    found = zip(rows, np.round(vectors, 6).tolist(), strict=True)
    lines = (json.dumps({"id": f"{path.stem}-{i}", **row, "embedding": v}) for i, (row, v) in enumerate(found, 1))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
