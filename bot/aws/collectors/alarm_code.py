"""The code that defines the alarms: folders on this machine, and the stacks CloudFormation runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.aws.collector import Source
from bot.aws.failures import ReadFailed
from bot.core.alarm_code.cloudformation import template_alarms
from bot.core.alarm_code.terraform import NotReadable, state_alarms, terraform_alarms
from bot.core.alarm_code.values import AlarmDefinition, CodeKind
from bot.core.evidence import Alarm, AlarmDefinitions, Alarms, StackAlarms
from bot.core.model import Unread, UnreadReason

MAX_FILES = 5_000
MAX_BYTES = 5 * 2**20
NOT_CODE = frozenset({".terraform", ".git", "node_modules", "cdk.out.cache"})
Reader: TypeAlias = Callable[[str, str], tuple[AlarmDefinition, ...]]
_TERRAFORM: dict[str, Reader] = {".tf": terraform_alarms, ".tfstate": state_alarms}
_TEMPLATES: dict[str, Reader] = dict.fromkeys((".yaml", ".yml", ".json", ".template"), template_alarms)
_MENTIONS = ("aws_cloudwatch_", "AWS::CloudWatch::")


def read_alarm_definitions(source: Source) -> AlarmDefinitions:
    """Every alarm in the folders that were set; ReadFailed when none is, or one does not exist."""
    options = source.options
    folders = [(options.terraform_dir, _TERRAFORM), (options.cloudformation_dir, _TEMPLATES)]
    given = [(folder, readers) for folder, readers in folders if folder]
    if not given:
        detail = "no folder with alarm code is known; set TERRAFORM_DIR or CLOUDFORMATION_DIR"
        raise ReadFailed(Unread(reason=UnreadReason.NOT_ENABLED, detail=detail))
    definitions: list[AlarmDefinition] = []
    unreadable: list[str] = []
    for folder, readers in given:
        for path in _files(folder, readers):
            try:
                definitions += _alarms_in(path, folder, readers[path.suffix])
            except (OSError, ValueError) as error:
                unreadable.append(f"{path.relative_to(folder)}: {error}")
    return AlarmDefinitions(
        folders=tuple(str(folder) for folder, _ in given),
        definitions=tuple(definitions),
        unreadable=tuple(unreadable),
    )


def _files(folder: Path, suffixes: Iterable[str]) -> Iterator[Path]:
    """Files of these kinds in a fixed order; ReadFailed when there is no folder or far too many files."""
    if not folder.is_dir():
        raise ReadFailed(Unread(reason=UnreadReason.NOT_FOUND, detail=f"the folder {folder}"))
    wanted = {*suffixes}
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in wanted and NOT_CODE.isdisjoint(path.relative_to(folder).parts) and path.is_file()
    )
    if len(found) > MAX_FILES:
        detail = f"{len(found)} files in {folder}, at most {MAX_FILES} are read"
        raise ReadFailed(Unread(reason=UnreadReason.TOO_LARGE, detail=detail))
    yield from found


def _alarms_in(path: Path, folder: Path, read: Reader) -> tuple[AlarmDefinition, ...]:
    """OSError, or ValueError when the file is not what its name says."""
    if path.stat().st_size > MAX_BYTES:
        raise NotReadable(f"larger than {MAX_BYTES // 2**20} MB")
    text = path.read_text("utf-8")
    # Most files define no alarm, and parsing is slow.
    return read(text, str(path.relative_to(folder))) if any(word in text for word in _MENTIONS) else ()


def read_stack_alarms(source: Source) -> StackAlarms:
    """Which stack made each alarm, and what its template says; alarms that no stack made are absent."""
    found = source.api.each(lambda alarm: _stack_of(source, alarm), source[Alarms].alarms)
    made = [one for one in found if one]
    stacks = sorted({one.stack for one in made})
    templates = dict(
        zip(stacks, source.api.each(lambda stack: _template(source, stack), stacks), strict=True)
    )
    read = [one.found_in(templates[one.stack]) for one in made]
    return StackAlarms(
        definitions=tuple(one for one in read if isinstance(one, AlarmDefinition)),
        unreadable=tuple(dict.fromkeys(one for one in read if isinstance(one, str))),
    )


@dataclass(frozen=True)
class _Made:
    """A stack's resource that is a live alarm."""

    alarm: str
    stack: str
    logical_id: str

    def found_in(self, template: tuple[AlarmDefinition, ...] | str) -> AlarmDefinition | str:
        """Its definition, or why there is none."""
        if isinstance(template, str):
            return template
        place = f"{self.stack} {self.logical_id}"
        own = next((d for d in template if d.place == place), None)
        return own.model_copy(update={"name": self.alarm}) if own else f"{place}: not in the stack's template"


def _stack_of(source: Source, alarm: Alarm) -> _Made | None:
    """None for an alarm that no stack made: CloudFormation then answers with an error."""
    try:
        answer = source.api.call("cloudformation", "describe_stack_resources", PhysicalResourceId=alarm.name)
    except ReadFailed as failed:
        if "does not exist" in failed.unread.detail:
            return None
        raise
    for resource in answer["StackResources"]:
        if resource.get("PhysicalResourceId") == alarm.name:
            return _Made(alarm.name, resource["StackName"], resource["LogicalResourceId"])
    return None


def _template(source: Source, stack: str) -> tuple[AlarmDefinition, ...] | str:
    """The alarms of a stack's template, or why it could not be read. boto3 has parsed JSON ones already."""
    body = source.api.call("cloudformation", "get_template", StackName=stack)["TemplateBody"]
    try:
        return template_alarms(body if isinstance(body, str) else json.dumps(body), stack, CodeKind.STACK)
    except NotReadable as error:
        return f"{stack}: {error}"
