"""``/v1/alarms``: what is to be noticed, how it stands, and who looks after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import create_model
from starlette.responses import Response

from kedge.domain.alarm import Acknowledgement, Alarm, Alert, Silence
from kedge.domain.catalog import from_record
from kedge.domain.documents import to_document
from kedge.domain.standing import standing_told
from kedge.domain.window import parse_time
from kedge.interfaces.api import conditions
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document, tag_of
from kedge.interfaces.api.models import Body, Text, Time, model
from kedge.interfaces.api.pages import Asked as Page
from kedge.interfaces.api.pages import pages
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import CHANGES, GONE, NAME, TAGGED, Name, delete, put, told
from kedge.interfaces.api.routing import routes
from kedge.service.alarms.alarms import state_of

if TYPE_CHECKING:
    from pydantic import BaseModel as AlarmBody

    from kedge.domain import record
    from kedge.domain.standing import Standing
    from kedge.service.workspace import Workspace

    Went = Body
else:
    # What stands beside a rule may come back with it, so that what was got can be put; it is not taken from there.
    AlarmBody = create_model(
        "AlarmBody",
        __base__=model(Alarm, "AlarmBody", NAME),
        **dict.fromkeys(("alert", "silence", "acknowledgement"), (dict[Text, Any] | None, None)),
    )
    Went = model(Alert)

_BESIDE: dict[str, Any] = {
    "alert": (model(Alert), ...),
    "silence": (model(Silence) | None, None),
    "acknowledgement": (model(Acknowledgement) | None, None),
}
SHOWN: Final = create_model("AlarmStanding", __base__=model(Alarm, "AlarmStanding"), **_BESIDE)
IT: Final = {"model": SHOWN, "headers": TAGGED, "description": "It, and how it stands."}
PAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"model": pages(SHOWN, "AlarmPage"), "description": "A page."}}

router = routes("alarms")


class Silent(Body):
    """Until when nobody is told, and why."""

    until: Time
    reason: Text = ""


class Looked(Body):
    """Why, or what is done about it."""

    reason: Text = ""


class History(Body):
    """How an alarm stood after each time that it went from one state to another, the first one first."""

    items: list[Went]


@dataclass(frozen=True)
class _Beside:
    """Records of alarms whose documents also tell how they stand: a page of them in one go."""

    workspace: Workspace

    def records(self, query: record.Query) -> list[record.Record]:
        found = self.workspace.records(query)
        standings = self.workspace.alarms.beside([from_record(Alarm, one) for one in found])
        return [replace(one, document=standing_told(of)) for one, of in zip(found, standings, strict=True)]


@router.get("/alarms", summary="List alarms", responses=PAGE)
def list_alarms(asked: Asked, page: Page) -> Response:
    """List them, page by page; ``status`` is how they stand, ``parent`` the schedule. A page may be short."""
    states = {state_of(state) for state in page.asked.status}

    def wanted(found: record.Record) -> bool:
        return not states or found.document["alert"]["state"] in states

    every = replace(page, asked=replace(page.asked, status=()))
    return every.of(_Beside(asked.workspace("viewer")), "alarm", lambda found: dict(found.document), wanted)


@router.get("/alarms/{name}", summary="Get an alarm", responses={200: IT, **answers(404)})
def get_alarm(name: Name, asked: Asked) -> Response:
    """Get one, how it stands, its silence and who looks after it; the tag is that of the rule."""
    return _shown(asked.workspace("viewer").alarms.standing(name))


@router.put(
    "/alarms/{name}",
    summary="Declare an alarm",
    responses={200: IT, 201: {**IT, "description": "It is new."}, **answers(400, 404, 409, 412)},
)
def put_alarm(name: Name, body: AlarmBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare an alarm, in the place of that of the same name; how it stands is not taken from the body."""
    alarms = asked.workspace("operator").alarms
    done = put(alarms, name, body, condition, lambda wanted, _, expected: alarms.declare(wanted, expected))
    return _shown(alarms.standing(name), done.status_code)


@router.delete(
    "/alarms/{name}", summary="Delete an alarm", status_code=204, responses={**GONE, **answers(404, 409, 412)}
)
def delete_alarm(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete an alarm that no rule names, with all that stands beside it; what became of it is kept."""
    alarms = asked.workspace("operator").alarms
    return delete(alarms, name, condition, alarms.delete)


@router.get(
    "/alarms/{name}/history",
    summary="How an alarm stood",
    responses={200: {"model": History, "description": "The first time first."}, **answers(404)},
)
def history_of_alarm(name: Name, asked: Asked) -> Response:
    """Tell each time that it went from one state to another: when, why and by which values; also of one deleted."""
    return Document({"items": [to_document(alert) for alert in asked.workspace("viewer").alarms.transitions(name)]})


@router.get("/alarms/{name}/changes", summary="Who changed an alarm", responses=CHANGES)
def changes_of_alarm(name: Name, asked: Asked) -> Response:
    """Tell who changed its rule, when, and from what to what; also of one that is deleted."""
    return told(asked.workspace("viewer").history("alarm", name))


@router.put(
    "/alarms/{name}/silence",
    summary="Silence an alarm",
    responses={200: {"model": model(Silence), "description": "The silence."}, **answers(400, 404)},
)
def silence_alarm(name: Name, body: Silent, asked: Asked) -> Response:
    """Have nobody told of it until then, also where it is silent already; it is evaluated as ever."""
    alarms = asked.workspace("operator").alarms
    return Document(to_document(alarms.silence(name, parse_time(body.until), body.reason)))


@router.delete(
    "/alarms/{name}/silence",
    summary="End the silence of an alarm",
    status_code=204,
    responses={204: {"description": "It is not silent."}, **answers(404)},
)
def unsilence_alarm(name: Name, asked: Asked) -> Response:
    """Have its messages sent again; where it is not silent, nothing changes."""
    asked.workspace("operator").alarms.unsilence(name)
    return Response(status_code=204)


@router.post(
    "/alarms/{name}/acknowledge",
    summary="Acknowledge an alarm",
    responses={200: {"model": model(Acknowledgement), "description": "Who looks after it."}, **answers(404, 409)},
)
def acknowledge_alarm(name: Name, asked: Asked, body: Looked | None = None) -> Response:
    """Say that somebody looks after what alarms now; when it has been fine in between, the next one is another's."""
    alarms = asked.workspace("operator").alarms
    return Document(to_document(alarms.acknowledge(name, body.reason if body else "")))


def _shown(standing: Standing, status: int = 200) -> Response:
    return Document(standing_told(standing), status, {"ETag": tag_of(standing.alarm)})
