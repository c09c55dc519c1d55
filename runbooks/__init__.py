"""The content: runbooks (*.yaml), causes (causes.yaml) and checks (checks/*.py), loaded together."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.core.cause import Cause
from bot.core.checks import Check
from bot.core.console import PAGES
from bot.core.message import Value
from bot.core.model import LoadBalancerType
from bot.core.runbook import CheckStep, Instruction, Runbook
from runbooks import checks as checks_package
from runbooks.yaml_content import ContentError, read_yaml

HERE = Path(__file__).parent


class CauseList(Value):
    """The shape of causes.yaml."""

    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Content:
    """Everything a walk needs that is not state, by id."""

    runbooks: dict[str, Runbook]
    checks: dict[str, Check]
    causes: tuple[Cause, ...]

    def runbook_for(self, kind: LoadBalancerType) -> Runbook:
        """The runbook of that load-balancer type; KeyError when there is none."""
        for runbook in self.runbooks.values():
            if kind in runbook.load_balancer_types:
                return runbook
        raise KeyError(kind)

    def cause(self, cause_id: str) -> Cause:
        """The cause of that id; KeyError when there is none."""
        return {cause.id: cause for cause in self.causes}[cause_id]


@cache
def load(folder: Path = HERE) -> Content:
    """All content, validated; ContentError names file, line and field of the first thing wrong."""
    checks = load_checks()
    causes = read_yaml(folder / "causes.yaml", CauseList).causes
    runbooks = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == "causes.yaml":
            continue
        runbook = read_yaml(path, Runbook)
        _refer_to_known_things(path, runbook, checks, {cause.id for cause in causes})
        runbooks[runbook.id] = runbook
    return Content(runbooks, checks, causes)


@cache
def load_checks() -> dict[str, Check]:
    """Every runbooks/checks/<id>.py that declares CHECK; a file and its check share one id."""
    found = {}
    for module_info in pkgutil.iter_modules(checks_package.__path__):
        check = getattr(importlib.import_module(f"runbooks.checks.{module_info.name}"), "CHECK", None)
        if check is None:
            continue
        if check.id != module_info.name:
            raise ContentError(f"runbooks/checks/{module_info.name}.py: its check is called {check.id}")
        found[check.id] = check
    return found


def _refer_to_known_things(path: Path, runbook: Runbook, checks: dict[str, Check], causes: set[str]) -> None:
    for hypothesis in runbook.hypotheses:
        if hypothesis.cause not in causes:
            raise ContentError(f"{path.name}: hypotheses: there is no cause {hypothesis.cause!r}")
    for step in runbook.steps:
        if isinstance(step, CheckStep) and step.check not in checks:
            raise ContentError(f"{path.name}: step {step.id}: there is no check {step.check!r}")
        if isinstance(step, Instruction) and step.console not in PAGES:
            raise ContentError(f"{path.name}: step {step.id}: there is no console page {step.console!r}")
