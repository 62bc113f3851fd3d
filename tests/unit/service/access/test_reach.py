"""What requests may have a server reach, resource by resource."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import kedge
from kedge.app import execute
from kedge.domain.action import Action
from kedge.domain.catalog import Baseline, Endpoint, JobDefinition, PlainFiles, Program, to_record
from kedge.domain.channel import Channel
from kedge.domain.secret import SecretUrl
from kedge.domain.window import Window
from kedge.errors import NotAllowed, SettingError
from kedge.service.access.reach import Reach, bounded
from kedge.service.assignment import Assignment
from kedge.service.terms import terms_of
from kedge.settings import Settings

REFUSED = (NotAllowed, SettingError)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def files(tmp_path):
    """The folder that requests may name where nothing is set."""
    folder = tmp_path / "kedge-data/files"
    folder.mkdir(parents=True)
    return str(folder)


def reach(admin=True, **settings):
    return Reach.of(bounded(Settings(**settings)), admin=admin)


def job(**fields):
    return JobDefinition(name="job", endpoint_name="fraud", **fields)


FIELDS = {
    "captures": lambda url: Endpoint(name="a", captures=url),
    "ground_truth": lambda url: job(ground_truth=url),
    "url": lambda url: PlainFiles(name="a", url=url),
    "learned_from": lambda url: Baseline(name="a", version=1, url="", learned_from=url),
    "baseline": lambda url: job(baseline=url),
    "config_uri": lambda url: job(config_uri=url),
    "output": lambda url: job(output=url),
    "record_preprocessor_source_uri": lambda url: job(record_preprocessor_source_uri=url),
    "post_analytics_processor_source_uri": lambda url: job(post_analytics_processor_source_uri=url),
    "predictor": lambda url: job(predictor=f"{url}/model.onnx"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_place_in_any_field_is_looked_at(files, field):
    allowed = reach(allowed_programs="all")
    allowed.check(FIELDS[field](f"{files}/a"))
    with pytest.raises(REFUSED) as refused:
        allowed.check(FIELDS[field]("/etc/ssl"))
    assert refused.value.field == field


def test_without_a_login_everything_may_be_named(files):
    Reach.of(Settings()).check(job(config_uri="../anything", program=Program(container_entrypoint=("sh",))))


def test_a_baseline_of_the_catalog_is_no_place(files):
    reach().check(job(baseline="fraud:3"))


def test_what_was_named_before_may_stay(files):
    known = PlainFiles(name="a", url="/srv/data")
    reach().check(PlainFiles(name="a", url="/srv/data"), known)
    with pytest.raises(REFUSED):
        reach().check(PlainFiles(name="a", url="/srv/other"), known)


PROGRAMS = {
    "scripts": [{"record_preprocessor_source_uri": "{}/a.py"}, {"predictor": "{}/model.pkl"}],
    "all": [
        {"program": Program(container_entrypoint=("sh", "-c", "id"))},
        {"program": Program(image_uri="judge:1")},
        {"program": Program(analyzer="named")},
        {"predictor": "os:system"},
    ],
}


@pytest.mark.parametrize(
    ("allowed", "admin", "may"),
    [("none", True, ""), ("scripts", False, "scripts"), ("all", False, "scripts"), ("all", True, "scripts all")],
)
def test_programs_are_for_whom_a_setting_allows_them(files, allowed, admin, may):
    found = reach(admin, allowed_programs=allowed)
    for kind, asked in PROGRAMS.items():
        for fields in asked:
            named = {name: v.replace("{}", files) if isinstance(v, str) else v for name, v in fields.items()}
            assert _may(found, job(**named)) == (kind in may)


def _may(reach, resource, known=None):
    try:
        reach.check(resource, known)
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize("url", ["http://localhost:8080/a", "HTTP://169.254.169.254/", "http://0x7f.1/", "http:/a"])
def test_a_predictor_at_a_private_address_is_refused(files, url):
    with pytest.raises(REFUSED, match="predictor: "):
        reach().check(job(predictor=url))


def test_a_predictor_that_is_allowed_may_be_private(files):
    reach(allowed_addresses="10.0.0.0/8").check(job(predictor="http://10.1.2.3/score"))


RECEIVERS = [
    (Channel(name="a", webhook="http://localhost/a"), "webhook"),
    (Channel(name="a", alertmanager="http://10.1.2.3:9093"), "alertmanager"),
    (Action(name="a", http="http://169.254.169.254/"), "http"),
]


@pytest.mark.parametrize(("receiver", "field"), RECEIVERS)
def test_no_message_goes_to_a_private_address_whoever_asks(files, receiver, field):
    for found in (Reach(), Reach.of(Settings()), reach()):
        with pytest.raises(REFUSED, match=f"{field}: The host .* may not be called"):
            found.check(receiver)
    Reach.of(Settings(allowed_addresses="*")).check(receiver)


@pytest.mark.parametrize(
    ("receiver", "field"),
    [
        (Channel(name="a", url="env:ADMIN_TOKEN"), "url"),
        (Channel(name="a", webhook="https://a.example", secret="file:/etc/passwd"), "secret"),
        (Channel(name="a", alertmanager="file:/etc/passwd"), "alertmanager"),
        (Action(name="a", http="env:ADMIN_TOKEN"), "http"),
        (Action(name="a", handler="/etc/a.py"), "handler"),
    ],
)
def test_what_messages_go_to_names_no_secret_nor_file_of_others(files, receiver, field):
    with pytest.raises(REFUSED) as refused:
        reach(allowed_programs="all").check(receiver)
    assert refused.value.field == field
    Reach().check(receiver)


@pytest.mark.parametrize(("admin", "may"), [(True, [True, True]), (False, [True, False])])
def test_code_that_is_called_is_for_whom_a_setting_allows_it(files, admin, may):
    asked = [Action(name="a", handler=f"{files}/a.py"), Action(name="a", command=("sh",))]
    assert [_may(reach(admin, allowed_programs="all"), action) for action in asked] == may
    assert [_may(reach(admin), action) for action in asked] == [False, False]


@pytest.mark.parametrize(
    ("kept", "may"),
    [
        (Action(name="a", command=("git", "push")), [False, False, True]),
        (Action(name="a", handler="{}/a.py"), [False, True, True]),
        (job(program=Program(container_entrypoint=("git", "push"))), [False, False, True]),
        (job(record_preprocessor_source_uri="{}/a.py"), [False, True, True]),
        (job(), [True, True, True]),
    ],
)
def test_variables_of_code_are_for_who_may_name_it(files, kept, may):
    wanted = replace(kept, environment={"LD_PRELOAD": f"{files}/a.so"})
    asking = (reach(), reach(admin=False, allowed_programs="all"), reach(allowed_programs="all"))
    assert [_may(found, wanted, kept) for found in asking] == may
    assert [_may(found, wanted, wanted) for found in asking] == [True, True, True]


def test_records_take_in_nothing_that_may_not_be_reached(files, database):
    records = reach().over(database)
    records.put(to_record(PlainFiles(name="a", url=f"{files}/a")), "ann")
    with pytest.raises(REFUSED, match="url: No request may name this place"):
        records.put(to_record(PlainFiles(name="b", url="/etc")), "ann")
    assert [record.name for record in (records.get("dataset", "a"), records.get("dataset", "b")) if record] == ["a"]


@pytest.mark.parametrize(
    "own",
    [
        {"capture_key": "file:files/key"},
        {"tls_key": "files/key.pem"},
        {"database": "sqlite:///files/kedge.db"},
        {"oidc_client_secret": "file:files/secret"},
    ],
)
def test_places_may_not_hold_a_file_of_the_server(own):
    Path("files").mkdir()
    (Path("files") / "secret").write_text("x")
    with pytest.raises(REFUSED, match="the server's own"):
        bounded(Settings(allowed_places="files", **own))


def test_executions_are_bound_by_the_same_places_and_what_the_server_keeps_for_them(files, tmp_path):
    variables = terms_of(bounded(Settings(database=SecretUrl("sqlite://")))).environment
    assert variables["KEDGE_ALLOWED_PLACES"].split(",") == [
        files,
        f"{tmp_path}/kedge-data/baselines",
        f"{tmp_path}/kedge-data/reports",
    ]
    assert variables["KEDGE_ALLOWED_ADDRESSES"] == ""
    assert "KEDGE_DATABASE" not in variables


@pytest.fixture
def execution(files, tmp_path):
    """Carry out an execution over a path, bound to one folder, and return what it says."""
    Path("train.csv").write_text("a\n" + "1\n2\n3\n" * 20)
    kedge.baseline("train.csv").save(f"{files}/baseline")

    def run(url):
        given = Assignment(
            definition=JobDefinition(name="job", dataset_name="a"),
            window=Window(NOON, NOON + timedelta(hours=1)),
            scheduled_time=NOON,
            dataset=PlainFiles(name="a", url=url),
            baseline=f"{files}/baseline",
        )
        return execute(Settings(allowed_places=files), given, tmp_path / "work", [].append)

    return run


def test_an_execution_reads_what_it_may(execution, files):
    shutil.copy("train.csv", files)
    assert execution(f"{files}/train.csv").status == "Completed"


def test_an_execution_does_not_read_where_a_swapped_link_leads(execution, files):
    Path(files, "live.csv").symlink_to(Path("train.csv").resolve())
    outcome = execution(f"{files}/live.csv")
    assert outcome.status == "Failed"
    assert "The server may not reach this place" in outcome.failure_reason
