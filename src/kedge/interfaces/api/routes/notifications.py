"""``/v1/notifications``: which messages there were, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Query
from pydantic import create_model
from starlette.responses import Response

from kedge.domain.documents import to_document
from kedge.domain.notification import Delivery, Notification
from kedge.domain.standing import notification_told
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import STRICT, Body, Text, model
from kedge.interfaces.api.pages import Asked as Page
from kedge.interfaces.api.pages import pages
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import Name
from kedge.interfaces.api.routing import routes
from kedge.service.messages.notifications import of, status_of, tells_of
from kedge.service.messages.resending import MOST

if TYPE_CHECKING:
    from kedge.domain import record

router = routes("notifications")

PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": pages(model(Notification), "NotificationPage"), "description": "A page."}
}


class Again(Body):
    """Which messages are sent again: those to a channel or action that stand like this, the oldest first."""

    to: Text
    status: Text = "failed"
    limit: int = MOST


class Resent(Body):
    """How many messages are sent again."""

    resent: int


def _all(cls: type[Any], name: str) -> Any:
    items: dict[str, Any] = {"items": (list[model(cls)], ...)}  # type: ignore[misc]  # made while it runs
    return create_model(name, __config__=STRICT, **items)


DELIVERIES: Final = _all(Delivery, "Deliveries")
TRIED: Final = _all(Notification, "Tried")


@router.get("/notifications", summary="List notifications", responses=PAGE)
def list_notifications(
    asked: Asked,
    page: Page,
    alarm: Annotated[Text | None, Query(description="Those that tell of this alarm, or would have.")] = None,
) -> Response:
    """List messages, page by page; ``parent`` is the channel or action. A page may be short where ``alarm`` is of few.

    Those that were not sent are among them, each with the reason.
    """
    for word in page.asked.status:
        status_of(word)

    def wanted(record: record.Record) -> bool:
        return alarm is None or tells_of(record, alarm)

    def told(record: record.Record) -> dict[str, Any]:
        return notification_told(of(record))

    return page.of(asked.workspace("viewer"), "notification", told, wanted)


@router.get(
    "/notifications/{name}",
    summary="Get a notification",
    responses={200: {"model": model(Notification), "description": "It."}, **answers(404)},
)
def get_notification(name: Name, asked: Asked) -> Response:
    """Get one message, with what became of it."""
    return Document(notification_told(asked.workspace("viewer").notifications.get(name)))


@router.post(
    "/notifications/resend",
    summary="Send notifications again",
    responses={200: {"model": Resent, "description": "How many."}, **answers(400, 404)},
)
def resend_notifications(body: Again, asked: Asked) -> Response:
    """Have those to a receiver sent again that are ``failed``, ``cut`` or ``waiting``; ask again for the rest."""
    again = asked.workspace("operator").notifications.resend_all
    return Document({"resent": again(body.to, body.status, body.limit)})


@router.post(
    "/notifications/{name}/resend",
    summary="Send a notification again",
    responses={200: {"model": model(Notification), "description": "It, as it waits now."}, **answers(404, 409)},
)
def resend_notification(name: Name, asked: Asked) -> Response:
    """Have one that failed or was cut sent again, under its name; one that waits is tried at once."""
    return Document(notification_told(asked.workspace("operator").notifications.resend(name)))


@router.get("/deliveries", summary="How sending goes", responses={200: {"model": DELIVERIES, "description": "All."}})
def list_deliveries(asked: Asked) -> Response:
    """Tell of each channel and action when a message was sent last, and when one was tried in vain, and why."""
    return Document({"items": [to_document(one) for one in asked.workspace("viewer").notifications.deliveries()]})


@router.post(
    "/alarms/{name}/test",
    summary="Try the channels of an alarm",
    responses={200: {"model": TRIED, "description": "What became of each message."}, **answers(404)},
)
def test_alarm(name: Name, asked: Asked) -> Response:
    """Send a message that is marked as a test to every channel of the alarm's subscriptions, at once.

    That one cannot be sent is an answer: its ``status`` is ``failed``, and its ``reason`` says why.
    """
    found = asked.workspace("operator").test(name)
    return Document({"items": [notification_told(one) for one in found]})
