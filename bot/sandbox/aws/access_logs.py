"""Access-log objects: put into S3 when first looked at, never for an interval that is not delivered yet."""

from __future__ import annotations

import gzip
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.aws import noise
from bot.sandbox.aws.access_log_lines import Line, lines_of_minute, stamp
from bot.sandbox.aws.estate import AccessLogSource, Estate

INTERVAL = timedelta(minutes=5)
DELIVERED_AFTER = timedelta(minutes=2)
LOGGED_FOR = timedelta(minutes=50)

Put = Callable[[str, bytes, datetime], Any]


class AccessLogs:
    """Writes the objects of a load balancer, interval after interval, up to what is delivered by now.

    Objects begin LOGGED_FOR before the anchor: older ones have expired by the bucket's lifecycle.
    """

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._lock = threading.Lock()
        self._written: dict[str, datetime] = {}
        self._held: dict[str, list[Line]] = defaultdict(list)

    def deliver(self, wanted: str, put: Put) -> None:
        """Put every delivered object under ``wanted``; ``put`` takes key, content and time."""
        for source in self._estate.access_logs:
            root = self._root(source)
            if root.startswith(wanted) or wanted.startswith(root):
                with self._lock:
                    self._bring_up(source, put)

    def _root(self, source: AccessLogSource) -> str:
        estate = self._estate
        return f"{source.prefix}/AWSLogs/{estate.account_id}/elasticloadbalancing/{estate.region}/"

    def _bring_up(self, source: AccessLogSource, put: Put) -> None:
        name = source.load_balancer
        end = self._written.get(name) or _floor(self._estate.anchor - LOGGED_FOR)
        while end + INTERVAL + DELIVERED_AFTER <= self._estate.now():
            end += INTERVAL
            self._write(source, end, put)
            self._written[name] = end

    def _write(self, source: AccessLogSource, end: datetime, put: Put) -> None:
        first = int((end - INTERVAL - self._estate.anchor).total_seconds() // 60)
        lines = self._held.pop(source.load_balancer, [])
        for minute in range(first, first + 5):
            lines += lines_of_minute(self._estate, source, minute)
        self._held[source.load_balancer] = [line for line in lines if line.at >= end.timestamp()]
        by_zone: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            if line.at < end.timestamp():
                by_zone[line.zone].append(line)
        for zone, own in sorted(by_zone.items()):
            own.sort(key=lambda line: line.at)
            text = "".join(f"{line.text}\n" for line in own)
            put(
                self._key(source, end, zone),
                gzip.compress(text.encode(), compresslevel=1, mtime=0),
                end + DELIVERED_AFTER,
            )

    def _key(self, source: AccessLogSource, end: datetime, zone: str) -> str:
        estate = self._estate
        kind, name, lb_id = source.load_balancer.split("/")
        unique = (
            f"{noise.key(estate.seed, source.load_balancer, zone, int(end.timestamp())) & 0xFFFFFFFF:08x}"
        )
        file = (
            f"{estate.account_id}_elasticloadbalancing_{estate.region}_{kind}.{name}.{lb_id}_"
            f"{stamp(end)}_{source.node_addresses[zone]}_{unique}.log.gz"
        )
        delivered = end + DELIVERED_AFTER
        return f"{self._root(source)}{delivered:%Y/%m/%d}/{file}"


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 5 * 5, second=0, microsecond=0)
