"""Application Load Balancers: deployments, health checks, keep-alive, TLS, AWS, zones, alarms, clients."""

from __future__ import annotations

from typing import Any

from bot.sandbox.aws.faults import FaultKind
from bot.sandbox.aws.http_traffic import Outcome
from tests.cases.account_parts import (
    ECS,
    PIPELINE,
    autoshift,
    aws_issue,
    checks_fail,
    code_deploy,
    command_sent,
    ecs_service,
    instance_event,
    reboot_elsewhere,
    service_updated,
    unrelated_change,
    with_support_plan,
)
from tests.cases.alb_case import case
from tests.cases.alb_parts import (
    ALARM,
    ONSET,
    alarm,
    daily_errors,
    daily_peak,
    exchanged,
    fails,
    group_modified,
    group_setting,
    load,
    unhealthy,
)
from tests.cases.amendments import load_balancer_state
from tests.cases.rule_parts import group_edited, nacl_denies

# fmt: off
TIMEOUT, REFUSED, CLOSED = Outcome.CONNECT_TIMEOUT, Outcome.REFUSED, Outcome.CLOSED
TLS, GONE, RETRIED = Outcome.TLS_FAILED, Outcome.CLIENT_LEFT, Outcome.RETRIED
NO_LOGS = {"access_logs": False}
SPLIT = {"check_port": 8081}
SWAP = {"targets": 6, "zones": "ab", "deregistration_delay_s": 1200}
DEPLOYED = "H5: deployed just before (+4), burst (+2), draining targets (+2), "
THREE = tuple(exchanged(old, old + 3, ONSET + shift, ECS) for old, shift in ((0, 0), (1, 1), (2, 4)))

DEPLOYMENT = (
    case("deploy-ecs-burst", "ECS deployment stops old tasks too early", "deployment",
         DEPLOYED + "host-count dip (+1); refused connections are the mechanism (H2).",
         ecs_service("catalog", ONSET - 2), *THREE, fails(REFUSED, 0.2, until=ONSET + 5), spec=SWAP),
    case("deploy-ecs-burst-peak", "ECS deployment at the daily peak", "deployment",
         DEPLOYED + "host-count dip (+1). CPU is as high every day.",
         ecs_service("catalog", ONSET - 2), *THREE, daily_peak(50), fails(REFUSED, 0.25, until=ONSET + 6),
         spec=SWAP,
         herrings=("a daily CPU peak",)),
    case("deploy-ecs-wrong-port", "ECS deployment with a port nobody listens on", "deployment",
         "H5: UpdateService 2 min before (+4), initial and draining targets (+2); nobody listening is its "
         "mechanism.",
         ecs_service("catalog", ONSET - 2), *THREE, fails(REFUSED, seats=[3, 4, 5]),
         unhealthy("Target.FailedHealthChecks", seats=[3, 4, 5], since=ONSET + 3), spec=SWAP,
         herrings=("the new process refuses connections for good",)),
    case("deploy-code-in-place", "CodeDeploy restarts the targets in place", "deployment",
         DEPLOYED + "the deployment is tied by the registrations that follow.",
         code_deploy(ONSET - 2, "orders"), *(exchanged(o, o + 3, ONSET + o, PIPELINE) for o in range(3)),
         fails(REFUSED, 0.3, until=ONSET + 4), spec=SWAP),
    case("deploy-no-logs", "Deployment burst, access logs off", "deployment",
         DEPLOYED + "host-count dip (+1).",
         ecs_service("catalog", ONSET - 1), *THREE, fails(REFUSED, 0.2, until=ONSET + 5),
         spec=SWAP | NO_LOGS),
    case("deploy-reboot-elsewhere", "Deployment burst; another service rebooted", "deployment",
         DEPLOYED + "host-count dip (+1). The rebooted instance is no target here.",
         ecs_service("catalog", ONSET - 2), *THREE, reboot_elsewhere(ONSET - 1), fails(REFUSED, 0.2,
         until=ONSET + 5),
         spec=SWAP, herrings=("an unrelated reboot",)),
    case("deploy-harmless-rule", "Deployment burst; a harmless rule was added", "deployment",
         DEPLOYED + "host-count dip (+1). Every predicate passes, and refusals came back (H3 -2).",
         ecs_service("catalog", ONSET - 2), *THREE, group_edited(ONSET - 6, lambda _,
         built: built.app_group_id),
         fails(REFUSED, 0.25, until=ONSET + 5), spec=SWAP,
         herrings=("a harmless rule was added to the targets' security group",)),
    case("deploy-command-restart", "A command restarts two targets", "deployment",
         "H5: SendCommand to targets just before (+4), burst (+2). Refused connections are the mechanism.",
         command_sent(ONSET - 1, [0, 1], "RestartStorefront"), fails(REFUSED, seats=[0, 1], until=ONSET + 4),
         spec=SPLIT),
)

