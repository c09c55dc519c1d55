"""The commands as a person types them, as processes of their own, against the emulated account and Slack."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.aws.scenarios import SCENARIOS
from bot.sandbox.demo import Demo
from bot.sandbox.slack.driver import Driver
from bot.sandbox.slack.faults import FaultKind
from tests.scenario.play import alarm_at

DEMO_CAUSES = {s.id: s for s in SCENARIOS if s.id in ("shop-prod", "search-int", "pay-edge")}


@pytest.fixture(scope="package")
def environment(demo: Demo) -> dict[str, str]:
    """As the bot's own processes have it."""
    return demo.environment()


@pytest.fixture
def no_faults(demo: Demo) -> Iterator[None]:
    yield
    demo.aws.faults.clear()


def bot(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=dict(env) | {"PYTHONPATH": str(here)},
        cwd=cwd or here,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def diagnose(name: str, *more: str, env: Mapping[str, str]) -> dict[str, Any]:
    done = bot("diagnose", name, "--at", alarm_at(name).isoformat(), *more, "--json", env=env)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("name", DEMO_CAUSES)
def test_diagnose_names_the_cause_of_every_incident_of_the_demo(
    name: str, environment: dict[str, str]
) -> None:
    answer = diagnose(name, "--window", "60m", env=environment)
    scenario = DEMO_CAUSES[name]
    assert (answer["diagnosis"]["cause"], answer["diagnosis"]["verdict"]) == (
        scenario.cause,
        scenario.verdict,
    )
    assert answer["load_balancer"]["name"] == name
    assert set(answer["window"]) == {"start", "end"}
    assert {"check", "status", "resource", "summary"} <= set(answer["findings"][0])
    best = answer["diagnosis"]["causes"][0]
    assert {"id", "score", "band", "for", "against", "not_checked"} <= set(best)
    assert all(":" in action and count > 0 for action, count in answer["api_calls"].items())


def test_a_person_reads_a_table_with_the_answer_last(environment: dict[str, str]) -> None:
    done = bot("diagnose", "shop-prod", "--at", alarm_at("shop-prod").isoformat(), env=environment)
    assert done.returncode == 0
    assert "8080 is blocked" in done.stdout
    findings, _, answer = done.stdout.lower().partition("\n\n")
    assert "network_path" in findings
    assert "network block" in answer


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("shop-prd",), "shop-prod"),
        (("shop-prod", "--at", "yesterday"), "cannot read yesterday as a time"),
        (("shop-prod", "--at", "2031-01-01T00:00Z"), "is in the future"),
        (("shop-prod", "--window", "30d"), "must be between 5 min and 1 d"),
        (("shop-prod", "--period", "90"), "multiple of 60 seconds"),
    ],
)
def test_a_wrong_argument_ends_with_2_and_says_what_is_wrong(
    arguments: tuple[str, ...], told: str, environment: dict[str, str]
) -> None:
    done = bot("diagnose", *arguments, "--json", env=environment)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_an_aws_that_does_not_answer_ends_with_3_soon(environment: dict[str, str]) -> None:
    dead = environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    started = time.monotonic()
    done = bot("diagnose", "shop-prod", "--json", env=dead)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 20


def test_an_identity_that_is_refused_ends_with_3(
    demo: Demo, environment: dict[str, str], no_faults: None
) -> None:
    demo.aws.faults.add("*", "deny")
    done = bot("diagnose", "shop-prod", "--json", env=environment)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr


def test_credentials_that_are_missing_end_with_3(environment: dict[str, str]) -> None:
    without = {k: v for k, v in environment.items() if not k.startswith("AWS_") or k == "AWS_REGION"}
    without |= {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    without |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": environment["AWS_ENDPOINT_URL"]}
    assert bot("diagnose", "shop-prod", "--json", env=without).returncode == 3


def test_the_iam_policy_allows_reads_only(environment: dict[str, str]) -> None:
    done = bot("iam-policy", env=environment)
    assert done.returncode == 0
    statements = json.loads(done.stdout)["Statement"]
    actions = [
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    assert "ec2:DescribeSecurityGroups" in actions
    reads = ("Describe", "Get", "List", "Lookup", "BatchGet", "Filter")
    assert [action for action in actions if not action.partition(":")[2].startswith(reads)] == []


def test_doctor_finds_nothing_wrong_with_the_demo(environment: dict[str, str]) -> None:
    done = bot("doctor", env=environment)
    assert done.returncode == 0, done.stdout
    assert "Socket Mode" in done.stdout
    assert "cloudtrail:LookupEvents" in done.stdout


def test_doctor_names_a_scope_that_is_missing(environment: dict[str, str], slack: Driver) -> None:
    slack.fault(FaultKind.REVOKED_SCOPE, value="reactions:read")
    done = bot("doctor", env=environment)
    slack.clear_faults()
    assert done.returncode == 1
    assert "missing: reactions:read" in " ".join(done.stdout.split())


def test_doctor_names_a_permission_that_is_missing(
    demo: Demo, environment: dict[str, str], no_faults: None
) -> None:
    demo.aws.faults.add("cloudtrail:*", "deny")
    done = bot("doctor", env=environment)
    assert done.returncode == 1
    assert "cloudtrail:LookupEvents" in done.stdout


def test_migrate_says_that_the_database_is_up_to_date(environment: dict[str, str]) -> None:
    done = bot("migrate", env=environment)
    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stderr


def test_settings_that_contradict_are_said_at_start(environment: dict[str, str]) -> None:
    done = bot("web", env=environment | {"SLACK_BOT_TOKEN": "xapp-1"})
    assert done.returncode == 2
    assert "SLACK_BOT_TOKEN must start with xoxb-" in done.stderr
