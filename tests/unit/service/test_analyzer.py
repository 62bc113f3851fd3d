"""Own analyzers: real commands that read what is staged, compute, and leave a verdict."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.app import execute
from kedge.domain.catalog import Endpoint, JobDefinition, PlainFiles, Program
from kedge.domain.window import Window
from kedge.service.assignment import REPORT, Assignment
from kedge.settings import Settings

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
GIVEN = Assignment(
    definition=JobDefinition(name="own", endpoint_name="fraud", monitoring_type="Custom", environment={"LIMIT": "40"}),
    window=Window(NINE, NINE + HOUR),
    scheduled_time=NINE + HOUR,
    endpoint=Endpoint(name="fraud", captures="captures"),
    schedule="hourly",
)
# As somebody would write it for the service: it counts, compares, and says so.
OWN = """
import json, os
from pathlib import Path

files = sorted(Path(os.environ["dataset_source"]).rglob("*.jsonl"))
amounts = [float(json.loads(line)["amount"]) for file in files for line in file.read_text().splitlines()]
found = [amount for amount in amounts if amount > float(os.environ["LIMIT"])]
violation = {"feature_name": "amount", "constraint_check_type": "own_limit", "description": f"{len(found)} are more"}
output = Path(os.environ["output_path"])
(output / "statistics.json").write_text(json.dumps({"dataset": {"item_count": len(amounts)}}))
(output / "constraint_violations.json").write_text(json.dumps({"violations": [violation] if found else []}))
(output / "own.txt").write_text("anything")
message = f"CompletedWithViolations: {violation['description']}" if found else "Completed: all is well"
(output.parents[1] / "output" / "message").write_text(message + "\\n")
"""
MESSAGE = "Path(os.environ['output_path']).parents[1] / 'output' / 'message'"


def _capture(hour: datetime, *amounts: float, variant: str = "AllTraffic") -> Path:
    file = Path(f"captures/fraud/{variant}/{hour:%Y/%m/%d/%H}/a.jsonl")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps({"amount": amount}) + "\n" for amount in amounts))
    return file


@pytest.fixture(autouse=True)
def _captured():
    _capture(NINE, 10, 50, 60)


def _run(script: str | None = None, given: Assignment = GIVEN, program: Program | None = None, **definition):
    """Carry out an execution by a script of Python, or by another program."""
    if script is not None:
        Path("own.py").write_text(f"import json, os, sys\nfrom pathlib import Path\n{script}")
    work = Path("work").absolute()
    work.mkdir()
    program = program or Program(container_entrypoint=(sys.executable, "own.py"))
    given = replace(given, definition=replace(given.definition, program=program, **definition))
    return execute(Settings(), given, work, lambda _: None)


def _left(name: str) -> str:
    return Path("work", REPORT, name).read_text()


def _printed() -> str:
    return Path("work/analyzer.log").read_text()


def test_a_command_judges_and_its_report_is_published():
    outcome = _run(OWN)
    assert (outcome.status, outcome.rows, outcome.violations) == ("CompletedWithViolations", 3, 1)
    assert outcome.exit_message == "CompletedWithViolations: 2 are more"
    assert outcome.files == ("constraint_violations.json", "own.txt", "statistics.json")
    assert _left("own.txt") == "anything"


def test_a_command_that_finds_nothing_is_completed():
    outcome = _run(OWN, environment={"LIMIT": "100"})
    assert (outcome.status, outcome.violations) == ("Completed", 0)
    assert outcome.exit_message == "Completed: all is well"


def test_a_script_of_the_shell_is_an_analyzer():
    shell = 'n=$(cat "$dataset_source"/*/*/*/*/*/*/*.jsonl | wc -l)\necho "Completed: $n" > opt/ml/output/message\n'
    Path("own.sh").write_text(shell)
    assert _run(program=Program(container_entrypoint=("sh", "own.sh"))).exit_message == "Completed: 3"


def test_the_environment_is_that_of_the_contract():
    _run("print(json.dumps(dict(os.environ)))")
    root = f"{Path('work').absolute()}/root/opt/ml/processing"
    told = json.loads(_printed())
    assert {name: value for name, value in told.items() if name.islower()} == {
        "dataset_format": '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}',
        "dataset_source": f"{root}/input/endpoint",
        "output_path": f"{root}/output",
        "publish_cloudwatch_metrics": "Enabled",
        "sagemaker_endpoint_name": "fraud",
        "sagemaker_monitoring_schedule_name": "hourly",
        "sagemaker_endpoint_datacapture_prefix": "captures",
        "start_time": "2024-05-01T09:00:00Z",
        "end_time": "2024-05-01T10:00:00Z",
    }


def test_the_configuration_says_the_same_as_the_environment():
    _run("print(json.dumps(dict(os.environ)))")
    told = json.loads(_printed())
    config = json.loads(Path("work/root/opt/ml/config/processingjobconfig.json").read_text())["Environment"]
    assert config.items() <= told.items()
    assert set(told) - set(config) <= {"PATH", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}
    assert config["LIMIT"] == "40"


@pytest.mark.parametrize("kind", ["command", "function"])
def test_what_is_secret_is_not_seen(kind, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("KEDGE_THREADS", "1")
    script = "def analyze(given): print(sorted(os.environ))\nif __name__ == '__main__': analyze(0)"
    _run(script, program=None if kind == "command" else Program(analyzer="own.py"))
    assert "dataset_source" in _printed()
    assert "AWS" not in _printed()
    assert "KEDGE" not in _printed()


def test_variables_are_seen_that_a_setting_names(monkeypatch):
    monkeypatch.setenv("SHOP", "north")
    Path("own.py").write_text("import os\nprint(os.environ['SHOP'])")
    Path("work").mkdir()
    program = Program(container_entrypoint=(sys.executable, "own.py"))
    given = replace(GIVEN, definition=replace(GIVEN.definition, program=program))
    execute(Settings(script_environment="SH*"), given, Path("work").absolute(), lambda _: None)
    assert _printed() == "north\n"


def test_only_the_hours_of_the_window_are_staged():
    for hour in (NINE - HOUR, NINE + HOUR):
        _capture(hour, 1)
    _capture(NINE, 1, variant="other")
    _run("print(sorted(str(path) for path in Path('opt/ml/processing/input/endpoint').rglob('*.jsonl')))")
    folder = "opt/ml/processing/input/endpoint/fraud"
    assert _printed() == f"{[f'{folder}/{variant}/2024/05/01/09/a.jsonl' for variant in ('AllTraffic', 'other')]}\n"


def test_only_the_variants_of_the_definition_are_staged():
    _capture(NINE, 1, variant="other")
    _run("print(os.listdir('opt/ml/processing/input/endpoint/fraud'))", variants=("other",))
    assert _printed() == "['other']\n"


def test_captures_are_safe_from_an_analyzer():
    file = _capture(NINE, 10)
    before = file.read_bytes()
    _run("for path in Path(os.environ['dataset_source']).rglob('*.jsonl'): path.write_text('gone')")
    assert file.read_bytes() == before


def test_a_baseline_is_staged():
    Path("baseline").mkdir()
    for name in ("constraints", "statistics"):
        Path(f"baseline/{name}.json").write_text(f'"{name}"')
    _run(
        "print([Path(os.environ[f'baseline_{name}']).read_text() for name in ('constraints', 'statistics')])",
        replace(GIVEN, baseline="baseline"),
    )
    assert _printed() == "['\"constraints\"', '\"statistics\"']\n"


def test_plain_files_are_staged_with_their_format():
    Path("orders/a").mkdir(parents=True)
    Path("orders/a/b.csv").write_text("1,2\n")
    definition = replace(GIVEN.definition, endpoint_name=None, dataset_name="orders")
    given = replace(GIVEN, endpoint=None, dataset=PlainFiles(name="orders", url="orders"), definition=definition)
    _run("print(os.environ['dataset_format'], os.listdir('opt/ml/processing/input/endpoint/a'))", given)
    assert _printed() == """{"csv":{"header":true,"output_columns_position":"START"}} ['b.csv']\n"""


def test_a_window_without_files_has_no_data():
    outcome = _run(OWN, replace(GIVEN, window=Window(NINE + HOUR, NINE + 2 * HOUR)))
    assert (outcome.status, outcome.failure_reason) == ("Failed", "Job inputs had no data")


def test_a_command_that_fails_says_so_by_its_last_line():
    outcome = _run("print('reading'); sys.exit('the model is not there')")
    assert (outcome.status, outcome.files) == ("Failed", ())
    assert outcome.failure_reason == "The analyzer ended with exit code 1: the model is not there"
    assert outcome.next_step.startswith("Look at its log")


def test_a_message_may_tell_of_a_failure():
    outcome = _run(f"({MESSAGE}).write_text('Error: no such column')")
    assert (outcome.status, outcome.failure_reason) == ("Failed", "It told of a failure: Error: no such column")


@pytest.mark.parametrize(("found", "status"), [(0, "Completed"), (2, "CompletedWithViolations")])
def test_without_a_message_violations_are_counted(found, status):
    outcome = _run(
        f"Path(os.environ['output_path'], 'constraint_violations.json').write_text('{{\"violations\": {[0] * found}}}')"
    )
    assert (outcome.status, outcome.violations) == (status, found)
    assert outcome.exit_message.startswith(f"{status}: Job completed successfully")


@pytest.mark.parametrize("content", ["broken", "[]", '{"violations": 3}', '{"dataset": 1}'])
def test_documents_of_another_schema_are_published_and_not_counted(content):
    name = "statistics.json" if "dataset" in content else "constraint_violations.json"
    outcome = _run(f"Path(os.environ['output_path'], {name!r}).write_text({content!r})")
    assert (outcome.status, outcome.rows, outcome.violations) == ("Completed", None, None)
    assert _left(name) == content


def test_metric_files_are_kept_beside_the_report():
    _run("Path('opt/ml/output/metrics/cloudwatch/a.jsonl').write_text('{}')")
    assert _left("metrics/cloudwatch/a.jsonl") == "{}"


def test_a_link_is_not_followed_out_of_the_output():
    Path("secret").write_text("secret")
    link = f"os.symlink({str(Path('secret').absolute())!r}, "
    outcome = _run(f"{link}Path(os.environ['output_path'], 'a.txt')); {link}'opt/ml/output/message')")
    assert outcome.files == ()
    assert outcome.exit_message.startswith("Completed: Job")


def test_a_window_of_few_rows_is_not_judged():
    outcome = _run(OWN, minimum_rows=10)
    assert (outcome.status, outcome.violations) == ("Completed", 0)
    assert "3 rows are too few" in outcome.exit_message


@pytest.mark.parametrize(
    ("script", "limits", "told"),
    [
        ("import time; time.sleep(60)", {"max_runtime_in_seconds": 1}, "ran too long"),
        ("import time; x = bytearray(300_000_000); time.sleep(60)", {"memory_limit": "200MB"}, "too much memory"),
    ],
)
def test_limits_hold(script, limits, told):
    outcome = _run(script, **limits)
    assert (outcome.status, told in outcome.failure_reason) == ("Failed", True)


FUNCTION = """
def analyze(given):
    amounts = [json.loads(line)["amount"] for file in given.files for line in file.read_text().splitlines()]
    limit = float(given.environment["LIMIT"])
    return [{"feature_name": "amount", "description": f"{a} is more"} for a in amounts if a > limit]
