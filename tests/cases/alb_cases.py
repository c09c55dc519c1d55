"""Application Load Balancers: blocked paths, overload, dead processes, stopped instances."""

from __future__ import annotations

from bot.sandbox.aws.faults import FaultKind
from bot.sandbox.aws.http_traffic import Outcome
from bot.sandbox.aws.trail import Actor
from tests.cases import alb_more
from tests.cases.account_parts import (
    SCALING,
    away,
    checks_fail,
    code_deploy,
    command_sent,
    instance_event,
    launched,
    maintenance,
    reboot_elsewhere,
    service_updated,
    stopped,
    unrelated_change,
)
from tests.cases.alb_case import case
from tests.cases.alb_parts import (
    ONSET,
    busy,
    daily_peak,
    fails,
    group_modified,
    healthy_again,
    leaves_service,
    load,
    unhealthy,
)
from tests.cases.rule_parts import group_edited, interface_moved, nacl_denies, rule_revoked

# fmt: off
TIMEOUT, REFUSED, NO_REPLY = Outcome.CONNECT_TIMEOUT, Outcome.REFUSED, Outcome.NO_REPLY
DENIED_TRAIL = (("cloudtrail:*", FaultKind.DENY),)
NO_LOGS = {"access_logs": False}
SPLIT = {"check_port": 8081}
SPOT = Actor(None, "spot", "spot.amazonaws.com")
BLOCKED = "H3: a predicate fails now (+4), the rule was changed just before (+3), "

NETWORK = (
    case("sg-revoked-split-port", "Rule revoked, health-check port still open", "network_block",
         BLOCKED + "504 triples on all requests (+2); targets stay healthy on the open check port (section "
         "4).",
         rule_revoked(ONSET - 3, 8080), fails(TIMEOUT), spec=SPLIT),
    case("sg-revoked-peak", "Rule revoked during the daily CPU peak", "network_block",
         BLOCKED + "504 triples total (+2). CPU is as high every day at this hour, so H1 has no elevated "
         "load.",
         rule_revoked(ONSET - 2, 8080), daily_peak(55), fails(TIMEOUT), spec=SPLIT,
         herrings=("a daily CPU peak",)),
    case("sg-revoked-same-port", "Rule revoked, checks fail too", "network_block",
         BLOCKED + "504 triples (+2), Target.Timeout (+1). Fail-open is a consequence: no health check was "
         "changed.",
         rule_revoked(ONSET - 1, 8080), unhealthy("Target.Timeout"), fails(TIMEOUT),
         herrings=("all targets unhealthy, so all receive traffic",)),
    case("sg-revoked-reboot-elsewhere", "Rule revoked, another service's instance rebooted", "network_block",
         BLOCKED + "504 triples (+2). The rebooted instance is no target here, which H4 needs.",
         rule_revoked(ONSET - 4, 8080), reboot_elsewhere(ONSET - 1), fails(TIMEOUT), spec=SPLIT,
         herrings=("an unrelated reboot",)),
    case("sg-revoked-deploy-elsewhere", "Rule revoked, another service deployed", "network_block",
         BLOCKED + "504 triples (+2). The deployment names another service and exchanged no target here.",
         rule_revoked(ONSET - 3, 8080), code_deploy(ONSET - 1, "reports"), fails(TIMEOUT), spec=SPLIT,
         herrings=("a deployment of another service",)),
    case("sg-revoked-no-trail", "Rule revoked, CloudTrail refused", "network_block",
         "H3: a predicate fails now (+4), 504 triples total (+2); who changed it cannot be told.",
         rule_revoked(ONSET - 3, 8080), fails(TIMEOUT), spec=SPLIT, faults=DENIED_TRAIL),
    case("sg-revoked-no-logs", "Rule revoked, access logs off", "network_block",
         BLOCKED + "504 for every connection error (+1); metrics alone cannot name targets.",
         rule_revoked(ONSET - 3, 8080), fails(TIMEOUT), spec=SPLIT | NO_LOGS),
    case("sg-revoked-scaled", "Rule revoked while load is up", "network_block",
         BLOCKED + "504 triples total (+2). A total failure from one minute on speaks against H1 (-2).",
         rule_revoked(ONSET - 2, 8080), load(1.8, since=ONSET - 10), fails(TIMEOUT), spec=SPLIT,
         herrings=("requests 1.8 times the usual from before",)),
    case("nacl-deny-all", "A NACL drops the traffic port", "network_block",
         BLOCKED + "504 triples (+2): a NACL entry before the allow entry (section 4).",
         nacl_denies(ONSET - 2, 8080), fails(TIMEOUT), spec=SPLIT | {"zones": "abc", "targets": 6}),
    case("nacl-no-answers", "A NACL drops the answers", "network_block",
         BLOCKED + "504: an ephemeral return that is blocked times out (section 3).",
         nacl_denies(ONSET - 3, 8080, answers=True), unhealthy("Target.Timeout"), fails(TIMEOUT),
         spec={"zones": "abc", "targets": 6}, herrings=("security groups are stateful and open",)),
    case("nacl-one-zone", "A NACL drops the port in one zone", "network_block",
         BLOCKED + "504 triples in that zone. H12 beats H3 unless a predicate fails in that zone alone: it "
         "does.",
         nacl_denies(ONSET - 2, 8080, "b"), fails(TIMEOUT, seats=[1, 4]),
         spec=SPLIT | {"zones": "abc", "targets": 6}, herrings=("all errors are in one zone",)),
    case("eni-quarantined", "One instance moved to another security group", "network_block",
         BLOCKED + "504 on one target only. Concentration speaks for H2 and H4 as well, their triggers are "
         "absent.",
         interface_moved(ONSET - 2, 2), fails(TIMEOUT, seats=[2]), spec=SPLIT,
         herrings=("all errors are on one target",)),
    case("sg-revoked-failed-reboot", "Rule revoked; a reboot of a target was refused", "network_block",
         BLOCKED + "504 triples (+2). A failed call changed nothing (section 6).",
         rule_revoked(ONSET - 3, 8080),
         instance_event(ONSET - 1, "RebootInstances", 1, error="Client.UnauthorizedOperation"),
         fails(TIMEOUT), spec=SPLIT, herrings=("RebootInstances on a target that was refused",)),
)

