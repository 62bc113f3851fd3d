"""The story of a model without a server: it is served, called, replaced under load, and rolled back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from pathlib import Path

import pytest

from kedge.domain.capture_record import CaptureRecord

from .hosting import VARIANT, archived, hosted, loaded, run, soon

# A model that does as it is told: what a request can do to a host.
OBEDIENT = """
import json, os, sys, time
def model_fn(folder):
    print("loading from", os.path.basename(folder))
    return None
def input_fn(body, content_type):
    return body
def predict_fn(data, model):
    if data == "raise":
        raise RuntimeError("broken inside")
    if data == "hang":
        time.sleep(600)
    if data == "exit":
        os._exit(7)
    if data == "print":
        print("seen\\x1b[2J", flush=True)
        print("complained", file=sys.stderr)
    if data == "pid":
        return str(os.getpid())
    if data.startswith("sleep"):
        time.sleep(float(data[5:]))
    return data
def output_fn(prediction, accept):
    return prediction
"""
SIMPLE = """
class Model:
    def predict(self, rows):
        return rows.astype(float).sum(axis=1)
def model_fn(folder):
    return Model()
"""
BROKEN = "def model_fn(folder): raise RuntimeError('no weights')\n"
QUICK = ("--no-capture", "--timeout-seconds", "2")


@pytest.fixture(scope="module")
def simple(tmp_path_factory):
    with chdir(tmp_path_factory.mktemp("simple")), hosted(archived(SIMPLE), *QUICK) as host:
        yield host


@pytest.fixture(scope="module")
def obedient(tmp_path_factory):
    with chdir(tmp_path_factory.mktemp("obedient")), hosted(archived(OBEDIENT), *QUICK) as host:
        yield host


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A host of two versions, of which the second has a quarter of the traffic."""
    with chdir(tmp_path_factory.mktemp("shared")), hosted(archived(SIMPLE), *QUICK) as host:
        run("model", "deploy", archived(SIMPLE + "# 2"), "--endpoint", "fraud", "--weight", "25")
        yield host


@pytest.fixture
def mortal():
    with hosted(archived(OBEDIENT), *QUICK) as host:
        yield host


def test_a_script_at_the_root_is_served_too():
    with hosted(archived(SIMPLE, place="inference.py"), *QUICK) as host:
        assert host.invoked("1,2\n3,4\n").body == "3.0\n7.0\n"


def test_a_model_of_scikit_learn_is_served_as_it_predicts():
    sklearn, skops = pytest.importorskip("sklearn.datasets"), pytest.importorskip("skops.io")
    from sklearn.ensemble import RandomForestClassifier

    rows, labels = sklearn.load_iris(return_X_y=True)
    forest = RandomForestClassifier(5, random_state=7).fit(rows, labels)
    skops.dump(forest, "model.skops")
    body = json.dumps({"instances": rows.tolist()})
    with hosted("model.skops", *QUICK, "--trust") as host:  # of the trees, which skops does not know
        answer = host.invoked(body, "application/json")
    assert json.loads(answer.body) == {"predictions": forest.predict(rows).tolist()}


@pytest.mark.parametrize(
    ("accept", "kind", "body"),
    [
        ("*/*", "text/csv", "3.0\n"),
        ("application/json", "application/json", '{"predictions":[3.0]}'),
        ("application/jsonlines", "application/jsonlines", '{"prediction":3.0}\n'),
    ],
)
def test_an_answer_has_the_type_that_is_accepted_and_names_its_variant(simple, accept, kind, body):
    answer = simple.invoked("1,2", accept=accept)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, kind, body)
    assert answer.headers[VARIANT] == "v1"


@pytest.mark.parametrize(
    ("body", "headers", "status", "told"),
    [
        (b"1,2\n3\n", {}, 400, "line 2"),
        (b"1,x\n", {}, 400, "does not take these rows"),
        (b"{", {"content_type": "application/json"}, 400, "not JSON"),
        (b"1", {"content_type": "image/png"}, 415, "text/csv"),
        (b"1", {"content_encoding": "gzip"}, 415, "without a content encoding"),
        (b"1,2", {"accept": "image/png"}, 406, "image/png"),
        (b"1" * (6_291_456 + 1), {}, 413, "6,291,456"),
        (b"1,2", {"x_amzn_sagemaker_target_variant": "v9"}, 400, "no variant 'v9'; there is v1"),
    ],
)
def test_a_request_that_cannot_be_answered_is_told_why(simple, body, headers, status, told):
    answer = simple.invoked(body, **headers)
    assert answer.status == status
    assert told in json.loads(answer.body)["message"]


def test_a_request_of_the_greatest_size_is_answered(simple):
    assert simple.invoked(b"1,2\n" + b"\n" * (6_291_456 - 4)).body == "3.0\n"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", "/invocations", 405), ("POST", "/ping", 405)]
)
def test_what_is_no_way_to_ask_is_told(simple, method, path, status):
    assert simple.asked(method, path).status == status