MISFIT = "H6: health check changed before (+3), "

HEALTH_CHECKS = (
    case("check-path-changed", "Check path the application does not have", "health_check_misconfigured",
         MISFIT + "mismatch on all targets (+3), 2XX while unhealthy (+2), fail-open (+2).",
         group_setting("health_check_path", "/healthz/ready"), group_modified(ONSET,
         {"healthCheckPath": "/healthz/ready"}),
         unhealthy("Target.ResponseCodeMismatch"), alarm("UnHealthyHostCount", 0, stat="Maximum"),
         spec={"alarmed": False}),
    case("check-matcher-narrowed", "Matcher narrowed to 204", "health_check_misconfigured",
         MISFIT + "mismatch on all targets (+3), 2XX while unhealthy (+2), fail-open (+2).",
         group_setting("matcher", {"HttpCode": "204"}), group_modified(ONSET - 1,
         {"matcher": {"httpCode": "204"}}),
         unhealthy("Target.ResponseCodeMismatch"), alarm("UnHealthyHostCount", 0, stat="Maximum"),
         daily_peak(40),
         spec={"alarmed": False}, herrings=("a daily CPU peak",)),
    case("check-login-redirect", "The application now redirects its check path to a login",
         "health_check_misconfigured",
         "H6: mismatch on all targets at once (+3), 2XX while unhealthy (+2), fail-open (+2); no setting "
         "was changed.",
         unhealthy("Target.ResponseCodeMismatch"), alarm("UnHealthyHostCount", 0, stat="Maximum"),
         unrelated_change(ONSET - 4), spec={"alarmed": False}, herrings=("a change that concerns nothing "
         "here",)),
    case("check-path-changed-no-trail", "Check path changed, CloudTrail refused",
         "health_check_misconfigured",
         "H6: mismatch on all targets (+3), 2XX while unhealthy (+2), fail-open (+2).",
         group_setting("health_check_path", "/status"), unhealthy("Target.ResponseCodeMismatch"),
         alarm("UnHealthyHostCount", 0, stat="Maximum"), spec={"alarmed": False},
         faults=(("cloudtrail:*", FaultKind.DENY),)),
    case("check-port-without-listener", "Check moved to a port nobody listens on",
         "health_check_misconfigured",
         MISFIT + "2XX while unhealthy (+2), fail-open (+2), the check port is not the traffic port (+2).",
         group_setting("healthcheck_port", "9000"), group_modified(ONSET, {"healthCheckPort": "9000"}),
         unhealthy("Target.FailedHealthChecks"), alarm("UnHealthyHostCount", 0, stat="Maximum"),
         spec={"alarmed": False},
         herrings=("FailedHealthChecks, as a dead process has",)),
    case("check-path-changed-other-reboot", "Check path changed; another service rebooted",
         "health_check_misconfigured", MISFIT + "mismatch on all (+3), 2XX (+2), fail-open (+2).",
         group_setting("health_check_path", "/ready"), group_modified(ONSET, {"healthCheckPath": "/ready"}),
         unhealthy("Target.ResponseCodeMismatch"), reboot_elsewhere(ONSET - 1),
         alarm("UnHealthyHostCount", 0, stat="Maximum"), spec={"alarmed": False},
         herrings=("an unrelated reboot",)),
)

RELEASED = -2 * 1440 - 77
RACES = "H7: 502 triples >=0/>=0/-1 with the connection counter at 0 (+4), a steady low rate (+2)"

