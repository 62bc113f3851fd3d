"""The reference of the service's classes has each of them, with its arguments, and the words stay in their room."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import kedge
from kedge import model_monitor
from kedge.interfaces.sdk.model_monitor.asked import KEPT

PAGE = "reference/model-monitor.md"
SOURCE = Path(kedge.__file__).parent
ROOMS = (
    "interfaces/sdk/model_monitor/",
    "model_monitor/",
    "domain/wire.py",
    "capture/sealing.py",
    "adapters/notifiers/topic.py",
    "adapters/sinks/cloudwatch.py",
)
WORDS = re.compile(r"\b(arn|[A-Z]\w*Arn|S3\w*|s3_\w+|\w+_s3_uri|sagemaker_\w+|boto3|\w*[cC]loud_?[wW]atch\w*)\b")


def _signature(called: object) -> str:
    given = [p.replace(annotation=p.empty) for p in inspect.signature(called).parameters.values() if p.name != "self"]
    return str(inspect.Signature(given))


def _calls(name: str) -> set[str]:
    """Return what a class can be asked, and a monitor besides what all of them can."""
    made, base = getattr(model_monitor, name), model_monitor.ModelMonitor
    known = _methods(base) if issubclass(made, base) and made is not base else set()
    return _methods(made) - known


def _methods(made: type) -> set[str]:
    names = [name for name in dir(made) if name[0] != "_" and callable(getattr(made, name)) and name != "run_baseline"]
    return {f".{name}{_signature(getattr(made, name))}" for name in names}


@pytest.mark.parametrize("name", model_monitor.__all__)
def test_every_call_of_a_class_is_documented_with_its_arguments(section, name):
    text = " ".join(section(PAGE, name).split())
    assert [call for call in _calls(name) if call not in text] == []
    documented = {call.partition("(")[0] for call in re.findall(r" (\.\w+\()", text)} - {".run_baseline"}
    assert documented == {call.partition("(")[0] for call in _calls(name)}


def test_everything_that_is_kept_is_documented_as_such(section):
    kept = re.findall(r"^\| `(\w+)` \| \w+ \| kept", section(PAGE, "What means nothing here"), re.MULTILINE)
    assert tuple(kept) == KEPT


def test_the_words_of_the_service_stay_in_their_room():
    files = {path.relative_to(SOURCE).as_posix(): path.read_text() for path in SOURCE.rglob("*.py")}
    others = {name: text for name, text in files.items() if not name.startswith(ROOMS)}
    assert {name: found[0] for name, text in others.items() if (found := WORDS.findall(text))} == {}
