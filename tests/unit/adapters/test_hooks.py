"""Scripts of a user: what they are given, what they may return, and how it is told that they failed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge.adapters.hooks.process import KEPT_BYTES, Process
from kedge.adapters.stores.local import Local
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.script import ScriptRecords
from kedge.domain.window import Window
from kedge.errors import HookError, InputError

CAPTURED = [
    CaptureRecord(
        f"event-{i}",
        f"2024-05-01T09:00:0{i}Z",
        Payload(f"{i},b", "CSV", "text/csv"),
        Payload(f"0.{i}\n", "CSV"),
        f"order-{i}",
        ("a=b",),
    )
    for i in range(5)
]
MEMORY = 400_000_000


@pytest.fixture
def hook(monkeypatch):
    """Run a script over records, and return what it made and its rows."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)

    def run(script: str, *lines: str, format="capture", timeout: float = 20, **how):
        Path("script.py").write_text(script)
        Path("live.txt").write_text("\n".join(lines or [record.to_json() for record in CAPTURED]) + "\n")
        records = ScriptRecords(format, {Path("live.txt").absolute(): "s3://bucket/live.txt"}, **how)
        made = Process(Local(), timeout, MEMORY).preprocess("script.py", records, Path("rows.jsonl").absolute())
        return made, [json.loads(row) for row in Path("rows.jsonl").read_text().splitlines()]

    return run


def _returning(value: str) -> str:
    return f"def preprocess_handler(record):\n    return {value}\n"


# --- what a script is given ---------------------------------------------------------------------------------------

ATTRIBUTES = {
    "record.event_metadata.event_id": "event-0",
    "record.event_metadata.event_time": "2024-05-01T09:00:00Z",
    "record.event_metadata.inference_id": "order-0",
    "record.event_metadata.custom_attribute[0]": "a=b",
    "record.event_version": "0",
    "record.endpoint_input.data": "0,b",
    "record.endpoint_input.encoding": "CSV",
    "record.endpoint_input.mode": "INPUT",
    "record.endpoint_input.observedContentType": "text/csv",
    "record.endpoint_output.as_dict()['data']": "0.0\n",
    "record.event_data.endpointInput.data": "0,b",
    "record.event_dict['eventMetadata']['eventId']": "event-0",
    "record.as_dict()['eventVersion']": "0",
    "str(record.ground_truth)": "None",
    "str(record.batch_transform_output)": "None",
}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_record_has_the_attributes_that_scripts_know(hook, attribute):
    _, rows = hook(_returning(f"{{'x': {attribute}}}"))
    assert rows[0] == {"x": ATTRIBUTES[attribute]}


def test_a_merged_record_has_its_label(hook):
    label = {"groundTruthData": {"data": "1", "encoding": "CSV"}}
    batch = {"captureData": {"batchTransformOutput": {"data": "0.93,41"}}, "eventMetadata": {"eventId": "e"}}
    script = _returning("{'y': record.ground_truth.data, 'row': record.batch_transform_output.data}")
    assert hook(script, json.dumps(label | batch))[1] == [{"y": "1", "row": "0.93,41"}]


def test_records_outside_the_window_are_not_given(hook):
    window = Window(datetime(2024, 5, 1, 9, 0, 1, tzinfo=UTC), datetime(2024, 5, 1, 9, 0, 3, tzinfo=UTC))
    other = [CaptureRecord("o", time).to_json() for time in ("2024-05-01T11:00:02+02:00", "2024-05-01T09:00:03.5Z")]
    script = _returning("{'x': record.event_metadata.event_id}")
    _, rows = hook(script, *(r.to_json() for r in CAPTURED), *other, window=window)
    assert [row["x"] for row in rows] == ["event-1", "event-2", "o"]


def test_a_row_of_csv_is_given_as_text_without_the_header(hook):
    made, rows = hook(_returning("{'x': record}"), "a,b", '1,"two', 'lines"', "3,4", format="csv")
    assert (rows, made.run.records) == ([{"x": '1,"two\nlines"'}, {"x": "3,4"}], 2)