OVERLOADED = "H1: requests elevated before the errors (+3), CPU above 80 % (+2), p99 rose first (+2), "

OVERLOAD = (
    case("overload-crawler", "A crawler doubles the load", "overload",
         OVERLOADED + "504 on some requests (+1).",
         load(2.4, since=ONSET - 6), busy(30, 15, since=ONSET - 6), fails(TIMEOUT, 0.055), fails(NO_REPLY,
         0.02),
         spec={"targets": 6, "zones": "abc"}),
    case("overload-sale", "A sale triples the load", "overload", OVERLOADED + "504 on some requests (+1).",
         load(3.0, since=ONSET - 8, over=5), busy(25, 20, since=ONSET - 8), fails(TIMEOUT, 0.09),
         spec={"per_minute": 900}),
    case("overload-unrelated-sg-change", "Load doubles; another group's rule was edited", "overload",
         OVERLOADED + "504 on some (+1). The group edited is not on the way, and every predicate passes.",
         load(2.3, since=ONSET - 5), busy(35, 12, since=ONSET - 5), fails(TIMEOUT, 0.06),
         group_edited(ONSET - 4, lambda fleet, _: fleet.albs["www-edge"].app_group_id),
         herrings=("a rule of another service was edited",)),
    case("overload-own-sg-edited", "Load doubles; a harmless rule was added to the targets' group",
         "overload",
         OVERLOADED + "504 on 6 % (+1). The added rule opens a port: a change alone (+3) with every "
         "predicate open "
         "is not enough for H3.",
         load(2.3, since=ONSET - 6), busy(35, 12, since=ONSET - 6), fails(TIMEOUT, 0.06),
         group_edited(ONSET - 5, lambda _, built: built.app_group_id),
         herrings=("a harmless rule was added to the targets' security group",)),
    case("overload-targets-unhealthy", "Load doubles, slow targets fail their checks", "overload",
         OVERLOADED + "504 on some (+1). Target.Timeout comes from slow answers, not from a drop.",
         load(2.5, since=ONSET - 6), busy(32, 18, since=ONSET - 6), fails(TIMEOUT, 0.07),
         unhealthy("Target.Timeout", seats=[1, 4], since=ONSET + 2), spec={"targets": 6, "zones": "abc"},
         herrings=("health checks time out",)),
    case("overload-later-deploy", "Load doubles; somebody deploys a fix after the onset", "overload",
         OVERLOADED + "504 on some (+1). A change after the onset cannot have set it off.",
         load(2.4, since=ONSET - 6), busy(32, 15, since=ONSET - 6), fails(TIMEOUT, 0.06),
         command_sent(ONSET + 4, [0, 1], "ScaleWorkerPool"), herrings=("a change after the onset",)),
    case("overload-no-logs", "Load doubles, access logs off", "overload",
         OVERLOADED + "without the log's triples.",
         load(2.6, since=ONSET - 7), busy(34, 15, since=ONSET - 7), fails(TIMEOUT, 0.08),
         spec=NO_LOGS | {"per_minute": 700}),
    case("overload-scaled-in", "Half of the targets were scaled in", "overload",
         "H1: RequestCountPerTarget elevated before the errors (+3) although requests are usual, CPU (+2), "
         "p99 (+2).",
         leaves_service(0, since=ONSET - 7), leaves_service(1, since=ONSET - 7), leaves_service(2,
         since=ONSET - 7),
         unhealthy("", seats=[0, 1, 2], since=ONSET - 7, state="gone"), busy(20, 12, since=ONSET - 6),
         fails(TIMEOUT, 0.06), spec={"targets": 6, "zones": "abc", "traffic": {"busy_cpu": 44}},
         herrings=("requests as a whole are usual",)),
    case("overload-basic-monitoring", "Load doubles, CPU only every five minutes", "overload",
         OVERLOADED + "504 on some (+1); EC2 basic monitoring cannot order minutes, but lasts long enough "
         "here.",
         load(2.5, since=ONSET - 9), busy(40, 12, since=ONSET - 9), fails(TIMEOUT, 0.06),
         spec={"detailed": False}),
)

