"""Rules of the interactive elements: buttons, menus, pickers and inputs."""

from collections.abc import Callable

from bot.sandbox.slack import limits
from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.model import Json

Rule = Callable[[Checker, Json, str], None]

SINGLE_SELECTS = (
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
)
MULTI_SELECTS = tuple(f"multi_{name}" for name in SINGLE_SELECTS)
PICKERS = ("datepicker", "timepicker")
CHOICES = ("checkboxes", "radio_buttons")
TEXT_INPUTS = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input")

# Where each element may stand: docs.slack.dev, "Works with block types" of each element page.
IN_SECTION = frozenset(
    {"button", "image", "overflow", "workflow_button", *SINGLE_SELECTS, *MULTI_SELECTS, *PICKERS, *CHOICES}
)
IN_ACTIONS = frozenset(
    {"button", "overflow", "workflow_button", "datetimepicker", *SINGLE_SELECTS, *PICKERS, *CHOICES}
)
IN_INPUT = frozenset(
    {*TEXT_INPUTS, *SINGLE_SELECTS, *MULTI_SELECTS, *PICKERS, *CHOICES, "datetimepicker", "file_input"}
)

_SELECT_EXTRAS: dict[str, tuple[str, ...]] = {
    "static_select": ("options", "option_groups", "initial_option"),
    "external_select": ("initial_option", "min_query_length"),
    "users_select": ("initial_user",),
    "conversations_select": (
        "initial_conversation",
        "default_to_current_conversation",
        "response_url_enabled",
        "filter",
    ),
    "channels_select": ("initial_channel", "response_url_enabled"),
}