def test_a_line_of_json_is_given_as_a_dict(hook):
    assert hook(_returning("{'x': record['a'] + 1}"), '{"a": 1}', format="jsonl")[1] == [{"x": 2}]


@pytest.mark.parametrize(
    ("format", "asked", "told", "given"),
    [
        ("csv", "10,20", "0.5,2f0c6f7a-0000,2024-05-01T09:00:15Z", "0.5,10,20"),
        ("jsonl", '{"a": 1}', '{"score": 2, "SageMakerInferenceId": "i"}', {"a": 1, "score": 2}),
    ],
)
def test_a_request_of_a_batch_transform_is_given_with_its_response(hook, format, asked, told, given):
    Path("told.txt").write_text(told + "\n")
    how = {"answers": (Path("told.txt").absolute(),), "tagged": True, "header": False}
    made, rows = hook(_returning("{'x': record}"), asked, asked, format=format, **how)
    assert rows == [{"x": given}]
    assert [(u.line, u.reason[:26]) for u in made.unreadable] == [(2, "There is a request without")]


def test_lines_that_are_no_records_are_told_and_not_given(hook):
    good = CAPTURED[0].to_json()
    made, rows = hook(_returning("{'x': 1}"), good, "nonsense", "", good + good, '{"x": 1}', "[1]", good)
    assert (len(rows), [u.line for u in made.unreadable]) == (2, [2, 4, 5, 6])
    assert {u.file for u in made.unreadable} == {"s3://bucket/live.txt"}


def test_a_script_finds_the_variables_and_an_empty_folder(hook):
    script = "import os\n" + _returning("{'start': os.environ['start_time'], 'files': os.listdir()}")
    _, rows = hook(script, environment={"start_time": "2024-05-01T09:00:00Z"})
    assert rows[0] == {"start": "2024-05-01T09:00:00Z", "files": []}


def test_a_script_imports_from_relative_folders_of_the_python_path(hook, monkeypatch):
    Path("rates.py").write_text("MILE = 1.609344\n")
    monkeypatch.setenv("PYTHONPATH", ".")
    assert hook("import rates\n" + _returning("{'x': rates.MILE}"))[1][0] == {"x": 1.609344}


# --- what a script may return -------------------------------------------------------------------------------------

RETURNED = {
    "a dict": ("{'x': 1, 'y': 'a', 'z': None, 'b': True}", [{"x": 1, "y": "a", "z": None, "b": True}]),
    "several rows": ("[{'x': 1}, {'y': 2}]", [{"x": 1}, {"y": 2}]),
    "keys that are numbers": ("{0: 'a', 10: 'b'}", [{"0": "a", "10": "b"}]),
    "an empty list": ("[]", []),
    "an empty dict": ("{}", []),
    "nothing": ("None", []),
    "numbers that JSON lacks": (
        "{'x': float('nan'), 'y': float('inf'), 'z': 0.5}",
        [{"x": None, "y": "1e999", "z": 0.5}],
    ),
    "numbers of numpy": (
        "{'x': __import__('numpy').int64(3), 'y': __import__('numpy').float32('nan')}",
        [{"x": 3, "y": None}],
    ),
    "a decimal": ("{'x': __import__('decimal').Decimal('1.50')}", [{"x": "1.50"}]),
    "texts of any kind": ("{'ü': 'line\\nbreak \\ud800'}", [{"ü": "line\nbreak \ud800"}]),
}


@pytest.mark.parametrize(("value", "rows"), RETURNED.values(), ids=RETURNED)
def test_a_script_may_return(hook, value, rows):
    made, found = hook(_returning(value), CAPTURED[0].to_json())
    assert (found, made.run.rows, made.run.records, made.format) == (rows, len(rows), 1, "jsonl")


