"""Every command, option, setting, item, name and key is in the reference, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from threading import Event
from typing import get_args

import pytest
from pydantic import BaseModel
from typer.main import get_command

import kedge
from kedge import errors
from kedge.adapters.client import alarms, resources
from kedge.analysis.attribution.config import AttributionConfig
from kedge.analysis.attribution.documents import AttributionAnalysis, AttributionViolations
from kedge.analysis.bias.config import BiasConfig
from kedge.analysis.bias.documents import BiasAnalysis
from kedge.analysis.documents import Constraints, ConstraintViolations, Statistics
from kedge.analysis.embeddings.documents import EmbeddingConstraints, EmbeddingStatistics
from kedge.analysis.embeddings.summary import EmbeddingsSummary
from kedge.analysis.preview import Preview
from kedge.analysis.profile import Feature, Profile
from kedge.analysis.quality.documents import QualityConstraints, QualityStatistics, QualityViolations
from kedge.analysis.replay import Replay
from kedge.analysis.report import Summary
from kedge.capture import CaptureConfig
from kedge.capture.counts import DROPPED, REMARKED, SKIPPED, Counts
from kedge.domain import wire
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.history import TABLES
from kedge.domain.problem import PROBLEMS
from kedge.interfaces.api.application import application
from kedge.interfaces.api.asking import Door
from kedge.interfaces.cli import app
from kedge.interfaces.sdk import ANALYSIS, MODEL_QUALITY
from kedge.reading.monitors_entries import MonitorsFile
from kedge.registry import KINDS, items
from kedge.service.capture.ledger import Ledger
from kedge.service.capture.metrics import prometheus
from kedge.service.capture.past import Past
from kedge.service.capture.state import JournalState, _endpoint
from kedge.settings import SERVER, Settings

COMMAND_LINE, SETTINGS, ITEMS = "reference/command-line.md", "reference/settings.md", "reference/items.md"
CLIENT = "kedge.Client(server, token=None, *, workspace=None, timeout_seconds=30.0, verify=True)"
PYTHON, ERRORS = "reference/python.md", "reference/errors-and-exit-codes.md"
CAPTURE = "reference/capture.md"
HISTORY = "reference/formats/history.md"
SHARED = (
    "Reading options",
    "Monitoring options",
    "Capture options",
    "Serving options",
    "Server options",
    "Database options",
    "Elsewhere options",
)


def _commands(group, name="kedge"):
    for child in group.list_commands(None):
        full, command = f"{name} {child}", group.get_command(None, child)
        yield from _commands(command, full) if hasattr(command, "commands") else [(full, command)]


def _options(command) -> set[str]:
    parameters = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    return {option for p in parameters for option in [*p.opts, *p.secondary_opts]}


COMMANDS = dict(_commands(get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented_and_no_other(section, listed, name):
    shared = [part for part in SHARED if f"#{part.lower().replace(' ', '-')}" in section(COMMAND_LINE, name)]
    documented = {option for part in (name, *shared) for option in listed(COMMAND_LINE, part)}
    assert documented == _options(COMMANDS[name])


def test_every_command_is_in_the_index_of_commands(listed):
    assert set(COMMANDS) <= set(listed(COMMAND_LINE, "Command line"))


def test_every_setting_is_documented_with_its_default(page):
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page(SETTINGS), re.MULTILINE))
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    known = {name: default for name, default in defaults.items() if default is not None}
    assert set(rows) == set(defaults)
    assert {name: rows[name].replace("true", "True") for name in known} == {
        name: str(value) for name, value in known.items()
    }


def test_every_setting_of_capture_is_documented_and_no_other(listed):
    documented = {*listed(CAPTURE, "CaptureConfig"), *listed(CAPTURE, "Settings that change while a server runs")}
    assert documented == {field.name for field in fields(CaptureConfig)}


def test_every_setting_of_capture_stands_with_its_default(page):
    settings, *_ = page(CAPTURE).partition("## Counters")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", settings, re.MULTILINE))
    plain = [field for field in fields(CaptureConfig) if isinstance(field.default, (bool, int, float, str))]
    assert {field.name: rows[field.name] for field in plain} == {field.name: f"`{field.default}`" for field in plain}


def test_every_counter_of_capture_is_documented_and_no_other(listed):
    assert listed(CAPTURE, "Counters") == [field.name for field in fields(Counts)]


def test_every_reason_of_capture_is_documented_under_its_kind(section):
    kinds = {"dropped": DROPPED, "skipped": SKIPPED, "remarked": REMARKED}
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| .{20,} \|$", section(CAPTURE, "Reasons"), re.MULTILINE)
    assert set(rows) == {(reason, kind) for kind, reasons in kinds.items() for reason in reasons}


@pytest.mark.parametrize("kind", KINDS)
def test_every_item_of_a_kind_is_documented_and_no_other(listed, kind):
    assert set(listed(ITEMS, kind)) == {item.name for item in items(kind)}


def test_every_public_name_has_a_heading(page):
    headings = re.findall(r"^## (?:kedge\.)?(\w+)", page(PYTHON), re.MULTILINE)
    assert [name for name in kedge.__all__ if not name.startswith("_") and name not in headings] == []


@pytest.mark.parametrize("name", ["Baseline", "Result"])
def test_every_member_of_a_public_class_is_documented(listed, name):
    public = getattr(kedge, name)
    members = {member for member in [*vars(public), *public.__annotations__] if not member.startswith("_")}
    assert members == {member.partition("(")[0] for member in listed(PYTHON, name)}


def test_everything_that_a_client_offers_is_documented_and_no_more(listed):
    offered = {name for name in dir(kedge.Client) if not name.startswith("_")} | {"server", "workspace"}
    assert offered == {member.partition("(")[0] for member in listed(PYTHON, CLIENT)}


DECLARED = ("endpoints", "datasets", "baselines", "definitions", "schedules", "channels", "actions", "subscriptions")


@pytest.mark.parametrize("kind", [*DECLARED, "executions", "alarms"])
def test_everything_that_resources_offer_is_documented_and_no_more(listed, kind):
    cls = getattr(alarms if kind == "alarms" else resources, kind.capitalize())
    every = {name for name in dir(resources.Resources) if not name.startswith("_")}
    own = {name for name in dir(cls) if not name.startswith("_")} - every - {"cls", "calls"}
    members = listed(PYTHON, "Resources") + listed(PYTHON, "Alarms")
    rows = {member.partition("(")[0].partition(".")[::2] for member in members}
    assert {name for of, name in rows if of == kind} == own
    assert {of for of, name in rows if not name} >= every - {"cls", "calls"}


def test_every_option_of_the_python_functions_is_documented_and_no_other(listed):
    named = set(Dataset.__slots__) - {"url", "window", "label"} | set(Settings.model_fields) - SERVER | {"start", "end"}
    assert set(listed(PYTHON, "Options")) == named


def test_every_option_of_model_quality_in_python_is_documented_and_no_other(listed):
    assert set(listed(PYTHON, "Model quality options")) == {*MODEL_QUALITY, "ground_truth", "id"}


def test_every_option_of_an_analysis_in_python_is_documented_and_no_other(listed):
    assert set(listed(PYTHON, "Bias and attribution options")) == set(ANALYSIS)


def test_every_route_is_documented_and_no_other(listed):
    routes = application(Door(None), Event()).openapi()["paths"]
    found = {f"{method.upper()} {path}" for path, methods in routes.items() for method in methods}
    assert set(listed("reference/rest.md", "Routes")) == found


def test_every_problem_is_documented_and_no_other(page):
    rows = re.findall(r"^\| `([\w-]+)` \| [^|]+ \| `(\w+)` \|$", page("reference/rest.md"), re.MULTILINE)
    assert dict(rows) == {name: cls.__name__ for name, cls in PROBLEMS.items()}


def test_every_error_is_in_the_tree(listed):
    defined = {name for name, found in vars(errors).items() if isinstance(found, type) and name != "TYPE_CHECKING"}
    assert set(listed(ERRORS, "The tree")) == defined


def _keys(model: type[BaseModel]) -> set[str]:
    """Return the keys of a document and of all that it is made of."""
    keys = set()
    for name, field in model.model_fields.items():
        keys |= {name, *model.model_computed_fields} | {
            key for inner in _models(field.annotation) for key in _keys(inner)
        }
    return keys


def _models(annotation) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


def _named(text: str) -> set[str]:
    """Return the words that stand as code in a page."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {word for code in re.findall(r"`([^`]+)`", prose) for word in re.findall(r"\w+", code)}


DOCUMENTS = {
    "statistics": Statistics,
    "constraints": Constraints,
    "violations": ConstraintViolations,
    "monitors": MonitorsFile,
    "bias-analysis": BiasAnalysis,
    "bias-config": BiasConfig,
    "embeddings": EmbeddingStatistics,
    "quality-statistics": QualityStatistics,
    "quality-constraints": QualityConstraints,
    "quality-violations": QualityViolations,
    "attribution-config": AttributionConfig,
    "report": Summary,
    "preview": Preview,
    "replay": Replay,
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_key_of_a_document_is_described(page, name):
    assert _keys(DOCUMENTS[name]) - _named(page(f"reference/formats/{name}.md")) == set()


def test_every_key_of_an_analysis_of_attribution_is_described(page):
    keys = _keys(AttributionAnalysis) - _keys(AttributionConfig) | _keys(AttributionViolations) | {"analysis_config"}
    assert keys - _named(page("reference/formats/attribution-analysis.md")) == set()


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_the_history_is_described_and_no_other(listed, name):
    documented = [*listed(HISTORY, "Every table"), *listed(HISTORY, f"{name}.parquet")]
    columns = [word for word in documented if word in TABLES[name]]
    assert sorted(columns) == sorted(TABLES[name])


@pytest.mark.parametrize("model", [EmbeddingConstraints, EmbeddingsSummary], ids=lambda model: model.__name__)
def test_every_key_of_the_other_files_of_embeddings_is_described(page, model):
    shared = _named(page("reference/formats/report.md")) | _named(page("reference/formats/quality-violations.md"))
    finding = {"segment", "observed", "expected", "detail", "hint", "severity"}  # as of every monitor
    assert _keys(model) - _named(page("reference/formats/embeddings.md")) - shared - finding == set()


def _all_keys(data: object) -> set[str]:
    if isinstance(data, list):
        return {key for value in data for key in _all_keys(value)}
    return set(data) | {key for value in data.values() for key in _all_keys(value)} if isinstance(data, dict) else set()


def test_every_key_of_a_profile_is_described(page):
    keys = _all_keys(Profile(features={"f": Feature()}).to_json()) - {"f"} | {"key", "row", "profiles", "version"}
    assert keys - _named(page("reference/formats/profile.md")) == set()


def test_every_key_of_a_capture_record_is_described(page):
    side = Payload("1", "CSV", "text/csv")
    record = CaptureRecord("e", "2024-05-01T09:00:00Z", side, side, inference_id="i", custom_attributes=("a",))
    assert _all_keys(json.loads(record.to_json())) - _named(page("reference/formats/capture-records.md")) == set()


def test_every_key_of_a_ground_truth_record_is_described(page):
    record = json.loads(GroundTruth("i", "1", upload_time="2024-05-01T09:00:00.000Z").to_json())
    assert _all_keys(record) - _named(page("reference/formats/ground-truth.md")) == set()


def test_every_name_that_batch_transform_adds_is_described(page):
    added = {wire.BATCH_INFERENCE_ID, wire.BATCH_INFERENCE_TIME, wire.BATCH_OUTPUT, "prefix"}
    assert added - _named(page("reference/formats/batch-manifests.md")) == set()


def test_every_file_of_a_report_is_described(page):
    files = [name for key, name in vars(wire).items() if key.endswith("_FILE")]
    assert [name for name in files if f"`{name}`" not in page("reference/formats/report.md")] == []


def test_every_key_and_metric_of_a_journal_is_described(page):
    state = JournalState(journal="j", shipper=None, endpoints=[_endpoint(Path("fraud"), False, False)])
    metrics = re.findall(r"^# TYPE kedge_capture_(\w+)", prometheus([state]), re.MULTILINE)
    keys = {*Ledger().to_json(), *Past().to_json(), *metrics, "dropped_total", "skipped_total", "remarked_total"}
    assert keys - _named(page("reference/formats/capture-journal.md")) == set()
