"""A bucket of the service: capture files behind s3://, a baseline there, a report there."""

from __future__ import annotations

import json

import boto3
import numpy as np
import pytest
from moto.server import ThreadedMotoServer

import kedge
from kedge.adapters.stores.remote import Remote
from kedge.app import export, look, workspace
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.history import TABLES, Span
from kedge.errors import InputError
from kedge.settings import Settings, load


@pytest.fixture(scope="module")
def place():
    """Where a server of buckets is; it takes half a second to end."""
    server = ThreadedMotoServer(port=0)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture
def bucket(place, monkeypatch):
    host, port = place
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="bucket")
    yield client
    for found in client.list_objects_v2(Bucket="bucket")["Contents"]:  # the server keeps them
        client.delete_object(Bucket="bucket", Key=found["Key"])


def _put(client, key: str, text: str) -> None:
    client.put_object(Bucket="bucket", Key=key, Body=text.encode())


def test_traffic_in_a_bucket_gets_its_verdict_there(bucket):
    rng = np.random.default_rng(0)
    _put(bucket, "train.csv", "score,miles\n" + "".join(f"{s:.3f},{m:.1f}\n" for s, m in rng.gamma(2, 1, (2000, 2))))
    for hour in (9, 10):
        rows = rng.gamma(2, 1.7, (1000, 2))
        time = f"2024-05-01T{hour:02d}:00:00Z"
        lines = [
            CaptureRecord(f"{hour}-{i}", time, Payload(f"{m:.1f}", "CSV"), Payload(f"{s / 1.7:.3f}\n", "CSV")).to_json()
            for i, (s, m) in enumerate(rows)
        ]
        _put(bucket, f"capture/flights/AllTraffic/2024/05/01/{hour:02d}/00-00-000-x.jsonl", "\n".join(lines))
    kedge.baseline("s3://bucket/train.csv").save("s3://bucket/baseline/")
    window = {"start": "2024-05-01T09:00:00Z", "end": "2024-05-01T10:00:00Z"}
    result = kedge.check("s3://bucket/capture/", "s3://bucket/baseline/", **window)
    result.save("s3://bucket/report/")
    written = bucket.get_object(Bucket="bucket", Key="report/constraint_violations.json")["Body"].read()
    assert [v["feature_name"] for v in json.loads(written)["violations"]] == ["miles"]
    assert result.statistics.dataset.item_count == 1000


def test_a_look_at_a_bucket_fetches_no_whole_object(bucket, monkeypatch):
    _put(bucket, "train.csv", "score,miles\n" + "0.5,10\n" * 100_000)
    kedge.baseline("s3://bucket/train.csv").save("s3://bucket/baseline/")
    monkeypatch.setattr(Remote, "stage", None)
    preview = look(load()[0])(Dataset("s3://bucket/train.csv"), "s3://bucket/baseline", "default")
    assert (preview.runs, preview.remarks, preview.reading.rows) == (True, [], 99)


def test_batch_transform_captures_are_read_through_their_manifests(bucket):
    _put(bucket, "train.csv", "score,miles\n0.5,10\n0.25,20\n")
    _put(bucket, "in/part_0.csv", "10\n20\n30\n")
    tag = "2f0c6f7a-0000-4000-8000-000000000001,2024-05-01T09:00:15Z"
    _put(bucket, "out/part_0.csv.out", "".join(f"{score},{tag}\n" for score in (0.1, 0.2, 0.3)))
    _put(bucket, "capture/input/2024/05/01/09/a.json", '[{"prefix":"s3://bucket/in/"},"part_0.csv"]')
    _put(bucket, "capture/output/2024/05/01/09/b.json", '[{"prefix":"s3://bucket/out/"},"part_0.csv.out"]')
    result = kedge.check("s3://bucket/capture/", kedge.baseline("s3://bucket/train.csv"), header=False)
    assert {f.name: f.numerical_statistics.mean for f in result.statistics.features} == {
        "score": pytest.approx(0.2),
        "miles": 20,
    }


def test_scripts_in_a_bucket_are_fetched_and_their_files_arrive_with_the_report(bucket):
    _put(bucket, "train.csv", "miles\n" + "10\n20\n" * 50)
    _put(bucket, "live.jsonl", '{"km": 16}\n{"km": 32}\n' * 50)
    _put(bucket, "pre.py", "def preprocess_handler(record):\n    return {'miles': round(record['km'] / 1.6)}\n")
    note = "open(os.environ['output_path'] + '/note.txt', 'w').write('seen')"
    _put(bucket, "post.py", f"import os\ndef postprocess_handler():\n    {note}\n")
    kedge.baseline("s3://bucket/train.csv").save("s3://bucket/baseline")
    result = kedge.check("s3://bucket/live.jsonl", "s3://bucket/baseline", preprocess="s3://bucket/pre.py")
    result._jobs.postprocess(result.report, "s3://bucket/post.py", "s3://bucket/report")
    assert result.violations == ()
    assert bucket.get_object(Bucket="bucket", Key="report/note.txt")["Body"].read() == b"seen"
    assert bucket.get_object(Bucket="bucket", Key="report/report.html")


def test_labels_arrive_in_a_bucket_below_their_hour(bucket):
    _put(bucket, "orders.csv", "order_id,paid_back\norder-1,1\norder-2,0\n")
    named = {"id": "order_id", "label": "paid_back", "destination": "s3://bucket/labels/"}
    done = kedge.upload_labels("s3://bucket/orders.csv", **named)
    time = done.upload_time
    (key,) = [name.removeprefix("s3://bucket/") for name in done.files]
    assert key.startswith(f"labels/{time[:13].replace('-', '/').replace('T', '/')}/{time[14:16]}-{time[17:19]}-")
    assert bucket.get_object(Bucket="bucket", Key=key)["Body"].read().decode().splitlines() == [
        GroundTruth("order-1", "1", upload_time=time).to_json(),
        GroundTruth("order-2", "0", upload_time=time).to_json(),
    ]


def test_a_bucket_that_is_not_there_is_named(bucket):
    _put(bucket, "orders.csv", "id,y\n1,1\n")
    with pytest.raises(InputError, match=r"s3://nowhere/labels/.*There is no such bucket"):
        kedge.upload_labels("s3://bucket/orders.csv", id="id", label="y", destination="s3://nowhere/labels")


def test_the_history_goes_to_a_bucket(bucket):
    with workspace(Settings(), "ann") as kept:
        export(kept, Span(), "s3://bucket/history/")
    found = [each["Key"] for each in bucket.list_objects_v2(Bucket="bucket")["Contents"]]
    assert found == [f"history/{name}.parquet" for name in sorted(TABLES)]
