"""Slack's sizes in one place; the sources are in the project's Slack notes and slack_sdk 3.47's models."""

from bot.sandbox.slack.model import Json, SlackError

BLOCKS_PER_MESSAGE = 50
BLOCKS_PER_VIEW = 100
SECTION_TEXT = 3000
SECTION_FIELDS = 10
FIELD_TEXT = 2000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
CONTEXT_ACTIONS_ELEMENTS = 5
ID = 255
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
URL = 3000
ALT_TEXT = 2000
LABEL = 2000
PLACEHOLDER = 150
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTIONS = 100
OVERFLOW_OPTIONS = 5
CHOICE_OPTIONS = 10
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
INPUT_TEXT = 3000
MARKDOWN_PER_MESSAGE = 12_000
VIEW_TITLE = 24
PRIVATE_METADATA = 3000
VIEW_BYTES = 250_000
VIEW_STACK = 3
MESSAGE_TEXT = 40_000
UPDATE_TEXT = 4000
METADATA_BYTES = 8192
SCHEDULE_SECONDS = 120 * 86_400
TABLES_PER_MESSAGE = 1
TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000
DATA_TABLE_ROWS = 101
DATA_TABLE_CHARACTERS = 20_000
DATA_TABLE_PAGE = 100
CHARTS_PER_MESSAGE = 2
CHART_TITLE = 50
CHART_SERIES = 6
CHART_POINTS = 20
CHART_LABEL = 20
PLAN_TASKS = 50
SOCKETS_PER_APP = 10
RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 1800


def check_text(text: str, limit: int) -> None:
    """msg_too_long above the limit; chat.postMessage itself truncates, so it is called with MESSAGE_TEXT."""
    if len(text) > limit:
        raise SlackError("msg_too_long")


def check_metadata(metadata: object) -> Json | None:
    """Message metadata must be {event_type, event_payload} and small; {} clears it."""
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if not metadata:
        return {}
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(str(metadata).encode()) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return metadata
