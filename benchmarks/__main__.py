"""``make bench``: kedge beside its peers, all in one run, as whole processes.

Targets are printed as met or missed and never asserted: the machine may be busy. The calibration loop and the
load beside each program tell how busy it was.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from . import (
    agreement,
    agreement_bias,
    agreement_shap,
    alarms,
    api,
    baseline_parquet,
    bias,
    capture_journal,
    capture_load,
    capture_path,
    capture_proxy,
    capture_verdict,
    cost,
    hooks,
    imports,
    join,
    kernel_shap,
    merge,
    messages,
    metrics,
    model_quality,
    quality_verdicts,
    query,
    scale,
    two_samples,
    verdicts,
    wide_report,
)
from .measure import Options, calibration

PROGRAMS = {
    "imports": imports,
    "baseline_parquet": baseline_parquet,
    "capture_verdict": capture_verdict,
    "capture_proxy": capture_proxy,
    "two_samples": two_samples,
    "wide_report": wide_report,
    "merge": merge,
    "query": query,
    "metrics": metrics,
    "messages": messages,
    "alarms": alarms,
    "join": join,
    "verdicts": verdicts,
    "model_quality": model_quality,
    "agreement": agreement,
    "agreement_bias": agreement_bias,
    "agreement_shap": agreement_shap,
    "quality_verdicts": quality_verdicts,
    "kernel_shap": kernel_shap,
    "bias": bias,
    "capture_path": capture_path,
    "capture_load": capture_load,
    "capture_journal": capture_journal,
    "cost": cost,
    "hooks": hooks,
    "scale": scale,
    "api": api,
}
VERSIONS = """
from importlib.metadata import distributions
names = ("polars", "duckdb", "whylogs", "evidently", "scipy", "scikit-learn", "shap", "pandas")
found = {d.name: d.version for d in distributions()}
print(*(f"{name} {found.get(name, 'not installed')}" for name in names), sep=", ")
"""


def main() -> None:
    """Run the programs that are asked for, and print every table as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=f"of {', '.join(PROGRAMS)}; else all")
    parser.add_argument("--peers", help="a Python that has the Makefile's RIVALS; else kedge runs alone")
    parser.add_argument(
        "--clarify", help="a Python that has smclarify, which needs an older pandas; else bias runs alone"
    )
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "kedge-benchmarks")
    parser.add_argument("--quick", action="store_true", help="smaller data, one round, under two minutes")
    given = parser.parse_args()
    if unknown := set(given.programs) - set(PROGRAMS):
        parser.error(f"no program {', '.join(sorted(unknown))}; there are {', '.join(PROGRAMS)}")
    options = Options(given.peers, given.data.resolve(), given.quick, given.clarify)
    print(_machine(given.peers), flush=True)
    for name in given.programs or PROGRAMS:
        print(f"\n## {name} ({_load()})", flush=True)
        for block in PROGRAMS[name].run(options):
            print(f"\n{block}", flush=True)
    print(f"\nIn the end: {_load()}")


def _machine(peers: str | None) -> str:
    python = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
    if peers is None:
        return f"{python}; no peers"
    try:
        versions = subprocess.run([peers, "-c", VERSIONS], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The peers' Python does not run: {error}. Make it with: make bench")
    return f"{python}; peers: {versions.strip()}"


def _load() -> str:
    return f"calibration loop {calibration():.2f} s, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
