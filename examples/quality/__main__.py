"""A model of loans that is asked for three days, and labels that come late, wrong and not at all.

``python -m examples.quality --output folder`` writes, the same for every run of a seed:

- ``validation.csv``: label, prediction, probability and features of loans that the model never saw;
- ``live/credit/AllTraffic/yyyy/mm/dd/hh/*.jsonl``: what it was asked and answered, with an inference id for each loan;
- ``labels/yyyy/mm/dd/hh/*.jsonl``: what became of them, up to 48 hours later; ``order-17`` is corrected.

On the third day loans fail for a reason that no feature tells: recall falls, while no feature drifts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from . import traffic
from .model import loans, train

TRAINING, VALIDATION, A_DAY = 4000, 2000, 960


def main() -> None:
    """Train, and write what the story needs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("quality-output"), help="the folder to write")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other loans")
    given = parser.parse_args()
    write(given.output, given.seed)
    print(f"Wrote validation.csv, live/ and labels/ in {given.output}")


def write(output: Path, seed: int = 7) -> None:
    """Write ``validation.csv``, ``live/`` and ``labels/`` below a folder."""
    random = traffic.generator(seed)
    model = train(*loans(random, TRAINING))
    output.mkdir(parents=True, exist_ok=True)
    traffic.write_validation(output / "validation.csv", model, *loans(random, VALIDATION))
    days = [loans(random, A_DAY, unforeseen=day == 2) for day in range(3)]
    requests = traffic.Requests.of(random, model, days)
    requests.write_captures(output / "live" / "credit" / "AllTraffic")
    requests.write_labels(output / "labels")


if __name__ == "__main__":
    main()