KEEP_ALIVE = (
    case("keepalive-steady", "The application closes idle connections first", "keep_alive_mismatch",
         RACES + ".",
         fails(CLOSED, 0.01, since=RELEASED), code_deploy(RELEASED - 3, "media"),
         alarm("HTTPCode_ELB_502_Count", 3, group=False)),
    case("keepalive-steady-low", "A trickle of 502 since a release two days ago", "keep_alive_mismatch",
         RACES + ".",
         fails(CLOSED, 0.004, since=RELEASED), alarm("HTTPCode_ELB_502_Count", 1, group=False),
         spec={"per_minute": 900}),
    case("keepalive-no-logs", "Trickle of 502, access logs off", "keep_alive_mismatch",
         "H7: 502 in minutes with the connection counter at 0 (+4), a steady low rate (+2).",
         fails(CLOSED, 0.01, since=RELEASED), alarm("HTTPCode_ELB_502_Count", 3, group=False), spec=NO_LOGS),
    case("keepalive-peak", "Trickle of 502 during the daily peak", "keep_alive_mismatch", RACES + ".",
         fails(CLOSED, 0.012, since=RELEASED), daily_peak(50, load_factor=1.5),
         alarm("HTTPCode_ELB_502_Count", 3, group=False), herrings=("a daily CPU peak",)),
    case("keepalive-reboot-elsewhere", "Trickle of 502; another service rebooted", "keep_alive_mismatch",
         RACES + ".",
         fails(CLOSED, 0.01, since=RELEASED), reboot_elsewhere(ALARM - 4),
         alarm("HTTPCode_ELB_502_Count", 3, group=False), herrings=("an unrelated reboot",)),
    case("keepalive-known-idle", "Trickle of 502, the application team knows its idle time",
         "keep_alive_mismatch",
         RACES + "; stakeholders say the application changed.",
         fails(CLOSED, 0.01, since=RELEASED), alarm("HTTPCode_ELB_502_Count", 3, group=False),
         people=("human_app_changed",), herrings=("somebody says the application was changed",)),
)

HTTPS = {"protocol": "HTTPS", "port": 8443}
SHAKEN = "H8: TargetTLSNegotiationErrorCount above 0 with the connection counter empty (+4)"

TARGET_TLS = (
    case("tls-one-target", "A rotated certificate fits no cipher on one target", "tls_to_target",
         SHAKEN + ".",
         fails(TLS, 0.95, seats=[1]), alarm("TargetTLSNegotiationErrorCount", 10),
         command_sent(ONSET - 4, [1], "RotateHostCertificate"), spec=HTTPS | {"targets": 2},
         herrings=("the command that rotated the certificate looks like a deployment",)),
    case("tls-all-targets", "All targets dropped TLS 1.2", "tls_to_target", SHAKEN + ", on all targets.",
         fails(TLS, 0.97), alarm("TargetTLSNegotiationErrorCount", 10), spec=HTTPS),
    case("tls-all-peak", "Handshakes fail during the daily peak", "tls_to_target",
         SHAKEN + "; CPU is as every day.",
         fails(TLS, 0.9), daily_peak(48), alarm("TargetTLSNegotiationErrorCount", 10), spec=HTTPS,
         herrings=("a daily CPU peak",)),
    case("tls-no-logs", "Handshakes fail, access logs off", "tls_to_target", SHAKEN + ".",
         fails(TLS, 0.9, seats=[0, 2]), alarm("TargetTLSNegotiationErrorCount", 10), spec=HTTPS | NO_LOGS),
    case("tls-harmless-rule", "Handshakes fail; a harmless rule was added", "tls_to_target", SHAKEN + ".",
         fails(TLS, 0.9), group_edited(ONSET - 5, lambda _, built: built.app_group_id),
         alarm("TargetTLSNegotiationErrorCount", 10), spec=HTTPS,
         herrings=("a harmless rule was added to the targets' security group",)),
)

EVENT = "H9: an open event of this service, Region and time (+4), "
PLAN: dict[str, Any] = {"account": with_support_plan}