"""


def test_a_function_returns_violations():
    outcome = _run(FUNCTION, program=Program(analyzer="own.py"))
    assert (outcome.status, outcome.violations) == ("CompletedWithViolations", 2)
    assert [one["description"] for one in json.loads(_left("constraint_violations.json"))["violations"]] == [
        "50 is more",
        "60 is more",
    ]


def test_a_function_may_return_its_message():
    outcome = _run(
        "def analyze(given): return f'Completed: from {given.start:%H} to {given.end:%H}'",
        program=Program(analyzer="own.py"),
    )
    assert outcome.exit_message == "Completed: from 09 to 10"


def test_a_function_of_another_package_is_found(monkeypatch):
    Path("lib/own-1.dist-info").mkdir(parents=True)
    Path("lib/own-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1\n")
    Path("lib/own-1.dist-info/entry_points.txt").write_text("[kedge.analyzer]\nlimit = own_limit:check\n")
    Path("lib/own_limit.py").write_text("import json\n" + FUNCTION.replace("analyze", "check"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["lib", os.environ.get("PYTHONPATH", "")]))
    assert _run(program=Program(analyzer="limit")).violations == 2


@pytest.mark.parametrize(
    ("script", "named", "told"),
    [
        ("def analyze(given): return 1 / 0", "own.py", "ZeroDivisionError: division by zero"),
        ("def analyse(given): pass", "own.py", "own.py defines no function analyze(given)."),
        ("", "limit", "There is no entry point 'limit' of kedge.analyzer; there is none."),
        ("", "other.py", "There is no such script."),
    ],
)
def test_a_function_that_fails_says_why(script, named, told):
    outcome = _run(script, program=Program(analyzer=named))
    assert outcome.status == "Failed"
    assert outcome.failure_reason.endswith(told)


def test_a_script_before_the_check_sees_no_secret_of_the_server(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    Path("pre.py").write_text(
        "import os\nfrom pathlib import Path\ndef preprocess_handler(record):\n"
        f"    Path({str(Path('seen.txt').absolute())!r}).write_text(str(sorted(os.environ)))\n    return {{'a': 1}}\n"
    )
    Path("orders.csv").write_text("a\n1\n")
    Path("baseline").mkdir()
    Path("baseline/constraints.json").write_text('{"version": 0.0, "features": []}')
    given = replace(
        GIVEN,
        endpoint=None,
        dataset=PlainFiles(name="orders", url="orders.csv"),
        baseline="baseline",
        definition=JobDefinition(
            name="own", dataset_name="orders", record_preprocessor_source_uri="pre.py", environment={"LIMIT": "40"}
        ),
    )
    Path("work").mkdir()
    execute(Settings(), given, Path("work").absolute(), lambda _: None)
    assert "LIMIT" in Path("seen.txt").read_text()
    assert "AWS" not in Path("seen.txt").read_text()
