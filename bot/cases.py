"""The use cases of case files: make one to share, and judge one again."""

from __future__ import annotations

from typing import Any

from bot.core.anonymise import anonymise
from bot.core.casefile import CaseFile, make_case
from bot.core.checks import Readings
from bot.core.model import Scope, Signal
from bot.diagnose import Answer, as_json, judge_all
from bot.i18n import ENGLISH
from runbooks import Content


def shared_case(
    scope: Scope,
    readings: Readings,
    content: Content,
    salt: bytes,
    human: tuple[Signal, ...] = (),
    confirmed: str = "",
) -> CaseFile:
    """A case file that names nobody, with the answer its replaced evidence gives.

    `salt` decides how things are replaced; a fresh random one makes two files of one account unlinkable.
    """
    case = anonymise(make_case(scope, readings, human, confirmed), salt)
    return case.model_copy(update={"answer": _recorded(replayed(case, content))})


def replayed(case: CaseFile, content: Content) -> Answer:
    """The case judged by today's checks and causes. UserError for evidence of an unknown kind."""
    return judge_all(case.scope, content, case.readings(), case.human)


def differences(case: CaseFile, answer: Answer) -> tuple[str, ...]:
    """What today's answer says differently from the recorded one: 'diagnosis', 'request_load', ..."""
    now, then = _recorded(answer), case.answer
    changed = [name for name in ("load_balancer", "window", "diagnosis") if now[name] != then.get(name)]
    before = {finding["check"]: finding for finding in then.get("findings", ())}
    after = {finding["check"]: finding for finding in now["findings"]}
    checks = [name for name in sorted(before | after) if before.get(name) != after.get(name)]
    return (*changed, *checks)


def _recorded(answer: Answer) -> dict[str, Any]:
    """What a case file keeps of an answer: everything but the calls it cost, in English."""
    whole = as_json(answer, {}, ENGLISH)
    del whole["api_calls"]
    return whole