AWS = (
    case("aws-elb-issue", "AWS reports trouble with load balancers in the Region", "aws_event",
         EVENT + "Elb.InternalError (+2).", aws_issue(ONSET - 2), fails(TIMEOUT, 0.12),
         unhealthy("Elb.InternalError", seats=[0, 3]), spec={"zones": "abc", "targets": 6}, **PLAN),
    case("aws-elb-impaired", "AWS calls the load balancer impaired", "aws_event",
         EVENT + "LB state active_impaired (+2), Elb.InternalError (+2).", aws_issue(ONSET - 3),
         fails(TIMEOUT, 0.2),
         unhealthy("Elb.InternalError", seats=[1]), amend=load_balancer_state("active_impaired"), **PLAN),
    case("aws-elb-issue-peak", "AWS has trouble during the daily peak", "aws_event",
         EVENT + "Elb.InternalError (+2).",
         aws_issue(ONSET - 2), daily_peak(48), fails(TIMEOUT, 0.1), unhealthy("Elb.InternalError", seats=[2]),
         herrings=("a daily CPU peak",), **PLAN),
    case("aws-elb-impaired-other-deploy", "Load balancer impaired; another service deployed", "aws_event",
         EVENT + "LB state active_impaired (+2). The deployment exchanged no target here.",
         aws_issue(ONSET - 1),
         service_updated("reports", ONSET - 2), fails(TIMEOUT, 0.15),
         amend=load_balancer_state("active_impaired"),
         herrings=("a deployment of another service",), **PLAN),
)

ZONED = {"zones": "abc", "targets": 6}
ONE_ZONE = "H12: all errors in one of three zones (+3), "

ZONES = (
    case("zone-hosts-fail", "A zone's hosts fail, AWS shifts away", "zone_impairment",
         ONE_ZONE + "EC2 checks failing there (+2), active autoshift (+2).",
         fails(TIMEOUT, 0.7, seats=[1, 4]), checks_fail(1, ONSET + 1, system=True), checks_fail(4, ONSET + 1,
         system=True),
         unhealthy("Target.Timeout", seats=[1, 4]), autoshift(ONSET + 6, "b"), spec=ZONED,
         herrings=("failed status checks, as a broken instance has",)),
    case("zone-hosts-fail-known", "A zone's hosts fail, AWS Health says so", "zone_impairment",
         ONE_ZONE + "EC2 checks failing there (+2); the zone's event is its trigger (H9).",
         fails(TIMEOUT, 0.8, seats=[1, 4]), checks_fail(1, ONSET, system=True), checks_fail(4, ONSET,
         system=True),
         aws_issue(ONSET - 2, service="EC2", zone_letter="b"), autoshift(ONSET + 5, "b"), spec=ZONED,
         herrings=("an AWS event",), **PLAN),
    case("zone-hosts-fail-peak", "A zone fails during the daily peak", "zone_impairment",
         ONE_ZONE + "EC2 checks failing there (+2). CPU is as every day.",
         fails(TIMEOUT, 0.8, seats=[2, 5]), checks_fail(2, ONSET, system=True), checks_fail(5, ONSET,
         system=True),
         daily_peak(45), spec=ZONED, herrings=("a daily CPU peak",)),
    case("zone-hosts-fail-harmless-rule", "A zone fails; a harmless rule was added", "zone_impairment",
         ONE_ZONE + "EC2 checks failing there (+2). No predicate fails.",
         fails(TIMEOUT, 0.9, seats=[0, 3]), checks_fail(0, ONSET, system=True), checks_fail(3, ONSET,
         system=True),
         group_edited(ONSET - 4, lambda _, built: built.app_group_id), spec=ZONED,
         herrings=("a harmless rule was added to the targets' security group",)),
)

