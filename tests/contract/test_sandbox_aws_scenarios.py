"""Every incident of the emulated account shows the facts its description promises."""

from __future__ import annotations

import csv
import gzip
import io
import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.aws import Estate, SandboxAws
from bot.sandbox.aws.scenarios import SCENARIOS, Scenario

ANCHOR = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NOW = ANCHOR + timedelta(seconds=30)
ACCOUNT = "111122220004"
MINUTE = timedelta(minutes=1)
CAUSES = {
    "overload", "target_not_listening", "network_block", "instance_lifecycle", "deployment",
    "health_check_misconfigured", "keep_alive_mismatch", "tls_to_target", "aws_event", "port_exhaustion",
    "alarm_misconfigured", "zone_impairment", "client_side", None,
}  # fmt: skip


@pytest.fixture(scope="module")
def aws() -> Iterator[SandboxAws]:
    with SandboxAws(Estate(ANCHOR, lambda: NOW, account_id=ACCOUNT)) as server:
        server.estate.trail.requests_per_second = None
        yield server


class Facts:
    """What an engineer would look up about one Application or Network Load Balancer."""

    def __init__(self, aws: SandboxAws, name: str) -> None:
        self.aws = aws
        elbv2 = aws.client("elbv2")
        self.arn = elbv2.describe_load_balancers(Names=[name])["LoadBalancers"][0]["LoadBalancerArn"]
        self.group = elbv2.describe_target_groups(Names=[name])["TargetGroups"][0]
        self.dimension = self.arn.split(":loadbalancer/")[1]
        self.network = self.dimension.startswith("net/")

    def metric(self, metric: str, start: float, end: float, *, stat: str = "Sum", **dims: str) -> list[float]:
        """Values of consecutive minutes (relative to the anchor); minutes without a point are left out."""
        namespace = (
            "AWS/EC2" if "InstanceId" in dims else f"AWS/{'Network' if self.network else 'Application'}ELB"
        )
        pairs = dims if "InstanceId" in dims else {"LoadBalancer": self.dimension, **dims}
        whole = {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": k, "Value": v} for k, v in pairs.items()],
        }
        answer = self.aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": whole, "Period": 60, "Stat": stat}}],
            StartTime=ANCHOR + start * MINUTE,
            EndTime=ANCHOR + end * MINUTE,
            ScanBy="TimestampAscending",
        )
        return list(answer["MetricDataResults"][0]["Values"])

    def health(self) -> list[tuple[str, str | None]]:
        found = self.aws.client("elbv2").describe_target_health(TargetGroupArn=self.group["TargetGroupArn"])
        states = [t["TargetHealth"] for t in found["TargetHealthDescriptions"]]
        return [(state["State"], state.get("Reason")) for state in states]

    def instances(self) -> list[str]:
        found = self.aws.client("elbv2").describe_target_health(TargetGroupArn=self.group["TargetGroupArn"])
        return [t["Target"]["Id"] for t in found["TargetHealthDescriptions"]]

    def log_prefix(self) -> str:
        answer = self.aws.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=self.arn)
        return next(str(a["Value"]) for a in answer["Attributes"] if a["Key"] == "access_logs.s3.prefix")

    def log_rows(self, minutes: float) -> list[list[str]]:
        """Access-log rows created in the last ``minutes`` before the anchor."""
        s3 = self.aws.client("s3")
        bucket = self.aws.estate.log_bucket
        answer = s3.list_objects_v2(
            Bucket=bucket, Prefix=f"{self.log_prefix()}/AWSLogs/{ACCOUNT}/elasticloadbalancing/"
        )
        keys = [o["Key"] for o in answer["Contents"] if self.dimension.replace("/", ".") in o["Key"]]
        texts = [
            gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).decode()
            for key in keys[-8:]
        ]
        rows = [row for text in texts for row in csv.reader(io.StringIO(text), delimiter=" ")]
        since = (ANCHOR - minutes * MINUTE).strftime("%Y-%m-%dT%H:%M:%S")
        return [row for row in rows if row[21] >= since]


