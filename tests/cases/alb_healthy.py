"""Application Load Balancers with nothing wrong, and some where nobody can tell."""

from __future__ import annotations

from datetime import timedelta

from bot.core.evidence import (
    AccessLog,
    Interfaces,
    SecurityGroups,
)
from bot.core.model import UnreadReason
from bot.sandbox.aws.faults import FaultKind
from bot.sandbox.aws.http_traffic import Outcome
from tests.cases.account_parts import (
    ECS,
    aws_issue,
    code_deploy,
    ecs_service,
    instance_event,
    reboot_elsewhere,
    service_updated,
    with_support_plan,
)
from tests.cases.alb_case import case
from tests.cases.alb_parts import ALARM, ONSET, alarm, busy, daily_peak, exchanged, fails, load
from tests.cases.amendments import much_later, targets_by_address, unread
from tests.cases.case import CANNOT_TELL, NOTHING
from tests.cases.rule_parts import group_edited, rule_revoked

# fmt: off
TIMEOUT, REFUSED, RETRIED = Outcome.CONNECT_TIMEOUT, Outcome.REFUSED, Outcome.RETRIED
SWAP = {"targets": 6, "zones": "ab", "deregistration_delay_s": 1200}
DENY = FaultKind.DENY

HEALTHY = (
    case("healthy-quiet", "Nothing happened", NOTHING, "no counter is elevated and no target fails."),
    case("healthy-peak", "The daily peak, as every day", NOTHING, "elevated means above the same hours of "
         "seven days.",
         daily_peak(45, load_factor=1.7), herrings=("a daily CPU peak",)),
    case("healthy-deploy", "A deployment without errors", NOTHING, "a deployment alone fails nothing: H5 "
         "needs errors.",
         ecs_service("catalog", ONSET - 2), *(exchanged(o, o + 3, ONSET + o, ECS) for o in range(3)),
         spec=SWAP,
         herrings=("a deployment that exchanged every target",)),
    case("healthy-more-load", "Twice the requests, well handled", NOTHING,
         "H1 explains errors; there are none.",
         load(2.0, since=ONSET - 5), herrings=("requests twice the usual",)),
    case("healthy-rule-added", "A rule was added", NOTHING, "every predicate passes and nothing fails.",
         group_edited(ONSET - 3, lambda _, built: built.app_group_id), herrings=("a security-group change",)),
    case("healthy-split-port", "Check port differs, all is well", NOTHING,
         "a lying check matters only beside errors.",
         spec={"check_port": 8081}, herrings=("a check port that is not the traffic port",)),
    case("healthy-low-traffic", "Hardly any traffic", NOTHING, "fewer than 100 requests judge nothing.",
         spec={"per_minute": 1}),
    case("healthy-drained-reboot", "A target was drained and rebooted", NOTHING,
         "H4 explains errors; a drained target causes none.",
         instance_event(ONSET, "RebootInstances", 1), herrings=("a reboot of a target",)),
    case("healthy-slower", "Replies are slower than usual", NOTHING, "slow replies are no connection errors.",
         busy(20, 2.5, since=ONSET - 3), herrings=("response time above the usual",)),
    case("healthy-aws-elsewhere", "AWS has trouble in another Region", NOTHING,
         "H9 needs an event of the same Region and time.", aws_issue(ONSET - 2, region="us-east-1"),
         account=with_support_plan, herrings=("an AWS event elsewhere",)),
    case("healthy-aws-here", "AWS reports trouble, this load balancer works", NOTHING,
         "an event that hurts nobody here explains nothing.", aws_issue(ONSET - 2), account=with_support_plan,
         herrings=("an open AWS event of this service",)),
)

UNKNOWABLE = (
    case("few-errors", "Three errors among few requests", CANNOT_TELL, "fewer than 5 errors or 100 requests.",
         fails(REFUSED, 1, since=ALARM - 2, until=ALARM - 1), alarm("TargetConnectionErrorCount", 0,
         periods=3),
         spec={"per_minute": 2, "alarmed": False}),
    case("metrics-denied", "CloudWatch metrics refused", CANNOT_TELL, "AccessDenied on a needed call.",
         fails(REFUSED, seats=[1]), faults=(("cloudwatch:GetMetricData", DENY),)),
    case("metrics-only", "Everything but metrics refused", CANNOT_TELL,
         "coverage below 0.5 for H3, H4 and H5 without CloudTrail, logs and EC2.", fails(TIMEOUT, 0.4),
         faults=(("cloudtrail:*", DENY), ("ec2:*", DENY), ("s3:*", DENY))),
    case("partial-timeouts", "Some connects time out, nothing explains it", CANNOT_TELL,
         "504 on a few requests without load, change, event or zone: no cause reaches 4.", fails(TIMEOUT,
         0.03)),
    case("partial-refusals-spread", "A few refusals on every target", CANNOT_TELL,
         "502 refusals (+3) spread over targets that also serve 2XX (-2).", fails(REFUSED, 0.02)),
    case("partial-timeouts-peak", "Some connects time out at the daily peak", CANNOT_TELL,
         "the peak is usual, so load is flat (H1 -2); nothing else speaks.", daily_peak(30, load_factor=1.5),
         fails(TIMEOUT, 0.04), herrings=("a daily CPU peak",)),
    case("partial-timeouts-other-reboot", "Some connects time out; another service rebooted", CANNOT_TELL,
         "the rebooted instance is no target.", fails(TIMEOUT, 0.04), reboot_elsewhere(ONSET - 1),
         herrings=("an unrelated reboot",)),
    case("partial-timeouts-other-deploy", "Some connects time out; another service deployed", CANNOT_TELL,
         "the updated service does not register here.", fails(TIMEOUT, 0.05), service_updated("reports",
         ONSET - 2),
         herrings=("a deployment of another service",)),
    case("change-after-onset", "A rule was revoked after the errors began", CANNOT_TELL,
         "the change came after the onset, and errors are partial; but a predicate fails now.", fails(TIMEOUT,
         0.3),
         group_edited(ONSET + 5, lambda _, built: built.app_group_id),
         herrings=("a change after the onset",)),
    case("too-fresh", "Looked at while CloudTrail cannot show it yet", CANNOT_TELL,
         "CloudTrail fresher than 15 min, and the rest is a few timeouts.", fails(TIMEOUT, 0.05),
         code_deploy(ONSET - 1, "reports"), opened_minutes=-6, herrings=("a deployment of another service",)),
    case("on-premises-targets", "Targets are addresses on premises", CANNOT_TELL,
         "cross-account or on-premises ip targets.",
         fails(TIMEOUT, 0.5), amend=targets_by_address()),
    case("network-unread", "A rule was revoked, but rules may not be read", CANNOT_TELL,
         "AccessDenied on a needed call: no predicate can be evaluated.", rule_revoked(None, 8080),
         fails(TIMEOUT, 0.6),
         spec={"check_port": 8081}, amend=unread(UnreadReason.DENIED, SecurityGroups, Interfaces, AccessLog)),
    case("long-ago", "Looked at 100 days later", CANNOT_TELL,
         "window older than 90 days: configuration read now says nothing about then.", fails(TIMEOUT, 0.5),
         window=timedelta(minutes=60), amend=much_later(100)),
    case("retried-refusals", "Connections fail, every request succeeds", CANNOT_TELL,
         "the load balancer tried again with success: no status code tells refused from lost.", fails(RETRIED,
         0.02)),
)

CASES = (*HEALTHY, *UNKNOWABLE)
