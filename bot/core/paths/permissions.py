"""The rules of security groups as CloudTrail writes them, inside a request or an answer of any shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_OTHER_END = frozenset({"groupId", "referencedGroupId", "cidrIp", "cidrIpv4", "cidrIpv6", "prefixListId"})


def parsed(text: str) -> Any:
    """The JSON value of a change's request or response; None when it is empty or was cut."""
    try:
        return json.loads(text or "null")
    except ValueError:  # the text is capped: a long one may be cut in the middle
        return None


def permissions(node: Any) -> Iterator[dict[str, Any]]:
    """Every object that describes a rule: in `ipPermissions` of a request, in the rules of a response."""
    if isinstance(node, dict):
        if "ipProtocol" in node:
            yield node
        for value in node.values():
            yield from permissions(value)
    elif isinstance(node, list):
        for value in node:
            yield from permissions(value)


def other_ends(node: Any) -> Iterator[str]:
    """Group ids, CIDR blocks and prefix lists inside a permission, whatever list they are in."""
    if isinstance(node, list):
        for value in node:
            yield from other_ends(value)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in _OTHER_END and isinstance(value, str):
                yield value
            else:
                yield from other_ends(value)
