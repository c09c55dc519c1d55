"""Writes the generated files, or with --check says which are out of date and fails."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.core.runbook import Runbook
from tests.generated.catalogue import checks_catalogue
from tests.generated.texts import ROOT, Text, all_texts

LOCALES = ROOT / "bot" / "locales"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    wanted = {
        ROOT / "runbooks" / "runbook.schema.json": _runbook_schema(),
        ROOT / "docs" / "checks.md": checks_catalogue(),
        **{path: _merged(path, all_texts()) for path in sorted(LOCALES.glob("*.po"))},
    }
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make messages` and commit it")
        return bool(stale)
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def _runbook_schema() -> str:
    return json.dumps(Runbook.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def _merged(path: Path, texts: list[Text]) -> str:
    """The catalogue with today's sentences: translations kept, gone ones dropped, new ones empty."""
    with path.open("rb") as file:
        old = read_po(file)
    new = Catalog(
        locale=old.locale,
        project="alb-incident",
        creation_date=_EPOCH,
        revision_date=_EPOCH,
        header_comment=f"# {old.locale.english_name if old.locale else path.stem} sentences.",
        version="1",
        msgid_bugs_address="none",
        last_translator="the maintainers",
        language_team="the maintainers",
        fuzzy=False,
    )
    for text in texts:
        key = (text.text, text.plural) if text.plural else text.text
        known = old.get(text.text)
        new.add(key, known.string if known else None, locations=[(text.file, 0)])
    buffer = io.BytesIO()
    write_po(buffer, new, width=100, include_lineno=False)
    return buffer.getvalue().decode()


if __name__ == "__main__":
    sys.exit(main())