def test_a_record_that_was_changed_can_be_returned_itself(hook):
    script = "def preprocess_handler(r):\n    r.endpoint_input.data = '7,c'\n    return r\n"
    made, rows = hook(script)
    assert (made.format, CaptureRecord.from_json(json.dumps(rows[1])).input.data) == ("capture", "7,c")


def test_a_second_parameter_with_a_default_is_the_scripts_own(hook):
    made, _ = hook("def preprocess_handler(record, seen=[]):\n    seen.append(1)\n    return {'x': len(seen)}\n")
    assert made.run.rows == 5


def test_a_logger_is_given_to_whom_takes_one_and_ends_in_the_output(hook):
    script = "def preprocess_handler(record, logger):\n    logger.debug('saw %s', record.endpoint_input.data)\n"
    made, _ = hook(script, CAPTURED[0].to_json())
    assert made.run.output == "DEBUG saw 0,b\n"


# --- what a script prints -----------------------------------------------------------------------------------------


def test_no_print_ends_up_between_the_rows(hook):
    script = "import os, sys\n" + _returning("(print('{}'), os.write(1, b'raw'), sys.stderr.write('e'), {'x': 1})[3]")
    made, rows = hook(script)
    assert (rows, made.run.output) == ([{"x": 1}] * 5, "{}\nrawe" * 5)


def test_of_very_many_prints_the_end_is_kept_and_the_size_known(hook):
    made, _ = hook(_returning("print('x' * 999_999 + 'end')"))
    assert (made.run.output_bytes, len(made.run.output)) == (5 * 1_000_003, KEPT_BYTES)
    assert made.run.output.endswith("xend\n")


def test_what_a_thread_does_neither_spoils_the_rows_nor_holds_up_the_end(hook):
    script = """
import threading, time
def talk():
    while True:
        print("still here")
        time.sleep(0.001)
threading.Thread(target=talk, daemon=True).start()
"""
    assert hook(script + _returning("{'x': 1}"))[1] == [{"x": 1}] * 5


# --- how it is told that a script failed --------------------------------------------------------------------------

MIDDLE = """
def preprocess_handler(record):
    first = record.endpoint_input.data.split(",")[0]
    print("at", first)
    {}
"""
THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n"
FAILURES = {
    "a syntax error": ("x = 1\ndef f(:\n", ["script.py:2: The script cannot be loaded: SyntaxError", "Line: def f(:"]),
    "an error at import": ("import nowhere_to_be_found", ["script.py:1: The script cannot be loaded: ModuleNotFound"]),
    "no handler": ("def preproces_handler(r): ...", ["is not in the script. Did you mean 'preproces_handler'?"]),
    "too many parameters": ("\ndef preprocess_handler(a, b, c): ...", ["script.py:2: preprocess_handler has other"]),
    "an exception": (
        MIDDLE.format("return {'x': 1 / (3 - int(first))}"),
        [
            "script.py:5: preprocess_handler failed: ZeroDivisionError: division by zero. ",
            "Line: return {'x': 1 / (3 - int(first))}",
            "Record: s3://bucket/live.txt:4, event event-3",
            '"data":"3,b"',
            "Printed: at 0\n    at 1\n    at 2\n    at 3",
        ],
    ),
    "an exception in a library": (MIDDLE.format("__import__('json').loads('{')"), ["script.py:5: ", "JSONDecodeError"]),
    "sys.exit": (MIDDLE.format("__import__('sys').exit(3)"), ["script.py:5: ", "SystemExit: 3", "event-0"]),
    "os._exit": (MIDDLE.format("__import__('os')._exit(0)"), ["ended its process with exit code 0", "event-0", "at 0"]),
    "a kill": (MIDDLE.format("__import__('os').kill(__import__('os').getpid(), 9)"), ["by SIGKILL", "event-0", "at 0"]),
    "a crash": (MIDDLE.format("__import__('ctypes').string_at(0)"), ["script.py:5: ", "by SIGSEGV", "event-0"]),
    "too much memory": (MIDDLE.format("x = 'x' * 500_000_000"), ["script.py:5: ", "MemoryError", "--hook-memory"]),
    "a text": (_returning("'a,b'"), ["script.py:1: preprocess_handler returned str; expected a dict", "event-0"]),
    "a list of texts": (_returning("[{}, 'a']"), ["returned a list with str in it; expected a dict"]),
    "zero": (_returning("0"), ["returned int; expected a dict"]),
    "a set for a value": (_returning("{'x': {1}}"), ["returned a value of type set; expected text, a number"]),
    "a tuple for a key": (_returning("{(1, 2): 1}"), ["keys must be str"]),
    "records and rows": (_returning("record if '2' in record.endpoint_input.data else {'x': 1}"), ["one kind"]),
}  # fmt: skip


