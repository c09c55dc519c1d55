"""Replacing what identifies an account in a case file, consistently, so that its judgement stays the same.

Addresses keep their prefix relations (two addresses of one subnet stay in one subnet), identifiers keep their
shape, names become words. The salt decides the mapping and is not kept.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from bot.core.casefile import CaseFile

_ID = re.compile(
    r"\b(i|sg|sgr|subnet|vpc|acl|rtb|eni|igw|nat|tgw|pcx|pl|lt|vpce|ami|aclassoc|rtbassoc|eipalloc)-([0-9a-f]{4,17})\b"
)
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])")
_IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(/\d{1,2})?(?![\w.])")
_IPV6 = re.compile(r"(?<![\w:])([0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7})(/\d{1,3})?(?![\w:])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LONG_HEX = re.compile(r"(?<=/)[0-9a-f]{16}\b")
# 10/8, 172.16/12 and 100.64/10 are told from public ranges by so many bits.
_CLASS_BITS = 12
# Which fields hold a name that an account's owner chose.
_NAMES = frozenset({"auto_scaling_group", "principal", "dns_name", "alarm", "stream", "place"})
# What an application said is nobody else's business, even masked.
_LOGS = frozenset({"groups", "hints", "messages"})
_LOG_WORDS = frozenset({"template", "example"})
_LOG_HINT = frozenset({"stream", "text", "kind"})
_NAMED = frozenset({"load_balancer", "groups", "alarms"})


def anonymise(case: CaseFile, salt: bytes) -> CaseFile:
    """The case with account numbers, names, addresses, identifiers and ARNs replaced.

    Its `answer` is left out: judge the new evidence again to get one that speaks of it.
    """
    content = case.model_copy(update={"answer": {}}).model_dump(mode="json")
    words = Replacements(salt, sorted(set(_names(content)), key=lambda name: (-len(name), name)))
    return CaseFile.model_validate(_replaced(content, words))


class Replacements:
    """The mapping of one export."""

    def __init__(self, salt: bytes, names: list[str]) -> None:
        self._salt = salt
        pattern = "|".join(re.escape(name) for name in names)
        self._names = re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])") if names else None

    def text(self, text: str) -> str:
        if self._names:
            text = self._names.sub(lambda hit: self.name(hit[0]), text)
        text = _EMAIL.sub(lambda hit: f"{self._digest(hit[0], 6)}@example.com", text)
        text = _ID.sub(lambda hit: f"{hit[1]}-{self._digest(hit[2], len(hit[2]))}", text)
        text = _LONG_HEX.sub(lambda hit: self._digest(hit[0], 16), text)
        text = _ACCOUNT.sub(lambda hit: self._account(hit[0]), text)
        text = _IPV4.sub(self._address, text)
        return _IPV6.sub(self._address, text)

    def name(self, name: str) -> str:
        kept = re.match(r"(role|user|assumed-role|service)/", name)
        return f"{kept[0] if kept else ''}n{self._digest(name, 8)}"

    def _account(self, number: str) -> str:
        return f"{int(self._digest(number, 12), 16) % 10**12:012d}"

    def _digest(self, text: str, length: int) -> str:
        return hmac.new(self._salt, text.encode(), hashlib.sha256).hexdigest()[:length]

    def _address(self, hit: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(hit[1])
        except ValueError:
            return hit[0]
        length = int(hit[2][1:]) if hit[2] else address.max_prefixlen
        if length > address.max_prefixlen:
            return hit[0]
        mapped = type(address)(_prefix_kept(self._salt, int(address), address.max_prefixlen, length))
        return f"{mapped}{hit[2] or ''}"


@lru_cache(maxsize=65536)
def _prefix_kept(salt: bytes, number: int, width: int, length: int) -> int:
    """The address with each bit flipped by a function of the bits before it (as Crypto-PAn does).

    The first bits, which tell private from public ranges, stay; bits beyond the prefix length stay zero.
    """
    result = number
    for bit in range(_CLASS_BITS, length):
        prefix = number >> (width - bit)
        if width == 32 and bit < 16 and prefix == 0xC0A8 >> (16 - bit):
            continue  # 192.168.0.0/16 is private as a whole, and its neighbours are not
        digest = hmac.digest(salt, f"{width}/{bit}/{prefix}".encode(), "sha256")
        result ^= (digest[0] & 1) << (width - 1 - bit)
    return result


def _names(content: Any, under: str = "") -> Iterator[str]:
    """Every name in the file: of load balancers, groups, alarms, principals; and tag values."""
    if isinstance(content, Mapping):
        if content.keys() >= _LOGS:
            yield from content["groups"]
        if content.get("kind") == "person":
            yield content["id"]
        for key, value in content.items():
            if (
                isinstance(value, str)
                and len(value) > 2
                and (key in _NAMES or (key == "name" and under in _NAMED))
            ):
                yield value
            elif key == "tags" and isinstance(value, Mapping):
                yield from (tag for tag in value.values() if len(tag) > 2)
            else:
                yield from _names(value, key)
    elif isinstance(content, list):
        for item in content:
            yield from _names(item, under)


def _replaced(content: Any, words: Replacements) -> Any:
    if isinstance(content, Mapping):
        if content.keys() >= _LOG_WORDS:
            content = {**content, **{key: f"message {words.name(content[key])}" for key in _LOG_WORDS}}
        if content.keys() >= _LOG_HINT:
            content = {**content, "text": "left out"}
        return {words.text(key): _replaced(value, words) for key, value in content.items()}
    if isinstance(content, list):
        return [_replaced(item, words) for item in content]
    return words.text(content) if isinstance(content, str) else content
