"""Takes values that look like secrets out of a log line, before anything of it is kept or shown."""

from __future__ import annotations

import re

MASK = "[masked]"
MOST_CHARS = 16_384
"""Of a longer line the rest is left unread."""

_NAMES = (
    "pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|signature|nonce|otp|pin|session|sid|auth|"
    "cookie|jwt|bearer|key"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # A private key to its end, or to the end of what there is of it.
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"), MASK),
    # Headers: everything up to the end of the line or of the quotes around it.
    (
        re.compile(
            r"(?i)((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:token|key|auth|secret)[\w-]*)"
            r"(\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\"'\r\n]+"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic|digest|negotiate)(\s+)[\w.~+/=-]{6,}"), rf"\1\2{MASK}"),
    # user:password@ in a URL.
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^\s/@\"']+@"), rf"\1{MASK}@"),
    # password=..., "apiKey": "...", also inside escaped JSON; a quoted value to its closing quote.
    (
        re.compile(
            rf"(?i)([\w.-]*(?:{_NAMES})[\w.-]*)(\\?[\"']?\s*[:=]\s*)(\\?)([\"'])(?:(?!\3\4).)*(?:\3\4)?"
        ),
        rf"\1\2\3\4{MASK}\3\4",
    ),
    (re.compile(rf"(?i)([\w.-]*(?:{_NAMES})[\w.-]*)(\\?[\"']?\s*[:=]\s*)[^\s\"'&;,)}}\]]+"), rf"\1\2{MASK}"),
    (re.compile(r"\beyJ[\w-]{4,}(?:\.[\w-]*){0,4}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ABIA|ACCA)[A-Z0-9]{12,}"), MASK),
    (re.compile(r"\b(?:xox[a-z]-|gh[opsur]_|github_pat_|glpat-|sk_live_|rk_live_|sk-)[\w-]{6,}"), MASK),
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
)
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{32,}")


def masked(line: str) -> str:
    """The line without AWS keys, tokens, Authorization, cookies, passwords, JWTs, e-mail addresses, keys.

    Also without any other long run of mixed characters: an unlabelled AWS secret key looks like that.
    """
    text = line[:MOST_CHARS]
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _LONG.sub(_long, text)


def _long(found: re.Match[str]) -> str:
    """Paths and words have no digits and capitals in one run; random values do, and hashes have digits."""
    run = found.group()
    parts = [run] if len(run) <= 64 and run.count("/") < 3 else run.split("/")
    random = any(
        len(part) >= 20 and any(c.isdigit() for c in part) and any(c.isalpha() for c in part)
        for part in parts
    )
    return MASK if random else run