@pytest.mark.parametrize(("script", "sentences"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_told_with_its_line_its_record_and_its_output(hook, script, sentences):
    with pytest.raises(HookError) as error:
        hook(script)
    assert [sentence for sentence in sentences if sentence not in str(error.value)] == [], str(error.value)


def test_nothing_in_a_failure_can_steer_a_terminal(hook):
    with pytest.raises(HookError) as error:
        hook(MIDDLE.format("print('\\x1b[2J'); raise ValueError('\\x1b[2J\\nmore')"))
    assert "\x1b" not in str(error.value)
    assert "ValueError: �[2J�more" in str(error.value)


STUCK = {
    "for ever in the script": (MIDDLE.format("while True: pass"), ["script.py:5: preprocess_handler took", "at 0"]),
    "for ever in a library": (MIDDLE.format("__import__('time').sleep(60)"), ["script.py:5: ", "event-0"]),
    "for ever in C": (_returning("any(iter(int, 1))"), ["script.py:2: ", "--hook-timeout"]),
    "while it is loaded": ("while True: pass", ["script.py:1: The script was still loading after 1 s"]),
    "in a thread of its own": (THREAD + _returning("{'x': 1}"), ["a thread of it still ran after 1 s"]),
}  # fmt: skip


@pytest.mark.parametrize(("script", "sentences"), STUCK.values(), ids=STUCK)
def test_a_script_that_does_not_get_on_is_ended(hook, script, sentences):
    with pytest.raises(HookError) as error:
        hook(script, timeout=1)
    assert [sentence for sentence in sentences if sentence not in str(error.value)] == [], str(error.value)


def test_a_script_that_gets_on_slowly_is_not_ended(hook):
    made, _ = hook("import time\n" + _returning("time.sleep(0.5) or {'x': 1}"), timeout=2)
    assert made.run.rows == 5


def test_what_a_script_started_ends_with_it(hook):
    script = "import subprocess\nchild = subprocess.Popen(['sleep', '60'])\n" + _returning("{'pid': child.pid}")
    _, rows = hook(script)
    state = Path(f"/proc/{rows[0]['pid']}/stat")
    assert not state.exists() or ") Z " in state.read_text()


def test_a_script_that_is_not_there_is_told(hook):
    with pytest.raises(InputError, match=r"nowhere.py: There is no such script"):
        Process(Local(), 1, MEMORY).postprocess("nowhere.py", {})


def test_a_postprocess_handler_is_called_once_without_arguments():
    Path("script.py").write_text("import os\ndef postprocess_handler():\n    print(os.environ['output_path'])\n")
    run = Process(Local(), 20, MEMORY).postprocess("script.py", {"output_path": "/there"})
    assert (run.handler, run.output) == ("postprocess_handler", "/there\n")


def test_a_postprocess_handler_with_parameters_is_refused():
    Path("script.py").write_text("def postprocess_handler(report): ...\n")
    with pytest.raises(HookError, match=r"script.py:1: postprocess_handler takes arguments"):
        Process(Local(), 20, MEMORY).postprocess("script.py", {})
