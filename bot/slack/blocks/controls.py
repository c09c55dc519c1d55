"""The names of buttons, inputs and views, and what a button carries: shared by blocks and handlers."""

from __future__ import annotations

from dataclasses import dataclass

ANSWER = "answer"
ASK = "ask_someone"
CHANGE_ANSWER = "change_answer"
RUN_CHECK = "run_check"
RUN_AGAIN = "run_again"
RUN_REST = "run_rest"
CHANGE_WINDOW = "change_window"
ADD_NOTE = "add_note"
LOOKED = "i_looked"
DETAILS = "details"
HOW_TO_ALLOW = "how_to_allow"
TAKE_OVER = "take_over"
RESOLVE = "resolve"
CONFIRM_CAUSE = "confirm_cause"
OTHER_CAUSE = "other_cause"
EXPORT = "export_case"
ALARM_CREATE = "alarm_create"
ALARM_APPROVE = "alarm_approve"
ALARM_UNDO = "alarm_undo"
OPEN_THREAD = "open_thread"
CONSOLE = "console"
START = "start_incident"
NOTHING = "-"
"""The value of a start button that names no load balancer; Slack takes no empty value."""

LOAD_BALANCER = "load_balancer"
"""The action id of the load-balancer select, whose options are served by handlers/options.py."""

USER_GROUP = "user_group"
"""The action id of the user-group select, served there too."""

VIEW_OPEN = "view_open"
VIEW_ANSWER = "view_answer"
VIEW_ASK = "view_ask"
VIEW_NOTE = "view_note"
VIEW_LOOKED = "view_looked"
VIEW_WINDOW = "view_window"
VIEW_RESOLVE = "view_resolve"
VIEW_CAUSE = "view_cause"
VIEW_ALARM = "view_alarm"

SHORTCUT_NOTE = "add_to_timeline"
SHORTCUT_START = "start_incident_shortcut"


@dataclass(frozen=True)
class Press:
    """What a button is about: an incident, a step (or a cause), and the step's version when it was shown."""

    incident: int
    what: str = ""
    version: int = 0

    def __str__(self) -> str:
        return f"{self.incident}:{self.what}:{self.version}"


def read_press(value: str) -> Press:
    """The opposite of `str(press)`; ValueError for anything else."""
    incident, what, version = value.split(":")
    return Press(int(incident), what, int(version))