def changes(aws: SandboxAws, name: str) -> list[dict[str, Any]]:
    answer = aws.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}],
        StartTime=ANCHOR - timedelta(hours=1),
        EndTime=NOW,
    )
    return [json.loads(event["CloudTrailEvent"]) for event in answer["Events"]]


def test_scenarios_have_unique_ids_known_causes_and_reasons() -> None:
    assert len({s.id for s in SCENARIOS}) == len(SCENARIOS) >= 16
    assert {s.cause for s in SCENARIOS} <= CAUSES
    assert all(s.why.startswith("DOMAIN.md section") and s.card for s in SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.id for s in SCENARIOS])
def test_an_alarm_of_the_load_balancer_fires_when_the_scenario_says(
    aws: SandboxAws, scenario: Scenario
) -> None:
    answer = aws.client("cloudwatch").describe_alarm_history(
        HistoryItemType="StateUpdate", StartDate=ANCHOR - timedelta(hours=1), EndDate=NOW, MaxRecords=100
    )
    fired = [
        item["Timestamp"]
        for item in answer["AlarmHistoryItems"]
        if item["AlarmName"].startswith(f"{scenario.load_balancer}-")
        and item["HistorySummary"].endswith("to ALARM")
    ]
    assert any(timedelta(0) <= at - scenario.alarm_at(ANCHOR) < MINUTE for at in fired)


def test_healthy_load_balancers_have_no_alarm(aws: SandboxAws) -> None:
    quiet = {"www-edge", "api-int", "edge-tcp", "legacy-web"}
    alarms = aws.client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]
    own = [a for a in alarms if any(a["AlarmName"].startswith(f"{name}-") for name in quiet)]
    assert len(own) == 4
    assert {a["StateValue"] for a in own} == {"OK"}


def test_shop_prod_lost_the_rule_for_the_traffic_port_but_not_for_the_check_port(aws: SandboxAws) -> None:
    shop = Facts(aws, "shop-prod")
    assert (shop.group["Port"], shop.group["HealthCheckPort"]) == (8080, "8081")
    wanted = [{"Name": "group-name", "Values": ["shop-prod-web"]}]
    group = aws.client("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"][0]
    assert {p["FromPort"] for p in group["IpPermissions"] if p["UserIdGroupPairs"]} == {8081}
    assert shop.health() == [("healthy", None)] * 4
    event = changes(aws, "RevokeSecurityGroupIngress")[0]
    assert event["requestParameters"]["groupId"] == group["GroupId"]
    assert event["userIdentity"]["type"] == "AssumedRole"
    revoked = datetime.fromisoformat(event["eventTime"])
    first_error = ANCHOR - 13 * MINUTE
    assert timedelta(minutes=2) < first_error - revoked < timedelta(minutes=3)


def test_shop_prod_fails_every_request_from_one_minute_on(aws: SandboxAws) -> None:
    shop = Facts(aws, "shop-prod")
    assert shop.metric("TargetConnectionErrorCount", -60, -13) == []
    errors, requests = (
        shop.metric("TargetConnectionErrorCount", -13, -3),
        shop.metric("RequestCount", -13, -3),
    )
    assert errors == requests == shop.metric("HTTPCode_ELB_504_Count", -13, -3)
    rows = shop.log_rows(13)
    assert {(*row[5:8], row[8], row[9]) for row in rows} == {("-1", "-1", "-1", "504", "-")}


def test_log_rows_have_34_fields_and_add_up_to_the_metrics(aws: SandboxAws) -> None:
    shop = Facts(aws, "shop-prod")
    rows = shop.log_rows(30)
    assert {len(row) for row in rows} == {34}
    per_minute = Counter(row[21][:16] for row in rows)
    minute = ANCHOR - 20 * MINUTE
    assert [float(per_minute[minute.strftime("%Y-%m-%dT%H:%M")])] == shop.metric("RequestCount", -20, -19)


def test_failed_calls_of_others_are_in_the_trail_with_an_error_code(aws: SandboxAws) -> None:
    failed = [event for event in changes(aws, "ModifyTargetGroup") if event.get("errorCode")]
    assert failed
    assert failed[0]["errorCode"] == "AccessDenied"


