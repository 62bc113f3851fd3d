"""Whatever is asked of the REST interface, the answer is one that its description tells."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from hypothesis import Phase, given, settings

from kedge.app import hub
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import Endpoint, JobDefinition, MonitoringSchedule, PlainFiles
from kedge.domain.channel import Channel
from kedge.domain.metric import Metric
from kedge.domain.subscription import Subscription
from kedge.interfaces.api.application import application
from kedge.interfaces.api.asking import Door
from kedge.settings import Settings

schemathesis = pytest.importorskip("schemathesis")
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402 - rules are more than types

EXAMPLES = 12  # of each route; more find nothing else, and take their time
HOURLY = MonitoringSchedule(name="a", monitoring_job_definition_name="a", schedule_expression="hourly")


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    """What the application says of itself, over a catalog in which the names that are guessed first are there."""
    folder: Path = tmp_path_factory.mktemp("api")
    stop = Event()
    stop.set()  # so that streams end
    with hub(Settings(data=str(folder))) as found:
        ours = found.workspace("ann")
        ours.endpoints.declare(Endpoint(name="0", captures=f"{folder}/captures", ground_truth=f"{folder}/labels"))
        ours.datasets.declare(PlainFiles(name="a", url=f"{folder}/rows"))
        ours.definitions.create(JobDefinition(name="a", dataset_name="a", baseline="./baseline"))
        ours.schedules.create(HOURLY)
        ours.executions.run_now(HOURLY)
        for name in ("0", "a"):
            ours.alarms.declare(Alarm(name=name, metric=Metric("data", "drift", (("Feature", "age"),))))
        ours.channels.declare(Channel(name="0", webhook="https://a.example"))
        ours.actions.declare(Action(name="a", http="https://a.example"))
        ours.subscriptions.declare(Subscription(name="a", to=("0", "a")))
        app = application(Door(found), stop)
        # With a good token: without one, all that would be seen is that it is missing.
        shown = found.tokens("ann").issue("schemathesis", "admin", "*")[1]
        headers = {"Host": "localhost", "Authorization": f"Bearer {shown}"}
        yield schemathesis.openapi.from_asgi("/v1/openapi.json", app, headers=headers), headers


def _operations() -> list[tuple[str, str]]:
    found = application(Door(None), Event()).openapi()
    return [(method, path) for path, methods in found["paths"].items() for method in methods]


@pytest.mark.parametrize(("method", "path"), _operations())
def test_every_answer_is_one_that_the_description_tells(description, method, path):
    schema, headers = description

    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
    def ask(case):
        case.query.pop("workspace", None)  # there is hardly ever one of a name that is made up
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    ask()
