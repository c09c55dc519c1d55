"""Application Load Balancers: several things at once, on the load balancer's own resources."""

from __future__ import annotations

from bot.sandbox.aws.http_traffic import Outcome
from tests.cases.account_parts import (
    ECS,
    away,
    aws_issue,
    checks_fail,
    command_sent,
    ecs_service,
    instance_event,
    service_updated,
    with_support_plan,
)
from tests.cases.alb_case import case
from tests.cases.alb_parts import (
    ALARM,
    ONSET,
    alarm,
    busy,
    daily_peak,
    exchanged,
    fails,
    group_modified,
    load,
    unhealthy,
)
from tests.cases.case import CANNOT_TELL
from tests.cases.rule_parts import group_edited, nacl_denies, rule_revoked

# fmt: off
TIMEOUT, REFUSED, CLOSED = Outcome.CONNECT_TIMEOUT, Outcome.REFUSED, Outcome.CLOSED
TLS, NO_REPLY = Outcome.TLS_FAILED, Outcome.NO_REPLY
SWAP = {"targets": 6, "zones": "ab", "deregistration_delay_s": 1200}
SPLIT = {"check_port": 8081}
ZONED = {"zones": "abc", "targets": 6}
DONE = tuple(exchanged(old, old + 3, ONSET - 12 + old, ECS) for old in range(3))
PLAN = with_support_plan