REFUSES = "H2: 502 refusal triples (+3), one target only (+2), "

LISTENING = (
    case("dead-process-split-port", "Process died, the check port lies", "target_not_listening",
         REFUSES + "check port 8081 is not the traffic port while targets are healthy (+1).",
         fails(REFUSED, seats=[2]), spec=SPLIT, herrings=("a health check that lies",)),
    case("dead-process-all", "All processes died at once, the check port lies", "target_not_listening",
         "H2: 502 refusal triples (+3), check port is not the traffic port (+1), no 2XX meanwhile. No "
         "deployment "
         "and no change explains it.",
         fails(REFUSED), spec=SPLIT, herrings=("a health check that lies",)),
    case("dead-process-checks-fail", "One process died and its check fails", "target_not_listening",
         REFUSES + "FailedHealthChecks (+3); then the target gets no requests.",
         fails(REFUSED, seats=[1], until=ONSET + 3), unhealthy("Target.FailedHealthChecks", seats=[1]),
         leaves_service(1, since=ONSET + 3), herrings=("the errors end by themselves, like a deployment's",)),
    case("dead-process-all-checks-fail", "All processes died and all checks fail", "target_not_listening",
         "H2: 502 refusal triples (+3), FailedHealthChecks (+3). Fail-open follows, no health check was "
         "changed.",
         fails(REFUSED), unhealthy("Target.FailedHealthChecks"), herrings=("no target is healthy, so all "
         "get traffic",)),
    case("dead-process-peak", "One process died during the daily peak", "target_not_listening",
         REFUSES + "check port differs (+1). Load and CPU are as every day.",
         fails(REFUSED, seats=[0]), daily_peak(50, load_factor=1.6), spec=SPLIT,
         herrings=("a daily CPU peak",)),
    case("dead-process-old-sg-edit", "One process died; a rule was added to its group",
         "target_not_listening",
         REFUSES + "check port differs (+1). A refusal came back, so the way is open (H3 -2).",
         fails(REFUSED, seats=[3]), group_edited(ONSET - 6, lambda _, built: built.app_group_id), spec=SPLIT,
         herrings=("a harmless rule was added to the targets' security group",)),
    case("dead-process-reboot-elsewhere", "One process died; another service rebooted",
         "target_not_listening",
         REFUSES + "FailedHealthChecks (+3). The rebooted instance is no target here.",
         fails(REFUSED, seats=[1]), unhealthy("Target.FailedHealthChecks", seats=[1]),
         reboot_elsewhere(ONSET - 2),
         herrings=("an unrelated reboot",)),
    case("dead-process-deploy-elsewhere", "One process died; another service was deployed",
         "target_not_listening",
         REFUSES + "FailedHealthChecks (+3). The updated service does not register with this group.",
         fails(REFUSED, seats=[2]), unhealthy("Target.FailedHealthChecks", seats=[2]),
         service_updated("reports", ONSET - 3), herrings=("a deployment of another service",)),
    case("dead-process-no-trail", "One process died, CloudTrail refused", "target_not_listening",
         REFUSES + "FailedHealthChecks (+3); H4 and H5 stay unchecked.",
         fails(REFUSED, seats=[1]), unhealthy("Target.FailedHealthChecks", seats=[1]), faults=DENIED_TRAIL),
    case("dead-process-no-logs", "One process died, access logs off", "target_not_listening",
         "H2: 502 matches the connection errors (+3), FailedHealthChecks (+3).",
         fails(REFUSED, seats=[1]), unhealthy("Target.FailedHealthChecks", seats=[1]), spec=NO_LOGS),
    case("dead-process-two-of-five", "Two of five processes died", "target_not_listening",
         "H2: 502 refusal triples (+3), on two of five targets (+2), FailedHealthChecks (+3).",
         fails(REFUSED, seats=[0, 3]), unhealthy("Target.FailedHealthChecks", seats=[0, 3]),
         unrelated_change(ONSET - 5), spec={"targets": 5, "zones": "abc"},
         herrings=("a change that concerns nothing here",)),
)

