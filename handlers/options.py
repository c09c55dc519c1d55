"""The choices of the two selects Slack asks us for while a person types; answered from what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from slack_bolt import App

from bot.core.model import LoadBalancer
from bot.slack.blocks import controls
from bot.slack.blocks.inputs import option
from handlers.guard import Click, guarded
from handlers.services import Services

MOST = 100


def register(app: App, services: Services) -> None:
    app.options(controls.LOAD_BALANCER)(guarded(services, load_balancers))
    app.options(controls.USER_GROUP)(guarded(services, user_groups))


def load_balancers(click: Click) -> None:
    """Those whose name contains what was typed; names that begin with it come first."""
    typed = str(click.body.get("value") or "").strip()
    found = click.services.load_balancers.listed(typed, MOST)
    ordered = sorted(found, key=lambda one: (not one.name.lower().startswith(typed.lower()), one.name))
    click.done(options=choices(ordered))


def choices(found: Sequence[LoadBalancer]) -> list[dict[str, Any]]:
    """A name that several have is told apart by type, Region and account, and chosen by its DNS name."""
    times = Counter(one.name for one in found)
    made = []
    for one in found:
        twice = times[one.name] > 1
        where = f"{one.name} ({one.type.value}, {one.region}, {one.account})" if twice else one.name
        made.append(option(where, one.dns_name if twice and one.dns_name else one.name).to_dict())
    return made


def user_groups(click: Click) -> None:
    typed = str(click.body.get("value") or "").strip().lstrip("@")
    groups = click.services.people.groups(typed, MOST)
    click.done(options=[option(f"@{group.handle} – {group.name}", group.id).to_dict() for group in groups])