def test_search_int_load_and_latency_rise_before_the_errors(aws: SandboxAws) -> None:
    search = Facts(aws, "search-int")
    before, after = search.metric("RequestCount", -40, -30), search.metric("RequestCount", -10, -4)
    assert 2.2 < (sum(after) / len(after)) / (sum(before) / len(before)) < 2.6
    assert search.metric("TargetConnectionErrorCount", -60, -13) == []
    assert search.metric("TargetResponseTime", -15, -14, stat="p99")[0] > 1.0
    cpu = search.metric("CPUUtilization", -10, -4, stat="Average", InstanceId=search.instances()[0])
    assert all(80 < value < 100 for value in cpu)
    failed = sum(search.metric("HTTPCode_ELB_504_Count", -10, -4)) / sum(after)
    assert 0.06 < failed < 0.1
    assert ("unhealthy", "Target.Timeout") in search.health()


def test_pay_edge_refuses_on_one_target_while_all_are_healthy(aws: SandboxAws) -> None:
    pay = Facts(aws, "pay-edge")
    assert {state for state, _ in pay.health()} == {"healthy"}
    refused = [row for row in pay.log_rows(13) if row[8] == "502"]
    assert {tuple(row[5:8]) for row in refused} == {("-1", "-1", "-1")}
    assert len({row[4] for row in refused}) == 1
    events = aws.client("logs").filter_log_events(logGroupName="/app/pay-edge", filterPattern="memory")[
        "events"
    ]
    assert events[0]["timestamp"] == int((ANCHOR - 13 * MINUTE).timestamp() * 1000)


def test_orders_edge_was_rebooted_and_is_back(aws: SandboxAws) -> None:
    orders = Facts(aws, "orders-edge")
    rebooted = changes(aws, "RebootInstances")[0]["requestParameters"]["instancesSet"]["items"][0][
        "instanceId"
    ]
    assert rebooted in orders.instances()
    assert max(orders.metric("StatusCheckFailed", -15, -5, stat="Maximum", InstanceId=rebooted)) == 1
    assert orders.health() == [("healthy", None)] * 3
    assert orders.metric("TargetConnectionErrorCount", -8, -2) == []


def test_catalog_ecs_drains_old_targets_after_an_update(aws: SandboxAws) -> None:
    catalog = Facts(aws, "catalog-ecs")
    states = Counter(catalog.health())
    assert states == {("draining", "Target.DeregistrationInProgress"): 3, ("healthy", None): 3}
    assert changes(aws, "UpdateService")[0]["requestParameters"]["service"] == "catalog"
    assert len(catalog.metric("TargetConnectionErrorCount", -30, -1)) == 5
    dims = {"TargetGroup": catalog.group["TargetGroupArn"].rsplit(":", 1)[1]}
    assert min(catalog.metric("HealthyHostCount", -20, -1, stat="Minimum", **dims)) < 3


def test_auth_int_is_unhealthy_by_its_new_path_and_serves_on(aws: SandboxAws) -> None:
    auth = Facts(aws, "auth-int")
    assert auth.group["HealthCheckPath"] == "/healthz/ready"
    assert auth.health() == [("unhealthy", "Target.ResponseCodeMismatch")] * 4
    assert min(auth.metric("HTTPCode_Target_2XX_Count", -10, -3)) > 100
    dims = {"TargetGroup": auth.group["TargetGroupArn"].rsplit(":", 1)[1]}
    assert auth.metric("UnhealthyRoutingRequestCount", -10, -3, **dims) == auth.metric(
        "RequestCount", -10, -3
    )


def test_media_edge_has_502_without_connection_errors(aws: SandboxAws) -> None:
    media = Facts(aws, "media-edge")
    assert media.metric("TargetConnectionErrorCount", -60, -1) == []
    assert min(media.metric("HTTPCode_ELB_502_Count", -60, -3)) >= 1
    rows = [row for row in media.log_rows(30) if row[8] == "502"]
    assert rows
    assert all(row[5] != "-1" and row[6] != "-1" and row[7] == "-1" for row in rows)


