"""The one place where untrusted text is made safe for Slack, and where values become Slack markup."""

from __future__ import annotations

import re

from bot.core.message import At
from bot.i18n import PLAIN, utc_text

TEXT_LIMIT = 600
CODE_LIMIT = 200

# Control characters, bidirectional overrides, and the invisible marks that hide text or split a word.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
    r"|[\ud800-\udfff]"
)
_SPACES = re.compile(r"[\s\x85\u2028\u2029]+")
# Slack formats a word between these marks; the look-alikes are never interpreted.
_LOOK_ALIKE = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_BROADCAST = re.compile(r"@(?=here|channel|everyone)", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)
_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_DATE_FORM = {"time": "{time}", "seconds": "{time_secs}", "day_time": "{date_short_pretty} {time}"}


def escape(text: str) -> str:
    """The three characters Slack interprets everywhere, as entities (docs.slack.dev, formatting text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clean(text: str) -> str:
    """One line without control, direction-changing and invisible characters."""
    return _SPACES.sub(" ", _HIDDEN.sub("", text)).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ending in … when something was left out. For text without markup."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_markup(text: str, limit: int) -> str:
    """Like `cut` for text that already is Slack markup: never splits an entity, a mention or a date."""
    if len(text) <= limit:
        return text
    kept, room = [], limit - 2
    for piece in _MARKUP.findall(text):
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    shown = "".join(kept)
    return shown + ("`…" if shown.count("`") % 2 else "…")


class SlackVoice:
    """bot.i18n.Voice for Slack's mrkdwn. Text objects must also say `verbatim`, so Slack adds no links."""

    def text(self, untrusted: str) -> str:
        plain = cut(clean(untrusted), TEXT_LIMIT).translate(_LOOK_ALIKE)
        plain = _EDGE_UNDERSCORE.sub("ˍ", plain)
        return _BROADCAST.sub("@\u2060", escape(plain))

    def code(self, untrusted: str) -> str:
        """In code style; a backtick would end it, so it becomes a quote."""
        plain = cut(clean(untrusted), CODE_LIMIT).replace("`", "'")
        return f"`{escape(plain)}`" if plain else ""

    def time(self, at: At) -> str:
        """In each reader's own time zone; UTC where the client cannot."""
        return f"<!date^{int(at.at.timestamp())}^{_DATE_FORM[at.show]}|{utc_text(at)}>"

    def person(self, person_id: str) -> str:
        if _USER.fullmatch(person_id):
            return f"<@{person_id}>"
        if _GROUP.fullmatch(person_id):
            return f"<!subteam^{person_id}>"
        if _CHANNEL.fullmatch(person_id):
            return f"<#{person_id}>"
        return self.text(f"@{person_id}")


SLACK = SlackVoice()
LABEL = PLAIN
"""The voice for plain_text objects (buttons, titles, options): Slack interprets nothing in them."""