def _button(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id", "url", "value", "style", "confirm", "accessibility_label"), ("text",))
    check.text(item.get("text"), f"{at}/text", limits.BUTTON_TEXT, plain=True)
    check.string(item.get("value"), f"{at}/value", limits.BUTTON_VALUE, least=0)
    check.string(item.get("accessibility_label"), f"{at}/accessibility_label", 75)
    check.one_of(item.get("style"), f"{at}/style", ("primary", "danger"))
    if item.get("url") is not None:
        check.url(item["url"], f"{at}/url")


def _image(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("image_url", "slack_file"), ("alt_text",))
    check.string(item.get("alt_text"), f"{at}/alt_text", limits.ALT_TEXT, least=0)
    if "slack_file" in item:
        check.slack_file(item["slack_file"], f"{at}/slack_file")
    elif "image_url" in item:
        check.url(item["image_url"], f"{at}/image_url")
    else:
        check.fail(at, "must have an image_url or a slack_file")


def _overflow(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id", "confirm"), ("options",))
    check.options(item.get("options"), f"{at}/options", limits.OVERFLOW_OPTIONS)


def _choice(check: Checker, item: Json, at: str) -> None:
    initial = "initial_options" if item["type"] == "checkboxes" else "initial_option"
    check.keys(item, at, ("action_id", "confirm", "focus_on_load", initial), ("options",))
    check.options(item.get("options"), f"{at}/options", limits.CHOICE_OPTIONS)
    chosen = item.get(initial)
    for option in chosen if isinstance(chosen, list) else [chosen]:
        if option is not None and option not in (item.get("options") or []):
            check.fail(f"{at}/{initial}", "must exactly match one of the options")


def _select(check: Checker, item: Json, at: str) -> None:
    kind = item["type"].removeprefix("multi_")
    extras = _SELECT_EXTRAS[kind]
    if item["type"].startswith("multi_"):
        extras = (
            *[f"{name}s" if name.startswith("initial_") else name for name in extras],
            "max_selected_items",
        )
    check.keys(item, at, ("action_id", "placeholder", "confirm", "focus_on_load", *extras))
    if kind != "static_select":
        return
    if ("options" in item) == ("option_groups" in item):
        check.fail(at, "must have either options or option_groups")
    elif "options" in item:
        check.options(item["options"], f"{at}/options")
        _initial_among_options(check, item, at)
    else:
        for index, group in enumerate(
            check.items(item["option_groups"], f"{at}/option_groups", limits.OPTIONS)
        ):
            check.text(
                group.get("label"), f"{at}/option_groups/{index}/label", limits.OPTION_TEXT, plain=True
            )
            check.options(group.get("options"), f"{at}/option_groups/{index}/options")


def _initial_among_options(check: Checker, item: Json, at: str) -> None:
    initial = item.get("initial_option")
    if initial is not None and initial not in item["options"]:
        check.fail(f"{at}/initial_option", "must exactly match one of the options")


def _date(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id", "placeholder", "initial_date", "confirm", "focus_on_load"))


def _time(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id", "placeholder", "initial_time", "timezone", "confirm", "focus_on_load"))


def _date_time(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id", "initial_date_time", "confirm", "focus_on_load"))
    initial = item.get("initial_date_time")
    if initial is not None and not (isinstance(initial, int) and len(str(initial)) == 10):
        check.fail(f"{at}/initial_date_time", "must be a 10 digit Unix timestamp")


def _text_input(check: Checker, item: Json, at: str) -> None:
    extras: dict[str, tuple[str, ...]] = {
        "plain_text_input": ("multiline", "min_length", "max_length"),
        "number_input": ("is_decimal_allowed", "min_value", "max_value"),
    }
    if item["type"] == "number_input" and item.get("is_decimal_allowed") is None:
        check.fail(at, "missing required field: is_decimal_allowed")
    allowed = ("action_id", "initial_value", "placeholder", "dispatch_action_config", "focus_on_load")
    check.keys(item, at, (*allowed, *extras.get(item["type"], ())))
    for name in ("min_length", "max_length"):
        if isinstance(item.get(name), int) and not 0 <= item[name] <= limits.INPUT_TEXT:
            check.fail(f"{at}/{name}", f"must be between 0 and {limits.INPUT_TEXT}")
    if isinstance(item.get("initial_value"), str):
        check.string(
            item["initial_value"], f"{at}/initial_value", item.get("max_length", limits.INPUT_TEXT), least=0
        )


def _file_input(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id", "filetypes", "max_files"))


def _feedback(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id",), ("positive_button", "negative_button"))


def _icon_button(check: Checker, item: Json, at: str) -> None:
    allowed = ("action_id", "value", "confirm", "accessibility_label", "visible_to_user_ids")
    check.keys(item, at, allowed, ("icon", "text"))


def _workflow_button(check: Checker, item: Json, at: str) -> None:
    check.keys(item, at, ("action_id", "style", "accessibility_label"), ("text", "workflow"))


RULES: dict[str, Rule] = {
    "button": _button,
    "image": _image,
    "overflow": _overflow,
    **dict.fromkeys(CHOICES, _choice),
    **dict.fromkeys((*SINGLE_SELECTS, *MULTI_SELECTS), _select),
    "datepicker": _date,
    "timepicker": _time,
    "datetimepicker": _date_time,
    **dict.fromkeys(TEXT_INPUTS, _text_input),
    "file_input": _file_input,
    "feedback_buttons": _feedback,
    "icon_button": _icon_button,
    "workflow_button": _workflow_button,
}


def check_element(check: Checker, item: object, at: str, allowed: frozenset[str]) -> None:
    """One element at a JSON pointer; `allowed` are the types that its block takes."""
    kind = item.get("type") if isinstance(item, dict) else None
    if not isinstance(item, dict) or kind not in allowed or kind not in RULES:
        check.fail(f"{at}/type", f"unsupported type: {kind}")
        return
    if kind == "file_input" and check.surface is not Surface.MODAL:
        check.fail(f"{at}/type", "file_input is only allowed in modals")
    check.string(item.get("action_id"), f"{at}/action_id", limits.ID)
    check.text(item.get("placeholder"), f"{at}/placeholder", limits.PLACEHOLDER, plain=True)
    check.confirm(item.get("confirm"), f"{at}/confirm")
    RULES[str(kind)](check, item, at)
