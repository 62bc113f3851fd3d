"""Records a second and core through a trivial script, the process of its own included.

The time is the processor's, of the process that runs the script, from its start to its end: it reads capture records,
takes them apart, calls ``preprocess_handler``, and writes rows. The scripts do nothing by themselves, so that what is
measured is kedge's.
"""

from __future__ import annotations

import resource
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kedge.adapters.hooks.process import Process
from kedge.adapters.stores.local import Local
from kedge.ports import Records

from .data import FEATURES, capture
from .measure import Options, markdown, warm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET = 100_000
ROUNDS = 5
SCRIPTS = {
    "one column": """
def preprocess_handler(inference_record):
    return {"prediction": inference_record.endpoint_output.data}
""",
    f"{FEATURES + 1} columns": f"""
NAMES = ["prediction", *(f"x{{i}}" for i in range({FEATURES}))]
def preprocess_handler(inference_record):
    told = inference_record.endpoint_output.data.rstrip("\\n")
    return dict(zip(NAMES, f"{{told}},{{inference_record.endpoint_input.data}}".split(",")))
""",
    "the record itself": """
def preprocess_handler(inference_record):
    return inference_record
""",
    "nothing": """
def preprocess_handler(inference_record):
    return []
""",
}


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    count = 100_000 if options.quick else 500_000
    path = warm(capture(options.data, count, "CSV"))
    yield f"Preprocess scripts, {count:,} records of {FEATURES} features"
    rounds = 1 if options.quick else ROUNDS
    with TemporaryDirectory() as folder:
        lines = [_line(name, _hook(Path(folder), script, path), count, rounds) for name, script in SCRIPTS.items()]
    yield markdown(("what the script returns", "records a second and core", "target", ""), lines)


def _hook(folder: Path, text: str, path: Path) -> Callable[[], None]:
    script = folder / "script.py"

    def once() -> None:
        script.write_text(text)
        records = Records("capture", {path: str(path)})
        Process(Local(), 60, 2 << 30).preprocess(str(script), records, folder / "rows.jsonl")

    return once


def _line(name: str, once: Callable[[], None], count: int, rounds: int) -> list[str]:
    speed = median(count / _seconds(once) for _ in range(rounds))
    return [name, f"{speed:,.0f}", f"at least {TARGET:,}", "met" if speed >= TARGET else "missed"]


def _seconds(once: Callable[[], None]) -> float:
    """Return the processor's seconds that a call spends in processes of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    once()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
