"""views.*: opening, pushing, updating and publishing views."""

from bot.sandbox.slack.methods.table import Call, MethodTable
from bot.sandbox.slack.model import Json, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.shapes import view_json

METHODS = MethodTable()


def _body(call: Call, kind: str) -> Json:
    body = call.sandbox.modals.checked(call.args.get("view"))
    if body["type"] != kind:
        raise SlackError(
            "invalid_arguments", response_metadata={"messages": [f"[ERROR] view must be a {kind}"]}
        )
    return body


@METHODS.add("views.open", tier=Tier.T4)
def open_view(call: Call) -> Json:
    body = _body(call, "modal")
    user = call.sandbox.triggers.redeem(call.required("trigger_id"))
    return {"view": view_json(call.sandbox.modals.open(user, body))}


@METHODS.add("views.push", tier=Tier.T4)
def push_view(call: Call) -> Json:
    body = _body(call, "modal")
    user = call.sandbox.triggers.redeem(call.required("trigger_id"))
    return {"view": view_json(call.sandbox.modals.push(user, body))}


@METHODS.add("views.update", tier=Tier.T4)
def update_view(call: Call) -> Json:
    view = call.sandbox.modals.find(call.text("view_id"), call.text("external_id"))
    body = _body(call, view.kind)
    return {"view": view_json(call.sandbox.modals.update(view, body, call.text("hash")))}


@METHODS.add("views.publish", tier=Tier.T4)
def publish_view(call: Call) -> Json:
    body = _body(call, "home")
    user = call.sandbox.workspace.user(call.required("user_id"))
    return {"view": view_json(call.sandbox.modals.publish(user.id, body, call.text("hash")))}
