"""Names and strings of the generated languages: what AWS or a person wrote is data there, never code."""

from __future__ import annotations

import json
import re


def quoted(text: str) -> str:
    """A double-quoted string as TypeScript, Python and YAML read it alike."""
    # Not as \\u pairs: YAML and Python would read them as two halves of a character.
    return json.dumps(text, ensure_ascii=False)


def hcl_quoted(text: str) -> str:
    """A double-quoted HCL string; `${` and `%{` would begin a template there."""
    return quoted(text).replace("${", "$${").replace("%{", "%%{")


def identifier(text: str, upper: bool) -> str:
    """'pay-edge TCP_x' as 'PayEdgeTCPX' or, lower, 'pay_edge_tcp_x'; it begins with a letter."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[0].upper() + word[1:] for word in words) if upper else "_".join(words).lower()
    if name and name[0].isalpha():
        return name
    return f"Alarm{name}" if upper else f"alarm_{name}".rstrip("_")


def camel(name: str) -> str:
    """An AWS property as CDK's TypeScript has it: `OKActions` is `okActions`."""
    head = re.match(r"[A-Z]+(?![a-z])|[A-Z]", name)
    return name[: head.end()].lower() + name[head.end() :] if head else name


def snake(name: str) -> str:
    """An AWS property as CDK's Python and Terraform have it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
