"""users.*, usergroups.*, team.* and bots.*: who there is."""

from bot.sandbox.slack import seed
from bot.sandbox.slack.methods.table import Call, MethodTable, page_of
from bot.sandbox.slack.model import Json, SlackError
from bot.sandbox.slack.rate_limits import Tier
from bot.sandbox.slack.shapes import TEAM, group_json, user_json

METHODS = MethodTable()


@METHODS.add("users.info", "users:read", tier=Tier.T4)
def show_user(call: Call) -> Json:
    workspace = call.sandbox.workspace
    user_id = call.required("user", "user_not_found")
    if user_id not in workspace.users:
        raise SlackError("user_not_found")
    shown = user_json(workspace.users[user_id], workspace.now())
    if not call.flag("include_locale"):
        shown.pop("locale")
    return {"user": shown}


@METHODS.add("users.list", "users:read", tier=Tier.T2)
def list_users(call: Call) -> Json:
    workspace = call.sandbox.workspace
    page, after = page_of(list(workspace.users.values()), call, 200, 1000)
    return {"members": [user_json(user, workspace.now()) for user in page], **after}


@METHODS.add("usergroups.list", "usergroups:read", tier=Tier.T2)
def list_groups(call: Call) -> Json:
    with_users = call.flag("include_users")
    return {"usergroups": [group_json(group, with_users) for group in call.sandbox.workspace.groups.values()]}


@METHODS.add("usergroups.users.list", "usergroups:read", tier=Tier.T2)
def list_group_users(call: Call) -> Json:
    group = call.sandbox.workspace.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


@METHODS.add("team.info", "team:read")
def show_team(call: Call) -> Json:
    return {"team": {**TEAM, "url": f"{call.sandbox.base_url}/"}}


@METHODS.add("bots.info", "users:read")
def show_bot(call: Call) -> Json:
    if call.text("bot", seed.BOT_ID) != seed.BOT_ID:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": seed.BOT_ID,
            "app_id": seed.APP_ID,
            "user_id": seed.BOT_USER_ID,
            "name": "ALB Incident",
            "deleted": False,
        }
    }
