"""Monitors of bias and attribution in the service's words: the model is asked, and what changed is found."""

from __future__ import annotations

import csv
import json
import random
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kedge.app import catalog
from kedge.errors import NotFound
from kedge.model_monitor import (
    BiasAnalysisConfig,
    DataCaptureConfig,
    EndpointInput,
    ExplainabilityAnalysisConfig,
    ModelBiasMonitor,
    ModelExplainabilityMonitor,
    Session,
)
from kedge.model_monitor.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
from kedge.settings import Settings

HEADERS = ["sex", "income", "paid"]
WOMEN = BiasConfig([1], "sex", [1])
SHAP = SHAPConfig(baseline=[[0, 3]], num_samples=20, agg_method="mean_abs", seed=1)


class _Grants(BaseHTTPRequestHandler):
    """A model that grants a loan by the income, and asks more of women."""

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).decode().split()
        rows = [list(map(float, line.split(","))) for line in lines]
        body = "\n".join(str(min(max(income / 5 - 0.2 * sex, 0), 1)) for sex, income in rows).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def model():
    """The URL of the model."""
    served = ThreadingHTTPServer(("127.0.0.1", 0), _Grants)
    Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


@pytest.fixture
def loans():
    """Data without the model's answers."""
    chance = random.Random(4)
    rows = [[chance.randrange(2), round(chance.gauss(3, 1), 3)] for _ in range(2000)]
    with Path("loans.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADERS, *([sex, income, int(income > 2.8)] for sex, income in rows)])
    return DataConfig("loans.csv", "baseline", label="paid", headers=HEADERS)


def _asked(model: str) -> ModelConfig:
    return ModelConfig(model, 1, "ml.m5.xlarge", "text/csv", "text/csv")


def test_bias_is_learned_of_what_the_model_answers(model, loans, capsys):
    monitor = ModelBiasMonitor(role="role", sagemaker_session=Session(models={"loans": model}))
    answers = ModelPredictedLabelConfig(probability_threshold=0.6)
    monitor.suggest_baseline(loans, WOMEN, _asked("loans"), answers, wait=True, logs=True)
    [facet] = monitor.suggested_constraints().body_dict["post_training_bias_metrics"]["facets"]["sex"]
    dppl = next(metric["value"] for metric in facet["metrics"] if metric["name"] == "DPPL")
    rows = list(csv.DictReader(Path("loans.csv").read_text().splitlines()))
    granted = [[float(r["income"]) / 5 - 0.2 * (sex == "1") > 0.6 for r in rows if r["sex"] == sex] for sex in "01"]
    assert dppl == pytest.approx(sum(granted[0]) / len(granted[0]) - sum(granted[1]) / len(granted[1]))
    assert "The model answered 2,000 rows." in capsys.readouterr().out


def test_a_schedule_of_bias_has_the_configuration_and_the_labels(model, loans):
    DataCaptureConfig(True).declare("loans")
    monitor = ModelBiasMonitor(role="role")
    monitor.suggest_baseline(loans, WOMEN, _asked(model), ModelPredictedLabelConfig(probability_threshold=0.6))
    source = EndpointInput("loans", "/input", start_time_offset="-PT1H", probability_threshold_attribute=0.6)
    config = BiasAnalysisConfig(WOMEN, headers=HEADERS, label="paid")
    monitor.create_monitoring_schedule(endpoint_input="loans", ground_truth_input="labels", analysis_config=config)
    monitor.update_monitoring_schedule(endpoint_input=source)
    with catalog(Settings(), "test") as known:
        [schedule] = known.schedules.list()
        definition = known.definitions.get(schedule.monitoring_job_definition_name)
    assert json.loads(Path(definition.config_uri).read_text())["facet"] == [
        {"name_or_index": "sex", "value_or_threshold": [1]}
    ]
    assert (definition.ground_truth, definition.answers.probability_threshold_attribute) == (
        str(Path("labels").absolute()),
        0.6,
    )


def test_what_answers_come_from_is_learned_and_scheduled(model, loans):
    DataCaptureConfig(True).declare("loans")
    monitor = ModelExplainabilityMonitor(role="role", sagemaker_session=Session(models={"loans": model}))
    monitor.suggest_baseline(loans, SHAP, _asked("loans"), wait=True)
    [explained] = monitor.suggested_constraints().body_dict["explanations"]["kernel_shap"].values()
    assert explained["global_shap_values"].keys() == {"sex", "income"}
    config = ExplainabilityAnalysisConfig(SHAP, _asked("loans"), headers=HEADERS[:2])
    monitor.create_monitoring_schedule(endpoint_input="loans", analysis_config=config)
    monitor.update_monitoring_schedule(analysis_config="baseline/analysis_config.json")
    with catalog(Settings(), "test") as known:
        jobs = known.definitions.list(parent="loans")
    assert [job.predictor for job in jobs] == [model, model]
    assert len({job.config_uri for job in jobs}) == 2


def test_a_model_is_known_by_the_endpoint_whose_definition_has_its_predictor(model, loans):
    DataCaptureConfig(True).declare("loans")
    monitor = ModelExplainabilityMonitor(role="role")
    monitor.suggest_baseline(loans, SHAP, _asked(model), wait=True)
    monitor.create_monitoring_schedule(endpoint_input="loans")
    assert Session().predictor("loans") == model


def test_a_model_that_nobody_knows_is_said_how_to_name(loans):
    monitor = ModelExplainabilityMonitor(role="role")
    with pytest.raises(NotFound, match=r"'loans' answers.* Session\(models="):
        monitor.suggest_baseline(loans, SHAP, _asked("loans"))
