"""The sink: events of KServe and Seldon, as they were seen on the wire, become records in the journal."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kedge.capture import Capture, CaptureConfig
from kedge.domain.capture_record import CaptureRecord
from kedge.endpoint.cloudevents import PATH, CloudEvents
from kedge.errors import SettingError

# What the payload logger of KServe sends; it gives the answer the content type of the request.
KSERVE = {
    "specversion": "1.0",
    "id": "689b15e7-84a1-4e89-9805-20809efc216d",
    "source": "http://localhost:9081/",
    "time": "2023-04-05T07:39:53.505997782Z",
    "component": "predictor",
    "endpoint": "",
    "inferenceservicename": "sklearn-iris",
    "namespace": "default",
    "metadata": "{}",
}
# What the executor of Seldon Core sends: ids differ, and requestid tells what belongs together.
SELDON = {
    "specversion": "1.0",
    "source": "http://:8000/",
    "time": "2023-04-05T07:39:53.447502807Z",
    "endpoint": "canary",
    "inferenceservicename": "iris",
    "modelid": "classifier",
    "namespace": "seldon",
    "requestid": "12b0d447-288e-42a0-a7b4-b630c8b4895c",
}
ASKED, TOLD = b'{"instances": [[6.8,  2.8]]}', b'{"predictions": [1]}'
NOW = datetime(2023, 4, 5, 7, tzinfo=UTC)
HALVES = {"request": ASKED, "response": TOLD}


def kserve(half, **others):
    return {**KSERVE, "type": f"org.kubeflow.serving.inference.{half}", **others}


def seldon(half, **others):
    return {**SELDON, "type": f"io.seldon.serving.inference.{half}", "id": f"of-{half}", **others}


@pytest.fixture
def sink():
    """A sink, its way of being asked, and what it left in the journal."""
    sinks = []

    def make(**options):
        settings = options.pop("settings", {})
        made = CloudEvents(lambda name: Capture(CaptureConfig(endpoint=name, journal="journal", **settings)), **options)
        sinks.append(made)
        return made

    yield make
    for each in sinks:
        each.close(5)


@pytest.fixture
def post(sink, run, talk):
    """Post to a sink over a real connection; return status and text."""

    def connect(made=None):
        client = talk(run(made or sink()))

        def post(body, path=PATH, **headers):
            told = {"content-type": "application/json", "content-length": len(body), **headers}
            lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
            client.send(f"POST {path} HTTP/1.1\r\nHost: sink\r\n{lines}\r\n".encode() + body)
            status, _, text = client.answer()
            return status, text.decode().strip()

        return post

    return connect


def binary(attributes):
    return {f"ce-{name}": value for name, value in attributes.items()}


def journalled(made):
    """Close a sink, and return the records of its journal, with the folders that they lie in."""
    made.close(5)
    return [
        (file.parts[1:-1], CaptureRecord.from_json(line))
        for file in sorted(Path("journal").glob("*/files/**/*.jsonl"))
        for line in file.read_text().splitlines()
    ]


@pytest.mark.parametrize(
    ("logger", "variant", "id"),
    [(kserve, "AllTraffic", KSERVE["id"]), (seldon, "canary", SELDON["requestid"])],
    ids=["kserve", "seldon"],
)
@pytest.mark.parametrize("order", [("request", "response"), ("response", "request")], ids=["in order", "turned"])
def test_a_request_and_its_answer_become_one_record(sink, post, logger, variant, id, order):
    made = sink()
    ask = post(made)
    assert [ask(HALVES[half], **binary(logger(half))) for half in order] == [(202, ""), (202, "")]
    [(folders, record)] = journalled(made)
    assert folders == (logger("request")["inferenceservicename"], "files", variant, "2023", "04", "05", "07")
    assert (record.input.data, record.output.data) == (ASKED.decode(), TOLD.decode())
    assert (record.inference_id, record.inference_time) == (id, "2023-04-05T07:39:53Z")


def structured(attributes, data):
    return {**attributes, "datacontenttype": "application/json", "data": json.loads(data)}


def based(attributes, data):
    return {**attributes, "datacontenttype": "text/csv", "data_base64": base64.b64encode(data).decode()}


@pytest.mark.parametrize("pack", [structured, based])
def test_an_event_may_come_in_an_envelope(sink, post, pack):
    made = sink()
    ask = post(made)
    for half, data in HALVES.items():
        sent = json.dumps(pack(kserve(half), data)).encode()
        assert ask(sent, content_type="application/cloudevents+json; charset=utf-8") == (202, "")
    [(_, record)] = journalled(made)
    assert json.loads(record.input.data) == json.loads(ASKED)
    assert record.input.content_type == ("application/json" if pack is structured else "text/csv")


def test_a_batch_is_taken_apart_and_what_is_wrong_in_it_is_told(sink, post):
    made = sink()
    batch = [structured(kserve(half), data) for half, data in HALVES.items()]
    sent = json.dumps([*batch, {"id": "x"}, 7]).encode()
    status, text = post(made)(sent, content_type="application/cloudevents-batch+json")
    assert (status, len(journalled(made))) == (400, 1)
    assert "this one has no specversion." in text
    assert text.endswith("So are 1 more.")


def test_the_events_of_the_cloudevents_package_are_understood(sink, post):
    written = pytest.importorskip("cloudevents.core.v1.event", reason="the cloudevents package is not installed")
    from cloudevents.core.bindings import http
    from cloudevents.core.formats.json import JSONFormat

    made = sink()
    ask = post(made)
    event = written.CloudEvent(kserve("request", time=NOW, metadata="ä€"), json.loads(ASKED))
    sent = http.to_structured(event, JSONFormat())
    assert ask(sent.body, **sent.headers)[0] == 202
    event = written.CloudEvent(kserve("response", time=NOW, datacontenttype="application/json"), json.loads(TOLD))
    sent = http.to_binary(event, JSONFormat())
    assert ask(sent.body, **sent.headers)[0] == 202
    assert len(journalled(made)) == 1


def test_an_event_that_comes_again_is_counted_and_captured_once(sink, post):
    made = sink()
    ask = post(made)
    for half in ("request", "request", "response", "response", "request"):
        assert ask(HALVES[half], **binary(kserve(half)))[0] == 202
    assert (len(journalled(made)), made.counts["repeated"]) == (1, 3)


def test_models_of_one_request_are_kept_apart(sink, post):
    made = sink(endpoint="{inferenceservicename}-{modelid}")
    ask = post(made)
    for half, model in [("request", "a"), ("request", "b"), ("response", "b"), ("response", "a")]:
        ask(model.encode(), content_type="text/csv", **binary(seldon(half, modelid=model)))
    found = {folders[0]: (record.input.data, record.output.data) for folders, record in journalled(made)}
    assert found == {"iris-a": ("a", "a"), "iris-b": ("b", "b")}


def test_a_half_alone_is_counted(sink, post):
    made = sink(pair_seconds=0.01)
    ask = post(made)
    ask(ASKED, **binary(kserve("request")))
    [recorder] = made._recorders.values()
    assert journalled(made) == []
    assert (made.counts["unpaired"], recorder.counts().dropped, recorder.counts().on_its_way) == (1, {"unpaired": 1}, 0)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
def test_an_event_without_what_every_event_has_is_refused(post, name):
    status, text = post()(ASKED, **binary({**kserve("request"), name: ""}))
    assert (status, f"this one has no {name}." in text) == (400, True)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("application/cloudevents+json", b"{", "Expected JSON"),
        ("application/cloudevents+json", b"[" * 100_000, "Expected JSON"),
        ("application/cloudevents+json", b"7", "found int"),
        ("application/cloudevents+json", b'{"data_base64": "?"}', "Expected base64"),
        ("application/cloudevents-batch+json", b"{}", "Expected an array"),
    ],
)
def test_an_envelope_that_is_none_is_refused(sink, post, kind, body, said):
    made = sink(endpoint="fraud")
    status, text = post(made)(body, content_type=kind)
    assert (status, said in text) == (400, True)
    assert (made.counts["bad"], made._recorders["fraud"].counts().remarked) == (1, {"bad_event": 1})


def test_an_event_that_names_no_endpoint_is_told_how_to_name_it(post):
    status, text = post()(ASKED, **binary(kserve("request", inferenceservicename="")))
    assert (status, "--endpoint" in text) == (400, True)


def test_events_of_other_types_are_taken_and_left(sink, post):
    made = sink()
    assert post(made)(b"{}", **binary(seldon("request", type="io.seldon.serving.feedback"))) == (202, "")
    assert (made.counts["other"], journalled(made)) == (1, [])


def test_only_posts_to_the_path_are_events(post, sink, run, talk):
    assert post()(b"", path="/")[0] == 404
    client = talk(run(sink()))
    client.send(f"GET {PATH} HTTP/1.1\r\nHost: sink\r\n\r\n".encode())
    assert client.answer()[0] == 405


def test_a_name_that_is_no_folder_is_made_one(sink, post):
    made = sink(variant="{endpoint}")
    ask = post(made)
    for half, data in HALVES.items():
        ask(data, **binary(kserve(half, inferenceservicename="../a b/ü", endpoint="../..")))
    [(folders, _)] = journalled(made)
    assert folders[:3] == ("a-b", "files", "AllTraffic")


def test_a_header_that_the_logger_passes_on_is_the_inference_id(sink, post):
    made, sent = sink(), json.dumps({"X-Amzn-Sagemaker-Inference-Id": ["order-17"]})
    ask = post(made)
    for half, data in HALVES.items():
        ask(data, **binary(kserve(half, metadata=sent)))
    assert [record.inference_id for _, record in journalled(made)] == ["order-17"]


def test_what_is_sampled_out_waits_for_nothing(sink, post):
    made = sink(settings={"sampling_percentage": 0})
    ask = post(made)
    for half, data in HALVES.items():
        ask(data, **binary(kserve(half)))
    assert (made.counts["left_out"], made.counts["exchanges"], made._pairs.waiting_bytes) == (2, 0, 0)


def test_the_counters_of_many_endpoints_tell_each_type_once(sink, post):
    made = sink()
    ask = post(made)
    for name in ("a", "b"):
        ask(ASKED, **binary(kserve("request", inferenceservicename=name)))
    lines = made.prometheus().splitlines()
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
    assert 'kedge_capture_seen_total{endpoint="a"} 1' in lines
    assert "kedge_sink_waiting 2" in lines


def test_endpoints_are_not_made_without_end(sink, post, monkeypatch):
    monkeypatch.setattr("kedge.endpoint.cloudevents.MAX_ENDPOINTS", 1)
    ask = post(sink())
    asked = [ask(ASKED, **binary(kserve("request", inferenceservicename=name))) for name in ("a", "b", "a")]
    assert [status for status, _ in asked] == [202, 400, 202]


def test_an_event_that_breaks_off_is_none(sink, run, talk):
    made = sink()
    client = talk(run(made))
    head = "".join(f"{name}: {value}\r\n" for name, value in binary(kserve("request")).items())
    client.send(f"POST {PATH} HTTP/1.1\r\nHost: sink\r\nContent-Length: 100\r\n{head}\r\nhalf".encode())
    client.close()
    time.sleep(0.2)
    assert made.counts["events"] == 0


def test_a_journal_that_is_gone_is_not_the_senders_fault(run, post):
    def gone(name):
        raise SettingError("The journal cannot be written.", field="journal")

    assert post(CloudEvents(gone))(ASKED, **binary(kserve("request")))[0] == 503


def test_more_than_is_read_is_refused(post, monkeypatch):
    monkeypatch.setattr("kedge.endpoint.cloudevents.MAX_BYTES", 10)
    assert post()(b"x" * 11, **binary(kserve("request")))[0] == 413


@pytest.mark.parametrize("text", ["{service}", "{}", "{endpoint.__class__}", "{endpoint!r}", "{endpoint"])
def test_a_name_of_what_no_event_has_is_refused(sink, text):
    with pytest.raises(SettingError, match="variant: "):
        sink(variant=text)
