"""auth.*, api.*, apps.* and blocks.*: the app itself, its connection, and checking blocks."""

from bot.sandbox.slack import seed
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_rules import check_blocks, check_view
from bot.sandbox.slack.methods.table import Call, MethodTable
from bot.sandbox.slack.model import Json, SlackError
from bot.sandbox.slack.rate_limits import Tier

METHODS = MethodTable()


@METHODS.add("api.test", tier=Tier.T4, bearer="none")
def api_test(call: Call) -> Json:
    if call.text("error"):
        raise SlackError(call.text("error"), args=call.args)
    return {"args": {key: value for key, value in call.args.items() if key != "token"}}


@METHODS.add("auth.test", tier=Tier.NONE)
def auth_test(call: Call) -> Json:
    return {
        "url": f"{call.sandbox.base_url}/",
        "team": seed.TEAM_NAME,
        "user": "alb_incident",
        "team_id": seed.TEAM_ID,
        "user_id": seed.BOT_USER_ID,
        "bot_id": seed.BOT_ID,
        "is_enterprise_install": False,
    }


@METHODS.add("apps.connections.open", tier=Tier.T3, bearer="app")
def open_connection(call: Call) -> Json:
    address = call.sandbox.base_url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={call.sandbox.sockets.ticket()}&app_id={seed.APP_ID}"}


@METHODS.add("blocks.validate", tier=Tier.T4, bearer="none")
def validate(call: Call) -> Json:
    """Takes blocks, a view, or a message; the answer's errors carry JSON pointers."""
    view, message = call.args.get("view"), call.args.get("message")
    if isinstance(view, dict):
        check = Checker(Surface.HOME if view.get("type") == "home" else Surface.MODAL)
        check_view(check, view)
    else:
        blocks = message.get("blocks") if isinstance(message, dict) else call.args.get("blocks")
        check = Checker(Surface.MESSAGE)
        check_blocks(check, blocks)
    if check.problems:
        messages = [f"[ERROR] {problem}" for problem in check.problems]
        raise SlackError("invalid_blocks", errors=check.problems, response_metadata={"messages": messages})
    return {}
