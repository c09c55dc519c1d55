"""Holds the sandbox's Block Kit rules to Slack's documented limits, one refusal at a time."""

from typing import Any

import pytest
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.blocks.basic_components import ConfirmObject, Option

from bot.sandbox.slack.block_checker import Checker, Surface
from bot.sandbox.slack.block_rules import check_blocks, check_view

Block = dict[str, Any]


def problems(*blocks: Any, surface: Surface = Surface.MESSAGE) -> list[str]:
    check = Checker(surface)
    check_blocks(check, list(blocks))
    return check.problems


def text(words: str = "x", kind: str = "mrkdwn") -> Block:
    return {"type": kind, "text": words}


def section(words: str = "x", **more: Any) -> Block:
    return {"type": "section", "text": text(words), **more}


def button(**more: Any) -> Block:
    return {"type": "button", "text": text("Go", "plain_text"), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def select(count: int = 1, **more: Any) -> Block:
    options = [{"text": text(str(n), "plain_text"), "value": str(n)} for n in range(count)]
    return {"type": "static_select", "options": options, **more}


def chart(points: int = 3, series: int = 1, **more: Any) -> Block:
    names = [f"t{n}" for n in range(points)]
    lines = [{"name": f"s{n}", "data": [{"label": t, "value": 1} for t in names]} for n in range(series)]
    body = {"type": "line", "series": lines, "axis_config": {"categories": names}}
    return {"type": "data_visualization", "title": "Errors", "chart": body, **more}


def cell(words: str = "x") -> Block:
    return {"type": "raw_text", "text": words}


def table(rows: int = 2, columns: int = 2, words: str = "x") -> Block:
    return {"type": "table", "rows": [[cell(words)] * columns] * rows}


def data_table(rows: int = 2, **more: Any) -> Block:
    return {"type": "data_table", "caption": "Targets", "rows": [[cell()] * 2] * rows, **more}


def task(task_id: str = "1", **more: Any) -> Block:
    return {"type": "task_card", "task_id": task_id, "title": "Target health", "status": "complete", **more}


def plan(*tasks: Block) -> Block:
    return {"type": "plan", "title": "Runbook", "tasks": list(tasks)}


REFUSED: list[tuple[str, list[Block], str]] = [
    ("a 51st block", [section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ("an unknown block type", [{"type": "nope"}], "unsupported type: nope [json-pointer:/blocks/0/type]"),
    ("a block that is no object", ["x"], "unsupported type: None"),  # type: ignore[list-item]
    ("a section without text", [{"type": "section"}], "must provide text or fields"),
    ("a section of 3001 characters", [section("x" * 3001)], "must be less than 3001 characters"),
    ("an empty text", [section("")], "must be more than 0 characters"),
    ("an 11th field", [section(fields=[text()] * 11)], "no more than 10 items allowed"),
    ("an unknown property", [section(colour="red")], "invalid additional property: colour"),
    ("a header in mrkdwn", [{"type": "header", "text": text()}], "must be one of: plain_text"),
    (
        "a header of 151 characters",
        [{"type": "header", "text": text("x" * 151, "plain_text")}],
        "less than 151",
    ),
    ("an 11th context element", [{"type": "context", "elements": [text()] * 11}], "no more than 10 items"),
    ("a 26th action", [actions(*[button() for _ in range(26)])], "no more than 25 items allowed"),
    ("no actions at all", [actions()], "no fewer than 1 items allowed"),
    ("a long button label", [actions(button(text=text("x" * 76, "plain_text")))], "less than 76 characters"),
    ("a long button value", [actions(button(value="x" * 2001))], "less than 2001 characters"),
    ("a button of no known style", [actions(button(style="blue"))], "must be one of: primary, danger"),
    ("a long action_id", [actions(button(action_id="x" * 256))], "less than 256 characters"),
    ("the same action_id twice", [actions(button(action_id="a"), button(action_id="a"))], "already exists"),
    (
        "the same block_id twice",
        [section(block_id="b"), section(block_id="b")],
        "`block_id` b already exists",
    ),
    (
        "a text input among actions",
        [actions({"type": "plain_text_input"})],
        "unsupported type: plain_text_input",
    ),
    ("a 101st option", [actions(select(101))], "no more than 100 items allowed"),
    ("a select without options", [actions({"type": "static_select"})], "either options or option_groups"),
    ("an initial option that is none", [actions(select(2, initial_option=1))], "must exactly match one"),
    ("a 6th overflow option", [actions({**select(6), "type": "overflow"})], "no more than 5 items allowed"),
    (
        "a long confirm title",
        [actions(button(confirm={"text": text(), "title": text("x" * 101, "plain_text")}))],
        "101",
    ),
    ("a long confirm text", [actions(button(confirm={"text": text("x" * 301)}))], "less than 301 characters"),
    (
        "an image without alt text",
        [{"type": "image", "image_url": "https://x/y.png"}],
        "missing required field: alt_text",
    ),
    (
        "an unready slack_file",
        [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"}],
        "invalid slack file",
    ),
    ("an alert outside a modal", [{"type": "alert", "text": text()}], "alert is not allowed in a message"),
    (
        "12,001 characters of markdown",
        [{"type": "markdown", "text": "x" * 6001}] * 2,
        "less than 12001 characters",
    ),
    ("a second table", [table(), table()], "only_one_table_allowed"),
    ("a 101st table row", [table(rows=101)], "no more than 100 items allowed"),
    ("a 21st table column", [table(columns=21)], "no more than 20 items allowed"),
    (
        "10,001 characters of table",
        [table(rows=20, columns=10, words="x" * 51)],
        "less than 10001 characters in total",
    ),
    ("a data table without caption", [data_table(caption=None)], "missing required field: caption"),
    ("a 101st row of data", [data_table(rows=102)], "no more than 101 items allowed"),
    ("a page of 101 rows", [data_table(page_size=101)], "must be between 1 and 100"),
    ("uneven rows of data", [{**data_table(), "rows": [[cell()], [cell()] * 2]}], "the same number of cells"),
    ("a third chart", [chart(), chart(), chart()], "no more than 2 data_visualization blocks"),
    ("a chart title of 51 characters", [chart(title="x" * 51)], "less than 51 characters"),
    ("a 21st point", [chart(points=21)], "no more than 20 items allowed"),
    ("a 7th series", [chart(series=7)], "no more than 6 items allowed"),
    ("a 51st task", [plan(*[task(str(n)) for n in range(51)])], "no more than 50 items allowed"),
    ("the same task twice", [plan(task(), task())], "`task_id` already exists"),
    ("a task of no known status", [task(status="done")], "must be one of: pending, in_progress"),
    ("a task's output in plain text", [task(output="x")], "must be a rich_text block"),
]


@pytest.mark.parametrize(
    ("blocks", "problem"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_message_is_refused_with(blocks: list[Block], problem: str) -> None:
    assert any(problem in found for found in problems(*blocks)), problems(*blocks)


def test_a_series_without_a_point_for_every_category_is_refused() -> None:
    block = chart()
    block["chart"]["series"][0]["data"].pop()
    assert "every series must have a data point" in problems(block)[0]


def test_what_slack_sdk_builds_is_accepted() -> None:
    choice = StaticSelectElement(
        placeholder="Choose",
        action_id="s",
        options=[Option(text="One", value="1"), Option(text="Two", value="2")],
    )
    confirm = ConfirmObject(title="Sure?", text=MarkdownTextObject(text="*Really*"), confirm="Yes", deny="No")
    blocks = [
        HeaderBlock(text="Incident"),
        SectionBlock(text="*x*", fields=["a", "b"], accessory=choice),
        ContextBlock(elements=[MarkdownTextObject(text="x")]),
        ActionsBlock(
            elements=[ButtonElement(text="Go", action_id="go", value="1", confirm=confirm, style="danger")]
        ),
        InputBlock(label="Note", element=PlainTextInputElement(action_id="n", multiline=True)),
    ]
    assert problems(*[block.to_dict() for block in blocks]) == []
    assert PlainTextObject(text="x").to_dict()["type"] == "plain_text"


def test_the_newer_blocks_are_accepted_within_their_limits() -> None:
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}
    source = {"type": "url", "url": "https://x", "text": "Console"}
    assert problems(chart(20, 6), chart(), table(100, 20), data_table(101, page_size=100)) == []
    assert problems(plan(*[task(str(n), details=rich, sources=[source]) for n in range(50)])) == []


def modal(*blocks: Block, **more: Any) -> list[str]:
    check = Checker(Surface.MODAL)
    check_view(check, {"type": "modal", "title": text("T", "plain_text"), "blocks": list(blocks), **more})
    return check.problems


FIELD = {"type": "input", "label": text("A", "plain_text"), "element": {"type": "plain_text_input"}}


def test_a_modal_has_limits_of_its_own() -> None:
    assert modal({"type": "alert", "text": text(), "level": "warning"}, section()) == []
    assert "missing required field: submit" in modal(FIELD)[0]
    assert "less than 25 characters" in modal(title=text("x" * 25, "plain_text"))[0]
    assert "less than 3001 characters" in modal(private_metadata="x" * 3001)[0]
    assert "no more than 100 items" in modal(*[section()] * 101)[0]
    assert "plan is not allowed in a modal" in modal(plan())[0]
    assert modal(FIELD, submit=text("Go", "plain_text")) == []


def test_a_home_tab_has_no_title_and_takes_a_hundred_blocks() -> None:
    check = Checker(Surface.HOME)
    check_view(check, {"type": "home", "blocks": [section()] * 100})
    assert check.problems == []
    check_view(check, {"type": "home", "title": text("T", "plain_text"), "blocks": []})
    assert "invalid additional property: title" in check.problems[0]
