"""``/v1/channels``, ``/v1/actions``, ``/v1/subscriptions``: where messages go, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from kedge.domain.action import Action
from kedge.domain.channel import Channel
from kedge.domain.subscription import Subscription
from kedge.interfaces.api import conditions
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.models import model
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import GONE, NAME, Name, delete, kept, put, reads
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from pydantic import BaseModel as ActionBody
    from pydantic import BaseModel as ChannelBody
    from pydantic import BaseModel as SubscriptionBody
else:
    ChannelBody, ActionBody = model(Channel, "ChannelBody", NAME), model(Action, "ActionBody", NAME)
    SubscriptionBody = model(Subscription, "SubscriptionBody", NAME)

router = routes()
reads(router, "channel", Channel)
reads(router, "action", Action)
reads(router, "subscription", Subscription)
DELETED = {**GONE, **answers(404, 409, 412)}


@router.put("/channels/{name}", tags=["channels"], summary="Declare a channel", responses=kept(Channel))
def put_channel(name: Name, body: ChannelBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare where messages go, in the place of what has that name; a secret is named by its place."""
    channels = asked.workspace("operator").channels
    return put(channels, name, body, condition, lambda wanted, _, expected: channels.declare(wanted, expected))


@router.delete("/channels/{name}", tags=["channels"], summary="Delete a channel", status_code=204, responses=DELETED)
def delete_channel(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete one that no subscription names; what became of its messages is kept."""
    channels = asked.workspace("operator").channels
    return delete(channels, name, condition, channels.delete)


@router.put("/actions/{name}", tags=["actions"], summary="Declare an action", responses=kept(Action))
def put_action(name: Name, body: ActionBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare code that is called with a message, in the place of what has that name."""
    actions = asked.workspace("operator").actions
    return put(actions, name, body, condition, lambda wanted, _, expected: actions.declare(wanted, expected))


@router.delete("/actions/{name}", tags=["actions"], summary="Delete an action", status_code=204, responses=DELETED)
def delete_action(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete one that no subscription names; what became of its messages is kept."""
    actions = asked.workspace("operator").actions
    return delete(actions, name, condition, actions.delete)


@router.put(
    "/subscriptions/{name}", tags=["subscriptions"], summary="Declare a subscription", responses=kept(Subscription)
)
def put_subscription(name: Name, body: SubscriptionBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare who is told of which alarms, in the place of what has that name."""
    found = asked.workspace("operator").subscriptions
    return put(found, name, body, condition, lambda wanted, _, expected: found.declare(wanted, expected))


@router.delete(
    "/subscriptions/{name}",
    tags=["subscriptions"],
    summary="Delete a subscription",
    status_code=204,
    responses=DELETED,
)
def delete_subscription(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete one: nobody is told by it any more."""
    found = asked.workspace("operator").subscriptions
    return delete(found, name, condition, found.delete)