def test_partner_tls_counts_handshakes_not_connections(aws: SandboxAws) -> None:
    tls = Facts(aws, "partner-tls")
    assert tls.group["Protocol"] == "HTTPS"
    assert min(tls.metric("TargetTLSNegotiationErrorCount", -13, -3)) > 50
    assert tls.metric("TargetConnectionErrorCount", -60, -1) == []


def test_geo_edge_fails_in_one_zone_only(aws: SandboxAws) -> None:
    geo = Facts(aws, "geo-edge")
    zones = {
        z: sum(geo.metric("TargetConnectionErrorCount", -15, -3, AvailabilityZone=f"eu-central-1{z}"))
        for z in "abc"
    }
    assert zones["b"] > 500
    assert zones["a"] == zones["c"] == 0


def test_news_web_had_three_errors_in_forty_thousand_requests(aws: SandboxAws) -> None:
    news = Facts(aws, "news-web")
    assert news.metric("TargetConnectionErrorCount", -30, -3) == [3.0]
    assert sum(news.metric("RequestCount", -25, -5)) > 40_000
    assert news.metric("HTTPCode_ELB_5XX_Count", -30, -3) == []


def test_network_load_balancers_show_ports_resets_and_a_dip(aws: SandboxAws) -> None:
    mq, game, feed, push = (Facts(aws, name) for name in ("mq-edge", "game-tcp", "feed-tcp", "push-tcp"))
    assert min(mq.metric("PortAllocationErrorCount", -13, -3)) >= 120
    assert mq.metric("ActiveFlowCount", -8, -7, stat="Average")[0] / 4 == 54_000
    assert (
        game.metric("TCP_Target_Reset_Count", -8, -7)[0]
        > 20 * game.metric("TCP_Target_Reset_Count", -20, -19)[0]
    )
    assert ("unhealthy", "Target.FailedHealthChecks") in game.health()
    assert feed.metric("NewFlowCount", -8, -7)[0] < 0.12 * feed.metric("NewFlowCount", -20, -19)[0]
    assert (
        max(push.metric("TCP_Target_Reset_Count", -8, -2))
        < 30
        < min(push.metric("TCP_Target_Reset_Count", -13, -9))
    )


def classic(aws: SandboxAws, name: str, metric: str, stat: str) -> list[float]:
    answer = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ELB",
        MetricName=metric,
        Dimensions=[{"Name": "LoadBalancerName", "Value": name}],
        StartTime=ANCHOR - 12 * MINUTE,
        EndTime=ANCHOR - 3 * MINUTE,
        Period=60,
        Statistics=[stat],
    )
    return [point[stat] for point in answer["Datapoints"]]


def test_classic_load_balancers_show_a_full_queue_and_failing_checks(aws: SandboxAws) -> None:
    assert max(classic(aws, "tickets-classic", "SurgeQueueLength", "Maximum")) == 1024
    assert min(classic(aws, "tickets-classic", "SpilloverCount", "Sum")) > 100
    assert classic(aws, "intranet-classic", "BackendConnectionErrors", "Sum") == [8.0] * 9
    assert classic(aws, "intranet-classic", "HTTPCode_ELB_5XX", "Sum") == []
    states = aws.client("elb").describe_instance_health(LoadBalancerName="intranet-classic")["InstanceStates"]
    assert Counter((s["State"], s["ReasonCode"]) for s in states) == {
        ("InService", "N/A"): 2,
        ("OutOfService", "Instance"): 1,
    }


def test_the_sandbox_lists_its_scenarios_as_cards(aws: SandboxAws) -> None:
    with urllib.request.urlopen(f"{aws.endpoint_url}/_sandbox/scenarios", timeout=5) as answer:
        cards = json.load(answer)["scenarios"]
    assert [card["id"] for card in cards] == [s.id for s in SCENARIOS]
    assert cards[0]["alarm_at"] == "2026-11-21T09:20:00+00:00"