CASES = (
    case("hard-block-after-deploy", "A clean deployment, then the rule is revoked", "network_block",
         "H3: a predicate fails now (+4), revoked just before (+3), 504 triples on all (+2). A deployment "
         "explains "
         "dead processes, never a rule.",
         ecs_service("catalog", ONSET - 13), *DONE, rule_revoked(ONSET - 2, 8080), fails(TIMEOUT),
         spec=SWAP | SPLIT, herrings=("an own deployment a quarter of an hour before",)),
    case("hard-block-aws-issue", "The rule is revoked while AWS has trouble", "network_block",
         "H3: predicate (+4), change (+3), 504 triples on all (+2); an AWS event (+4) is weaker.",
         rule_revoked(ONSET - 3, 8080), aws_issue(ONSET - 5), fails(TIMEOUT), spec=SPLIT, account=PLAN,
         herrings=("an open AWS event of this service",)),
    case("hard-zone-block-aws-issue", "A NACL blocks one zone while AWS has trouble there", "network_block",
         "H12 beats H3 unless a predicate fails in that zone alone: it does (+4), changed just before (+3).",
         nacl_denies(ONSET - 2, 8080, "b"), aws_issue(ONSET - 4, service="EC2", zone_letter="b"),
         fails(TIMEOUT, seats=[1, 4]), spec=SPLIT | ZONED, account=PLAN,
         herrings=("all errors in one zone", "an AWS event of that zone")),
    case("hard-overload-aws-issue", "Load doubles while AWS has trouble elsewhere in the Region", "overload",
         "H1: requests (+3), CPU (+2), p99 (+2) before the errors, 504 on some (+1); the AWS event (+4) is "
         "weaker.",
         load(2.4, since=ONSET - 6), busy(34, 14, since=ONSET - 6), fails(TIMEOUT, 0.06), fails(NO_REPLY,
         0.02),
         aws_issue(ONSET - 20, service="EC2"), account=PLAN, herrings=("an open AWS event",)),
    case("hard-dead-process-aws-issue", "One process died while AWS has trouble", "target_not_listening",
         "H2: 502 refusal triples (+3), one target (+2), FailedHealthChecks (+3); the AWS event (+4) is "
         "weaker.",
         fails(REFUSED, seats=[1]), unhealthy("Target.FailedHealthChecks", seats=[1]), aws_issue(ONSET - 3),
         account=PLAN, herrings=("an open AWS event of this service",)),
    case("hard-dead-process-old-reboot", "A process died; another target was rebooted an hour ago",
         "target_not_listening", "H2: 502 refusal triples (+3), one target (+2), FailedHealthChecks (+3). "
         "A reboot counts for H4 only from 15 min before the onset.",
         fails(REFUSED, seats=[1]), unhealthy("Target.FailedHealthChecks", seats=[1]),
         instance_event(ONSET - 55, "RebootInstances", 3), herrings=("an own target's reboot an hour "
         "before",)),
    case("hard-dead-process-late-deploy", "A process died; the team deploys to repair it",
         "target_not_listening",
         "H2: 502 refusal triples (+3), one target (+2), FailedHealthChecks (+3). The deployment came after "
         "the onset.",
         fails(REFUSED, seats=[2]), unhealthy("Target.FailedHealthChecks", seats=[2]),
         command_sent(ONSET + 6, [2], "RestartStorefront"), herrings=("a deployment after the onset",)),
    case("hard-reboot-at-load", "A target is rebooted while load is up", "instance_lifecycle",
         "H4: RebootInstances (+4), StatusCheckFailed (+3), errors only there (+1). Load rose, CPU stays "
         "low.",
         load(1.7, since=ONSET - 8), instance_event(ONSET - 0.4, "RebootInstances", 1), away(1, ONSET,
         ONSET + 2),
         checks_fail(1, ONSET + 2, ONSET + 5), fails(REFUSED, seats=[1], until=ONSET + 5), spec=SPLIT,
         herrings=("requests 1.7 times the usual from before",)),
    case("hard-deploy-rule-too", "One release updates the service and adds a rule", "deployment",
         "H5: UpdateService (+4), burst (+2), draining (+2), dip (+1). The rule opens a port; every "
         "predicate passes.",
         ecs_service("catalog", ONSET - 2), *(exchanged(o, o + 3, ONSET + o, ECS) for o in range(3)),
         group_edited(ONSET - 2.2, lambda _, built: built.app_group_id), fails(REFUSED, 0.25,
         until=ONSET + 5),
         spec=SWAP, herrings=("a rule added by the same release",)),
    case("hard-deploy-check-interval", "One release also changes the check interval", "deployment",
         "H5: UpdateService (+4), burst (+2), draining (+2), dip (+1). A changed interval (+3) fails "
         "nothing alone.",
         ecs_service("catalog", ONSET - 2), *(exchanged(o, o + 3, ONSET + o, ECS) for o in range(3)),
         group_modified(ONSET - 2.5, {"healthCheckIntervalSeconds": 15}), fails(REFUSED, 0.25,
         until=ONSET + 5),
         spec=SWAP, herrings=("the health check was changed just before",)),
    case("hard-tls-with-issue", "Handshakes with targets fail; AWS has trouble with EC2", "tls_to_target",
         "H8: TargetTLSNegotiationErrorCount above 0 with the connection counter empty (+4); nothing failed "
         "in EC2.",
         fails(TLS, 0.9), aws_issue(ONSET - 30, service="EC2", status="closed", end=ONSET - 20),
         alarm("TargetTLSNegotiationErrorCount", 10), spec={"protocol": "HTTPS", "port": 8443}, account=PLAN,
         herrings=("an AWS event that is over",)),
    case("hard-keepalive-some-refusals", "A trickle of 502, and one refused connection",
         "keep_alive_mismatch",
         "H7: 502 triples >=0/>=0/-1 beside a counter at 0 (+4), a steady low rate (+2); a single refusal "
         "is noise.",
         fails(CLOSED, 0.01, since=-2957), fails(REFUSED, 0.004, seats=[1], since=ALARM - 6, until=ALARM - 4),
         alarm("HTTPCode_ELB_502_Count", 3, group=False), herrings=("a few refused connections",)),
    case("hard-revoked-after-overload", "Load doubles; in panic somebody revokes the rule later", CANNOT_TELL,
         "two causes one after the other: the onset is the load's (H1), a predicate fails now (H3).",
         load(2.4, since=ONSET - 6), busy(34, 14, since=ONSET - 6), fails(TIMEOUT, 0.06, until=ONSET + 8),
         rule_revoked(ONSET + 8, 8080), fails(TIMEOUT, since=ONSET + 8), spec=SPLIT,
         herrings=("a change after the onset", "two causes"), both=("overload", "network_block")),
    case("hard-other-service-peak", "Some connects time out at the peak beside another service's release",
         CANNOT_TELL,
         "load is as every day (H1 -2), the other service does not register here, 504 on a few: nothing "
         "reaches 4.",
         daily_peak(40, load_factor=1.5), service_updated("reports", ONSET - 1), fails(TIMEOUT, 0.04),
         herrings=("a daily CPU peak", "a deployment of another service")),
)
