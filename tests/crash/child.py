"""A child for ``tests.crash.server``: a report of a few files without the work, or the real execution."""

import json
import os
import random
import sys
import time
from pathlib import Path

FILES = 4


def contents(name: str, slot: str) -> dict[str, bytes]:
    """Return the report of a definition's slot."""
    text = f"{name} {slot}\n".encode() * 500
    return {f"part-{i}.json": text for i in range(FILES)} | {"statistics.json": text}


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_bytes())
    if given["definition"]["name"] == "real":
        os.execv(sys.executable, [sys.executable, "-P", "-m", "kedge", "execute", *sys.argv[1:]])
    folder = Path(sys.argv[3])
    time.sleep(random.uniform(0, 0.3))
    files = contents(given["definition"]["name"], given["scheduled_time"])
    (folder / "report").mkdir()
    for name, content in files.items():
        (folder / "report" / name).write_bytes(content)
    outcome = {"status": "Completed", "exit_message": "Completed: well.", "files": list(files)}
    (folder / "outcome.json").write_text(json.dumps(outcome))


if __name__ == "__main__":
    main()
