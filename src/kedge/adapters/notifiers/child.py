"""Calls the function of an action, as the service calls its own.

A program of its own, with the standard library alone, so that nothing of kedge comes between. Its arguments are the
file of the function and what that is given; it leaves ``outcome.json`` beside it.
"""

import faulthandler
import json
import os
import signal
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb, print_exception
from typing import Any

NAMES = ("handler", "lambda_handler")


class Context:
    """What a function can ask of its call."""

    identity = client_context = None
    function_version = "$LATEST"

    def __init__(self, given: dict[str, Any]) -> None:
        self.aws_request_id: str = given["notification"]
        self.function_name: str = given["name"]
        self.invoked_function_arn: str = given["function_arn"]
        self.memory_limit_in_mb = str(given["memory_in_mb"])
        self.log_group_name, self.log_stream_name = f"/kedge/actions/{self.function_name}", self.aws_request_id
        self._until, self._publish = time.monotonic() + given["seconds"], Path(given["publish"])

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the call may still take."""
        return max(int((self._until - time.monotonic()) * 1000), 0)

    def publish(self, subscription: str, text: str, subject: str = "") -> None:
        """Send a message to all that a subscription names, once the function has returned."""
        told = {"subscription": subscription, "subject": subject, "text": text}
        for name, value in told.items():
            if not isinstance(value, str):
                raise TypeError(f"publish takes texts; its {name} is {type(value).__name__}")
        if not subscription:
            raise ValueError("publish takes the name of a subscription, and this one is empty")
        with self._publish.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")


def main() -> None:
    """Call the function, and say how that went."""
    faulthandler.register(signal.SIGTERM, all_threads=False, chain=True)  # it says where it stood, and ends
    script, given = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8"))
    outcome = Path(sys.argv[2]).with_name("outcome.json")
    told: dict[str, Any]
    try:
        returned = _function(script)(given["event"], Context(given))
        told = {"returned": json.dumps(returned, default=str, skipkeys=True)[:1000]}
    except Exception as error:
        frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename == script]
        print_exception(error.with_traceback(error.__traceback__ and error.__traceback__.tb_next))
        line = error.lineno if isinstance(error, SyntaxError) else frames[-1].lineno if frames else None
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        told = {"raised": type(error).__name__, "said": said[:10_000], "line": line or ""}
    outcome.write_text(json.dumps(told), "utf-8")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit("raised" in told)  # a thread that goes on does not keep an answer back


def _function(script: str) -> Any:
    sys.path.insert(0, str(Path(script).parent))
    spec = spec_from_file_location("action", script)
    if spec is None or spec.loader is None:
        raise ImportError("it is no file of Python")
    module = sys.modules["action"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    found = next((made for name in NAMES if callable(made := getattr(module, name, None))), None)
    if found is None:
        raise AttributeError("it defines neither handler(event, context) nor lambda_handler(event, context)")
    return found


if __name__ == "__main__":
    main()