STOPPED = "H4: stopped or rebooted just before (+4), "

LIFECYCLE = (
    case("reboot-one", "One target rebooted by hand", "instance_lifecycle",
         STOPPED + "StatusCheckFailed (+3), errors only there (+1). The refusals of H2 are its mechanism.",
         instance_event(ONSET - 0.4, "RebootInstances", 1), fails(REFUSED, seats=[1], until=ONSET + 5),
         away(1, ONSET, ONSET + 2), checks_fail(1, ONSET + 2, ONSET + 5),
         unhealthy("Target.FailedHealthChecks", seats=[1]), healthy_again(1, since=ONSET + 6),
         spec={"targets": 3, "zones": "abc"}),
    case("reboot-one-failed-stop", "One target rebooted; a stop elsewhere was refused", "instance_lifecycle",
         STOPPED + "StatusCheckFailed (+3). The refused StopInstances changed nothing.",
         instance_event(ONSET - 0.4, "RebootInstances", 2), fails(REFUSED, seats=[2], until=ONSET + 6),
         away(2, ONSET, ONSET + 2), checks_fail(2, ONSET + 2, ONSET + 5),
         instance_event(ONSET - 5, "StopInstances", 0, error="Client.UnauthorizedOperation"), spec=SPLIT,
         herrings=("a failed API call",)),
    case("stop-one", "One target stopped for good", "instance_lifecycle",
         STOPPED + "Target.InvalidState (+2), errors only there (+1).",
         instance_event(ONSET - 0.5, "StopInstances", 0), stopped(0), away(0, ONSET, 10_000_000),
         fails(TIMEOUT, seats=[0], until=ONSET + 2), unhealthy("Target.InvalidState", seats=[0],
         state="unused"),
         leaves_service(0, since=ONSET + 2)),
    case("spot-evicted", "A spot instance was taken back", "instance_lifecycle",
         "H4: BidEvictedEvent on a target (+4), Target.InvalidState (+2), errors only there (+1).",
         instance_event(ONSET - 0.2, "BidEvictedEvent", 2, by=SPOT), stopped(2), away(2, ONSET, 10_000_000),
         fails(TIMEOUT, seats=[2], until=ONSET + 2), unhealthy("Target.InvalidState", seats=[2],
         state="unused"),
         leaves_service(2, since=ONSET + 2), daily_peak(45), herrings=("a daily CPU peak",)),
    case("host-failed", "The hardware under one target failed", "instance_lifecycle",
         "H4: StatusCheckFailed_System (+3), errors only there (+1), no metrics from it. Nobody did it: "
         "CloudTrail is silent.",
         checks_fail(1, ONSET, system=True), fails(TIMEOUT, seats=[1], until=ONSET + 3),
         unhealthy("Target.Timeout", seats=[1]), leaves_service(1, since=ONSET + 3),
         herrings=("timeouts, as a blocked path has",)),
    case("scheduled-maintenance", "AWS rebooted a target for maintenance", "instance_lifecycle",
         "H4: a scheduled event on a target in W (+4), StatusCheckFailed (+3), errors only there (+1).",
         maintenance(2, ONSET - 2, ONSET + 30, "system-reboot"), checks_fail(2, ONSET + 1, ONSET + 6),
         fails(REFUSED, seats=[2], until=ONSET + 6), away(2, ONSET, ONSET + 1)),
    case("terminated-by-scaling", "Auto Scaling terminated a target without draining", "instance_lifecycle",
         STOPPED + "Target.InvalidState (+2), errors only there (+1); the caller is Auto Scaling.",
         instance_event(ONSET - 0.3, "TerminateInstances", 3, by=SCALING), stopped(3), away(3, ONSET,
         10_000_000),
         fails(TIMEOUT, seats=[3], until=ONSET + 2), unhealthy("Target.InvalidState", seats=[3],
         state="unused"),
         leaves_service(3, since=ONSET + 2), group_modified(ONSET - 20, {"healthCheckIntervalSeconds": 10},
         "AccessDenied"),
         herrings=("a failed ModifyTargetGroup",)),
    case("reboot-one-no-logs", "One target rebooted, access logs off", "instance_lifecycle",
         STOPPED + "StatusCheckFailed (+3); metrics cannot name the target, CloudTrail does.",
         instance_event(ONSET - 0.4, "RebootInstances", 1), fails(REFUSED, seats=[1], until=ONSET + 5),
         away(1, ONSET, ONSET + 2), checks_fail(1, ONSET + 2, ONSET + 5), spec=NO_LOGS),
    case("new-instance-too-early", "A new instance got traffic before it listened", "instance_lifecycle",
         "H4: a target was launched in W (+2), rebooted by its start script (+4), errors only there (+1).",
         launched(3, ONSET - 4), instance_event(ONSET - 1, "RebootInstances", 3), checks_fail(3, ONSET,
         ONSET + 4),
         fails(REFUSED, seats=[3], until=ONSET + 5)),
)

CASES = (*NETWORK, *OVERLOAD, *LISTENING, *LIFECYCLE, *alb_more.CASES)
