"""Where a load balancer's logs lie in S3, which objects a window needs, and in which order to read them.

Source: DOMAIN.md section 5, key layout. The date in a key is the day of *delivery*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.accesslog.scan import LogKind
from bot.core.model import LoadBalancer, LoadBalancerType, Window

BEFORE = timedelta(minutes=60)
"""How far before the incident's window lines are counted, so that the usual state is seen too."""
_DELIVERY = timedelta(minutes=60)
_ANSWERED_WITHIN = timedelta(minutes=10)
_INTERVAL = {LogKind.CLASSIC: timedelta(minutes=60)}
_FILE_PREFIX = {LogKind.CONNECTION: "conn_log_", LogKind.HEALTH_CHECK: "health_check_log_"}
_ATTRIBUTES = {
    LogKind.ALB: "access_logs.s3",
    LogKind.CONNECTION: "connection_logs.s3",
    LogKind.HEALTH_CHECK: "health_check_logs.s3",
}
_ENDING = re.compile(r"(\d{8}T\d{4}Z)_([^_/]+)_[^/]*\.log(\.gz)?")


@dataclass(frozen=True)
class LogPlace:
    """Where one kind of log is delivered. `prefix` is '' or ends without a slash."""

    kind: LogKind
    bucket: str
    prefix: str


@dataclass(frozen=True)
class LogObject:
    """One delivered file. `end` is the end of its interval (UTC), `node` the load-balancer node's address."""

    kind: LogKind
    bucket: str
    key: str
    size_bytes: int
    end: datetime
    node: str

    @property
    def is_gzip(self) -> bool:
        return self.key.endswith(".gz")


def log_place(kind: LogKind, attributes: Mapping[str, str]) -> LogPlace | None:
    """Where that log goes, from the load balancer's attributes; None when it is off."""
    if kind is LogKind.CLASSIC:
        names = "AccessLog.Enabled", "AccessLog.S3BucketName", "AccessLog.S3BucketPrefix"
    else:
        area = _ATTRIBUTES[kind]
        names = f"{area}.enabled", f"{area}.bucket", f"{area}.prefix"
    enabled, bucket, prefix = (attributes.get(name, "") for name in names)
    if enabled != "true" or not bucket:
        return None
    return LogPlace(kind, bucket, prefix.strip("/"))


def how_to_turn_on(load_balancer: LoadBalancer) -> str:
    """The attribute's name and the command that turns the access log on."""
    if load_balancer.type is LoadBalancerType.CLASSIC:
        setting = "AccessLog={Enabled=true,S3BucketName=BUCKET,EmitInterval=5}"
        return (
            f"access log (AccessLog.Enabled); aws elb modify-load-balancer-attributes "
            f"--load-balancer-name {load_balancer.name} --load-balancer-attributes {setting}"
        )
    return (
        f"access log (access_logs.s3.enabled); aws elbv2 modify-load-balancer-attributes "
        f"--load-balancer-arn {load_balancer.arn} "
        "--attributes Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value=BUCKET"
    )


def listing_prefixes(place: LogPlace, load_balancer: LoadBalancer, window: Window) -> Iterator[str]:
    """One key prefix per day on which this load balancer's files of that window may be delivered."""
    account, region = load_balancer.account, load_balancer.region
    name = load_balancer.dimension.replace("/", ".")
    root = f"{place.prefix}/" if place.prefix else ""
    last = window.end + _latest(place.kind) + _DELIVERY
    day = window.start.astimezone(UTC).date()
    while day <= last.astimezone(UTC).date():
        yield (
            f"{root}AWSLogs/{account}/elasticloadbalancing/{region}/{day:%Y/%m/%d}/"
            f"{_FILE_PREFIX.get(place.kind, '')}{account}_elasticloadbalancing_{region}_{name}_"
        )
        day += timedelta(days=1)


def log_object(place: LogPlace, prefix: str, key: str, size_bytes: int) -> LogObject | None:
    """What a listed key is; None for a file that is not a log of this load balancer."""
    hit = _ENDING.fullmatch(key.removeprefix(prefix))
    if not hit:
        return None
    try:
        end = datetime.strptime(hit[1], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return LogObject(place.kind, place.bucket, key, size_bytes, end, hit[2])


def needed(objects: Iterable[LogObject], window: Window, around: datetime) -> list[LogObject]:
    """Those that may hold lines of the window, nearest to `around` first: a cap then costs the least.

    A file holds answers of its interval; a request is answered up to a few minutes after it was made.
    """
    wanted = [o for o in objects if window.start <= o.end <= window.end + _latest(o.kind)]
    return sorted(wanted, key=lambda o: (abs(o.end - around), o.key))


def within_cap(objects: list[LogObject], cap_bytes: int) -> list[LogObject]:
    """The first objects that together stay under the cap; at least one."""
    kept: list[LogObject] = []
    total = 0
    for one in objects:
        total += one.size_bytes
        if kept and total > cap_bytes:
            break
        kept.append(one)
    return kept


def _latest(kind: LogKind) -> timedelta:
    return _ANSWERED_WITHIN + _INTERVAL.get(kind, timedelta(minutes=5))
