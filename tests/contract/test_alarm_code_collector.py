"""Alarm code from folders and from CloudFormation stacks, and what cannot be read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.aws.inventory import AwsInventory
from bot.aws.options import ReaderOptions
from bot.aws.reader import AwsReader
from bot.aws.sessions import AwsSessions
from bot.core.checks import Kind, run_check
from bot.core.evidence import AlarmDefinitions, Alarms, Evidence, StackAlarms
from bot.core.model import Finding, Scope, Status, Unread, UnreadReason, Window
from bot.sandbox.aws.server import SandboxAws
from runbooks.checks.alarm_code import CHECK
from tests.contract.conftest import AWS_NOW

ALARM = "shop-prod-target-errors"
TERRAFORM = f"""
resource "aws_cloudwatch_metric_alarm" "errors" {{
  alarm_name = "{ALARM}"
  threshold  = 99
}}
"""
TEMPLATE = f"""
Resources:
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: {ALARM}
      Threshold: 99
"""


def scope_of(sessions: AwsSessions) -> Scope:
    return Scope(
        load_balancer=AwsInventory(sessions).find("shop-prod"),
        window=Window(start=AWS_NOW - timedelta(minutes=40), end=AWS_NOW + timedelta(minutes=20)),
        alarm_at=AWS_NOW - timedelta(minutes=10),
        now=AWS_NOW,
    )


def read(
    sessions: AwsSessions, kind: Kind, terraform: Path | None = None, templates: Path | None = None
) -> Evidence | Unread:
    options = ReaderOptions(terraform_dir=terraform, cloudformation_dir=templates)
    reader = AwsReader(sessions, lambda: AWS_NOW, options=options)
    return reader.read([kind], scope_of(sessions))[kind]


def judged(sessions: AwsSessions, terraform: Path | None = None) -> Finding:
    scope = scope_of(sessions)
    reader = AwsReader(sessions, lambda: AWS_NOW, options=ReaderOptions(terraform_dir=terraform))
    return run_check(CHECK, scope, reader.read(CHECK.kinds, scope))


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_alarms_are_found_anywhere_in_the_folder_but_in_downloaded_modules(
    sessions: AwsSessions, tmp_path: Path
) -> None:
    files = {
        "live/alarms.tf": TERRAFORM,
        ".terraform/modules/a.tf": TERRAFORM,
        "live/notes.md": TERRAFORM,
        "live/broken_but_about_something_else.tf": 'resource "aws_lb" "shop" {',
    }
    folder = write(tmp_path, files)
    code = read(sessions, AlarmDefinitions, folder)
    assert isinstance(code, AlarmDefinitions)
    assert [(d.name, d.place) for d in code.definitions] == [(ALARM, "live/alarms.tf:2")]
    assert code.unreadable == ()


def test_a_broken_file_is_named_and_the_others_are_read(sessions: AwsSessions, tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.tf": TERRAFORM + "}", "b.tf": TERRAFORM})
    (folder / "c.tf").write_bytes(b"\xff\xfe aws_cloudwatch_")
    code = read(sessions, AlarmDefinitions, folder)
    assert isinstance(code, AlarmDefinitions)
    assert [d.place for d in code.definitions] == ["b.tf:2"]
    assert [text.partition(":")[0] for text in code.unreadable] == ["a.tf", "c.tf"]


def test_both_folders_are_read(sessions: AwsSessions, tmp_path: Path) -> None:
    terraform = write(tmp_path / "tf", {"a.tf": TERRAFORM})
    templates = write(tmp_path / "cfn", {"a.yaml": TEMPLATE})
    code = read(sessions, AlarmDefinitions, terraform, templates)
    assert isinstance(code, AlarmDefinitions)
    assert [d.place for d in code.definitions] == ["a.tf:2", "a.yaml:3"]


def test_without_a_folder_the_setting_is_named(sessions: AwsSessions) -> None:
    code = read(sessions, AlarmDefinitions)
    assert isinstance(code, Unread)
    assert code.reason is UnreadReason.NOT_ENABLED
    assert "TERRAFORM_DIR" in code.detail


def test_a_folder_that_is_gone_is_not_found(sessions: AwsSessions, tmp_path: Path) -> None:
    code = read(sessions, AlarmDefinitions, tmp_path / "gone")
    assert isinstance(code, Unread)
    assert code.reason is UnreadReason.NOT_FOUND


def test_drift_between_folder_and_live_alarm_is_found(sessions: AwsSessions, tmp_path: Path) -> None:
    finding = judged(sessions, write(tmp_path, {"a.tf": TERRAFORM}))
    assert finding.status is Status.WARN
    assert finding.table
    assert ("threshold", "99") in {(row[1], row[3]) for row in finding.table.rows}


# Stacks; what the emulated account cannot show is in tests/unit/aws/test_aws_stack_alarms.py


def test_alarms_that_no_stack_made_are_absent(aws: SandboxAws, sessions: AwsSessions) -> None:
    code, alarms = read(sessions, StackAlarms), read(sessions, Alarms)
    assert isinstance(code, StackAlarms)
    assert isinstance(alarms, Alarms)
    assert code.definitions == ()
    assert aws.calls.counts["cloudformation:DescribeStackResources"] == len(alarms.alarms)
    assert aws.calls.counts["cloudformation:GetTemplate"] == 0


@pytest.mark.parametrize("action", ["cloudformation:DescribeStackResources", "cloudwatch:DescribeAlarms"])
def test_with_an_action_refused_nothing_is_called_equal(
    aws: SandboxAws, sessions: AwsSessions, action: str
) -> None:
    aws.faults.add(action, "deny")
    finding = judged(sessions)
    assert finding.status is Status.UNKNOWN
    assert action in {one.action for one in finding.unread}
