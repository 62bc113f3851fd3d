"""A model that is replaced while it is asked, and taken back, without a request that is lost.

``python -m examples.host --output folder`` packs two versions of a model of loans, serves the first, gives the second a
fifth of the traffic, and rolls back, all while requests go on. It leaves:

- ``first.tar.gz`` and ``second.tar.gz``: weights, and the handlers of ``inference.py``;
- ``captures/loans/{v1,v2}/yyyy/mm/dd/hh/*.jsonl``: what each version was asked, and answered.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

HANDLERS = Path(__file__).with_name("inference.py")
VERSIONS = {"first": [0.8, -0.5], "second": [0.2, -1.5]}  # weights of income and debt
VARIANT = "x-amzn-invoked-production-variant"


def main() -> None:
    """Tell the story."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("host-output"), help="the folder to write")
    output = parser.parse_args().output.absolute()
    output.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(output / "kedge-models", ignore_errors=True)  # else the story goes on where it ended last time
    for name, weights in VERSIONS.items():
        pack(output / f"{name}.tar.gz", weights)
    with serving(output) as url:
        story(output, url)
    print(f"Captures of both versions: {output / 'captures'}")


def story(output: Path, url: str) -> None:
    """Ask, deploy, ask, roll back, ask."""
    told(url, "the first version alone", 200)
    command(output, "deploy", "second.tar.gz", "--weight", "20")
    told(url, "a fifth for the second", 500)
    command(output, "rollback")
    told(url, "rolled back", 200)


def pack(path: Path, weights: list[float]) -> None:
    """Write a version as an archive."""
    model = json.dumps({"weights": weights, "bias": 0.1}).encode()
    with tarfile.open(path, "w:gz") as archive:
        archive.add(HANDLERS, "code/inference.py")
        member = tarfile.TarInfo("weights.json")
        member.size = len(model)
        archive.addfile(member, io.BytesIO(model))


@contextmanager
def serving(output: Path) -> Iterator[str]:
    """Serve the first version on a free port while the story goes on."""
    where = ["--port", "0", "--journal", "journal", "--destination", "captures"]
    where += ["--disk-share", "1"]  # a story is captured on a disk that is nearly full, too
    host = subprocess.Popen(kedge("serve-model", "first.tar.gz", *where), cwd=output, stdout=subprocess.PIPE, text=True)
    try:
        assert host.stdout is not None
        address = next(line.split()[2].rstrip(":") for line in host.stdout if line.startswith("Listening at "))
        yield f"{address}/invocations"
    finally:
        host.terminate()
        host.communicate()


def told(url: str, when: str, requests: int) -> None:
    """Ask, and say who answered."""
    seen = asked(url, requests)
    print(f"{when}: " + ", ".join(f"{count} answers of {variant}" for variant, count in sorted(seen.items())))


def asked(url: str, requests: int, seed: int = 7) -> Counter[str]:
    """Return how often which version answered; one that fails is not passed over."""
    parts, seen = urlsplit(url), Counter[str]()
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=60)) as connection:
        for income, debt in np.random.default_rng(seed).normal(size=(requests, 2)):
            connection.request("POST", parts.path, f"{income:.3f},{debt:.3f}", {"Content-Type": "text/csv"})
            response = connection.getresponse()
            body = response.read().decode()
            if response.status != 200:
                raise SystemExit(f"{response.status}: {body}")
            seen[response.headers[VARIANT]] += 1
    return seen


def command(output: Path, *arguments: str) -> None:
    """Change what is served, while it is."""
    print("$ kedge model", *arguments, flush=True)
    subprocess.run(kedge("model", *arguments), cwd=output, check=True)


def kedge(*arguments: str) -> list[str]:
    """Return a command line of kedge."""
    return [sys.executable, "-m", "kedge", *arguments, "--endpoint", "loans"]


if __name__ == "__main__":
    main()
