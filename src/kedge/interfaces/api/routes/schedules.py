"""``/v1/schedules``: when it is done, and how that is started, stopped and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from kedge.domain.catalog import Execution, MonitoringSchedule
from kedge.domain.documents import to_document
from kedge.domain.window import parse_time
from kedge.interfaces.api import conditions
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document, resource
from kedge.interfaces.api.models import Body, Time, model
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import GONE, NAME, Name, delete, item, kept, put, reads
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from pydantic import BaseModel as ScheduleBody

    Executed = Body
else:
    ScheduleBody, Executed = model(MonitoringSchedule, "ScheduleBody", NAME), model(Execution)

router = routes("schedules")
reads(router, "schedule", MonitoringSchedule)


class Span(Body):
    """Slots that are later than ``start``, and no later than ``end``; ``again`` takes those that broke, too."""

    start: Time
    end: Time
    again: bool = False


class Backfilled(Body):
    """The executions that were made; none where every slot has its own."""

    items: list[Executed]


@router.put("/schedules/{name}", summary="Declare a schedule", responses=kept(MonitoringSchedule))
def put_schedule(name: Name, body: ScheduleBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare a schedule, in the place of that of the same name; one that was stopped runs again.

    What its definition says, its status and when it is due are not taken from the body.
    """
    schedules = asked.workspace("operator").schedules

    def declare(
        wanted: MonitoringSchedule, found: MonitoringSchedule | None, expected: MonitoringSchedule | None
    ) -> MonitoringSchedule:
        return schedules.update(wanted, expected) if found else schedules.create(wanted)

    return put(schedules, name, body, condition, declare)


@router.delete(
    "/schedules/{name}",
    summary="Delete a schedule",
    status_code=204,
    responses={**GONE, **answers(404, 409, 412)},
)
def delete_schedule(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete a schedule; its executions and their reports stay."""
    schedules = asked.workspace("operator").schedules
    return delete(schedules, name, condition, schedules.delete)


@router.post("/schedules/{name}/start", summary="Start a schedule", responses=item(MonitoringSchedule, 404, 409))
def start_schedule(name: Name, asked: Asked) -> Response:
    """Have a schedule run again, from its next slot on."""
    return resource(asked.workspace("operator").schedules.start(name))


@router.post("/schedules/{name}/stop", summary="Stop a schedule", responses=item(MonitoringSchedule, 404, 409))
def stop_schedule(name: Name, asked: Asked) -> Response:
    """Have a schedule rest; an execution that runs is not stopped."""
    return resource(asked.workspace("operator").schedules.stop(name))


@router.post(
    "/schedules/{name}/run-now",
    summary="Run a schedule now",
    status_code=201,
    responses=item(Execution, 404, 409, status=201),
)
def run_schedule_now(name: Name, asked: Asked) -> Response:
    """Have the last slot run, again if it was: then it is judged anew, and both verdicts stay."""
    workspace = asked.workspace("operator")
    return resource(workspace.executions.run_now(workspace.schedules.get(name)), 201)


@router.post(
    "/schedules/{name}/backfill",
    summary="Backfill a schedule",
    responses={200: {"model": Backfilled, "description": "What is pending."}, **answers(400, 404, 409)},
)
def backfill_schedule(name: Name, body: Span, asked: Asked) -> Response:
    """Have slots run that are past and were not run, and if asked those whose last execution failed or was stopped."""
    workspace = asked.workspace("operator")
    start, end = parse_time(body.start), parse_time(body.end)
    made = workspace.executions.backfill(workspace.schedules.get(name), start, end, again=body.again)
    return Document({"items": [to_document(execution) for execution in made]})