def test_a_client_of_the_service_can_ask(simple):
    boto3 = pytest.importorskip("boto3")
    url = f"http://127.0.0.1:{simple.port}"
    known = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    client = boto3.client("sagemaker-runtime", endpoint_url=url, region_name="eu-central-1", **known)
    told = client.invoke_endpoint(EndpointName="fraud", Body=b"1,2", ContentType="text/csv", TargetVariant="v1")
    assert (told["Body"].read(), told["InvokedProductionVariant"], told["ContentType"]) == (b"3.0\n", "v1", "text/csv")


def test_an_error_in_a_handler_is_an_answer_with_the_traceback_in_the_log(obedient):
    answer = obedient.invoked("raise")
    assert (answer.status, "predict_fn failed with RuntimeError" in answer.body) == (500, True)
    assert obedient.logged("[v1] RuntimeError: broken inside")
    assert obedient.invoked("still here").body == "still here"


def test_a_handler_that_hangs_is_ended_and_started_again(obedient):
    answer = obedient.invoked("hang")
    assert (answer.status, "did not answer within 2 s" in answer.body) == (500, True)
    assert obedient.invoked("still here").body == "still here"


def test_a_handler_that_ends_its_process_costs_that_request_only(obedient):
    answer = obedient.invoked("exit")
    assert (answer.status, "ended with exit code 7" in answer.body) == (500, True)
    assert obedient.invoked("still here").body == "still here"


def test_what_a_model_prints_is_in_the_log_under_its_name_and_steers_no_terminal(obedient):
    obedient.invoked("print")
    assert obedient.logged("[v1] complained")
    assert obedient.logged("[v1] seen\N{REPLACEMENT CHARACTER}[2J")


def test_a_model_that_is_killed_comes_back(obedient):
    model, known = int(obedient.invoked("pid").body), obedient.log.read_text().count("] up:")
    os.kill(model, signal.SIGKILL)
    assert soon(lambda: obedient.log.read_text().count("] up:") > known, 30)
    assert obedient.invoked("still here").status == 200


def test_a_host_outlives_a_model_that_dies_while_it_loads_until_it_loads_again():
    dying = f"import os\nif os.path.exists({str(Path('dying').absolute())!r}): os._exit(3)\n"
    with hosted(archived(dying + OBEDIENT), *QUICK) as host:
        Path("dying").touch()
        host.invoked("exit")
        assert soon(lambda: host.log.read_text().count("ended with exit code 3 before it could load") > 2, 30)
        answer = host.invoked("1")
        Path("dying").unlink()
        assert soon(lambda: host.invoked("1").status == 200, 30)
    assert (answer.status, "v1 does not start" in answer.body) == (503, True)


def test_a_process_is_asked_one_thing_at_a_time_and_several_at_once():
    with hosted(archived(OBEDIENT), *QUICK, "--workers", "2") as host, ThreadPoolExecutor(4) as pool:
        assert soon(lambda: host.log.read_text().count("] up:") == 2)
        began = time.monotonic()
        answers = list(pool.map(host.invoked, ["sleep0.5"] * 4))
    assert {answer.status for answer in answers} == {200}
    assert 1.0 <= time.monotonic() - began < 1.9


def test_models_end_with_a_host_that_is_killed(mortal):
    model = int(mortal.invoked("pid").body)
    mortal.end(signal.SIGKILL)
    assert soon(lambda: not Path(f"/proc/{model}").exists() or _zombie(model))


def test_a_host_that_is_told_to_end_answers_first(mortal):
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(mortal.invoked, "sleep1")
        time.sleep(0.5)
        mortal.end(signal.SIGTERM)
    assert answer.result().status == 200


def test_versions_come_share_and_go_under_load_without_a_failed_request():
    with hosted(archived(SIMPLE), *QUICK) as host, loaded(host) as seen:
        steps = [
            run("model", "deploy", archived(SIMPLE + "# 2"), "--endpoint", "fraud", "--weight", "10"),
            run("model", "weights", "v1=50", "v2=50", "--endpoint", "fraud"),
            run("model", "rollback", "--endpoint", "fraud"),
            run("model", "deploy", archived(SIMPLE + "# 3"), "--endpoint", "fraud"),
            run("model", "rollback", "--endpoint", "fraud"),
        ]
    assert [printed.splitlines()[-1] for _, printed in steps] == [
        "Traffic: v1 90 %, v2 10 %",
        "Traffic: v1 50 %, v2 50 %",
        "Traffic: v1 100 %",
        "Traffic: v3 100 %",
        "Traffic: v1 100 %",
    ]
    assert {status for status, _ in seen} == {200}
    assert {variant for _, variant in seen} == {"v1", "v2", "v3"}