ALARMS = (
    case("alarm-one-error", "Alarm on a single error", "alarm_misconfigured",
         "H11: 3 errors in tens of thousands of requests, no 5XX (+3); above 0 on one point (+3).",
         fails(RETRIED, 3.02 / 340, seats=[2], since=ALARM - 1, until=ALARM),
         alarm("TargetConnectionErrorCount", 0, periods=1, missing="missing", updated_days=1.1),
         spec={"per_minute": 1700, "targets": 5, "alarmed": False}),
    case("alarm-one-error-peak", "Alarm on a single error during the daily peak", "alarm_misconfigured",
         "H11: hardly any error (+3), above 0 on one point (+3).",
         fails(RETRIED, 2.02 / 500, seats=[0], since=ALARM - 1, until=ALARM), daily_peak(52),
         alarm("TargetConnectionErrorCount", 0, periods=1, updated_days=40),
         spec={"per_minute": 2000, "targets": 4, "alarmed": False}, herrings=("a daily CPU peak",)),
    case("alarm-just-changed", "Threshold set to 0 just before", "alarm_misconfigured",
         "H11: hardly any error (+3), above 0 on one point (+3), ConfigurationUpdate shortly before (+2).",
         fails(RETRIED, 4.02 / 500, seats=[1], since=ALARM - 1, until=ALARM),
         alarm("TargetConnectionErrorCount", 0, periods=1, updated_days=0.2), reboot_elsewhere(ALARM - 5),
         spec={"per_minute": 2000, "alarmed": False}, herrings=("an unrelated reboot",)),
    case("alarm-long-period", "One period of five minutes decides on few errors", "alarm_misconfigured",
         "H11: hardly any error (+3); period 300 s with N=1 (+3).",
         fails(RETRIED, 4.02 / 500, seats=[1], since=ALARM - 2, until=ALARM),
         alarm("TargetConnectionErrorCount", 3, periods=1, period_s=300),
         spec={"per_minute": 2000, "alarmed": False}),
    case("alarm-usual-errors", "The same few errors as every day", "alarm_misconfigured",
         "H11: below 0.1 % of requests (+3), equal to the usual daily baseline (+2), above 0 (+3).",
         daily_errors(RETRIED, 0.004, at=-40, minutes=60), alarm("TargetConnectionErrorCount", 0, periods=1),
         spec={"per_minute": 1500, "alarmed": False}),
)

LEFT = "H13: 460 elevated (+3), no connection errors (which would be -4)"

CLIENTS = (
    case("clients-leave", "Clients give up before the answer", "client_side", LEFT + ".",
         fails(GONE, 0.06), alarm("HTTPCode_ELB_4XX_Count", 10, group=False)),
    case("clients-leave-deploy-elsewhere", "Clients leave; another service deployed", "client_side",
         LEFT + ".",
         fails(GONE, 0.08), service_updated("reports", ONSET - 2), alarm("HTTPCode_ELB_4XX_Count", 10,
         group=False),
         herrings=("a deployment of another service",)),
    case("clients-leave-peak", "A bad mobile release leaves early at the daily peak", "client_side",
         LEFT + ".",
         fails(GONE, 0.1), daily_peak(50), alarm("HTTPCode_ELB_4XX_Count", 10, group=False),
         herrings=("a daily CPU peak",)),
    case("clients-leave-more-load", "Clients leave and ask again", "client_side",
         LEFT + "; the load is their repetition.",
         fails(GONE, 0.08), load(1.7, since=ONSET), alarm("HTTPCode_ELB_4XX_Count", 10, group=False),
         herrings=("requests above the usual",)),
)

BOTH = (
    case("two-blocked-and-rebooted", "A zone's path is blocked, and a target elsewhere rebooted",
         "cannot_tell",
         "two triggers at once, each with its own errors: H3 and H4 are too close to name one (lead below "
         "2).",
         nacl_denies(ONSET - 2, 8080, "b"), fails(TIMEOUT, seats=[1, 4]),
         instance_event(ONSET - 0.5, "RebootInstances", 0), checks_fail(0, ONSET + 1, ONSET + 5),
         fails(REFUSED, seats=[0], until=ONSET + 5), spec=SPLIT | ZONED, herrings=("two causes at once",),
         both=("network_block", "instance_lifecycle")),
)

CASES = (*DEPLOYMENT, *HEALTH_CHECKS, *KEEP_ALIVE, *TARGET_TLS, *AWS, *ZONES, *ALARMS, *CLIENTS, *BOTH)
