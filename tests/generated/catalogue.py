"""The checks catalogue in docs/checks.md: what each check asks, reads, costs and can say."""

from __future__ import annotations

from bot.core.checks import Check
from runbooks import load_checks
from tests.generated.texts import ROOT, texts_of

HEAD = """# The checks

Made by `make messages` from `runbooks/checks/`; a test fails when it is out of date.
Every check is read-only. It ends in PASS, WARN, FAIL, UNKNOWN (something could not be read, nothing is
concluded) or NOT_APPLICABLE. Reads are shared: what one check has read, another does not read again.
"""


def checks_catalogue() -> str:
    """The whole file's text."""
    return HEAD + "".join(_entry(check) for _, check in sorted(load_checks().items()))


def _entry(check: Check) -> str:
    types = ", ".join(sorted(check.load_balancer_types))
    needs = ", ".join(kind.__name__ for kind in check.needs)
    uses = ", ".join(kind.__name__ for kind in check.uses) or "-"
    return (
        f"\n## {check.title} (`{check.id}`)\n\n{check.asks}\n\n"
        f"| | |\n|---|---|\n| load balancers | {types} |\n"
        f"| needs | {needs} |\n| uses if readable | {uses} |\n"
        f"| actions | {' '.join(f'`{action}`' for action in check.actions)} |\n"
        f"| signals | {' '.join(f'`{signal}`' for signal in check.signals)} |\n"
        f"\nIt can say:\n\n{_sentences(check)}"
    )


def _sentences(check: Check) -> str:
    path = ROOT / "runbooks" / "checks" / f"{check.id}.py"
    said = {text.plural or text.text for text in texts_of(path)} - {check.title, check.asks}
    return "".join(f"- {sentence}\n" for sentence in sorted(said))