def test_weights_are_shares_of_the_traffic_and_a_caller_may_choose(shared):
    answered = [shared.invoked("1,2").headers[VARIANT] for _ in range(400)]
    chosen = {shared.invoked("1,2", X_Target_Variant="v2").headers[VARIANT] for _ in range(20)}
    assert 60 <= answered.count("v2") <= 140  # five standard deviations
    assert chosen == {"v2"}


def test_a_version_can_be_tried_before_it_has_traffic():
    with hosted(archived(SIMPLE), *QUICK) as host:
        run("model", "deploy", archived(SIMPLE + "# 2"), "--endpoint", "fraud", "--weight", "0")
        assert soon(lambda: host.invoked("1,2", X_Target_Variant="v2").status == 200)
        assert {host.invoked("1,2").headers[VARIANT] for _ in range(20)} == {"v1"}


def test_a_version_that_does_not_load_is_refused_and_the_host_goes_on(simple):
    models = simple.log.parent / "kedge-models"
    where = ("--endpoint", "fraud", "--data", str(models))
    code, printed = run("model", "deploy", archived(BROKEN, "broken.tar.gz"), *where)
    assert (code, "broken.tar.gz: The model does not load: RuntimeError: no weights" in printed) == (2, True)
    assert simple.invoked("1,2").headers[VARIANT] == "v1"
    assert sorted(path.name for path in (models / "fraud").iterdir() if path.is_dir()) == ["v1"]


def test_a_host_that_starts_again_goes_on_as_it_was():
    model = archived(SIMPLE)
    with hosted(model, *QUICK):
        run("model", "deploy", archived(SIMPLE + "# 2", "second.tar.gz"), "--endpoint", "fraud", "--weight", "100")
    with hosted(model, *QUICK) as again:
        assert again.invoked("1,2").headers[VARIANT] == "v2"


def test_a_second_host_of_one_folder_is_refused(simple):
    models = str(simple.log.parent / "kedge-models")
    code, printed = run("serve-model", "--endpoint", "fraud", "--data", models, "--port", "1")
    assert (code, "Another host serves fraud" in printed) == (2, True)


def test_the_versions_are_listed_with_who_answers_and_who_deployed_them(shared, monkeypatch):
    monkeypatch.chdir(shared.log.parent)
    _, printed = run("model", "list", "--endpoint", "fraud")
    first, second = printed.splitlines()[1:3]
    assert first.split()[:4] == ["v1", "75", "%", "up"]
    assert second.split()[:4] == ["v2", "25", "%", "up"]
    assert second.rstrip().endswith("kedge model deploy model.tar.gz --endpoint frau…")


def test_what_is_answered_is_captured_under_the_variant_that_answered():
    with hosted(archived(SIMPLE), "--timeout-seconds", "2") as host:
        run("model", "deploy", archived(SIMPLE + "# 2"), "--endpoint", "fraud", "--weight", "0")
        told = host.invoked("1,2", X_Inference_Id="order-17", X_Target_Variant="v2")
        host.invoked('{"instances": [[3, 4]]}', "application/json", X_Inference_Id="order-18")
        host.invoked("1,x")
        host.end()
    (first,), (second,) = (list(Path("kedge-capture/fraud/files", name).rglob("*.jsonl")) for name in ("v1", "v2"))
    (known,) = map(CaptureRecord.from_json, second.read_text().splitlines())
    assert (known.inference_id, known.input.data, known.output.data) == ("order-17", "1,2", told.body)
    (other,) = map(CaptureRecord.from_json, first.read_text().splitlines())
    assert (other.inference_id, other.input.encoding, other.output.encoding) == ("order-18", "JSON", "JSON")


def test_the_example_loses_no_request_and_no_capture(tmp_path):
    command = [sys.executable, "-m", "examples.host", "--output", str(tmp_path)]
    printed = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True).stdout
    assert printed.count("200 answers of v1") == 2
    assert soon(lambda: sum(map(_lines, (tmp_path / "captures").rglob("*.jsonl"))) == 900)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve-model", "--endpoint", "fraud"], "has no model"),
        (["serve-model", "nowhere.tar.gz", "--endpoint", "fraud"], "nowhere.tar.gz"),
        (["serve-model", "x", "--endpoint", "../fraud"], "is no name"),
        (["model", "deploy", "x", "--endpoint", "fraud"], "has no model"),
        (["model", "weights", "v1", "--endpoint", "fraud"], "Give each as v1=90"),
        (["model", "rollback", "--endpoint", "fraud"], "has no model"),
        (["model", "list", "--endpoint", "fraud"], "has no model"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(arguments, told):
    code, printed = run(*arguments)
    assert (code, told in printed) == (2, True), printed


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _zombie(pid: int) -> bool:
    return ") Z " in Path(f"/proc/{pid}/stat").read_text()
