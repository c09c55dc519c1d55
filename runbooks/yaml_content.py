"""Reading a YAML file into a pydantic model, with errors that name file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class ContentError(Exception):
    """Content that cannot be used: the message says where and what."""


def read_yaml(path: Path, model: type[M]) -> M:
    """The file as that model; ContentError('name.yaml:12: steps.3.title: ...') when it does not fit."""
    text = path.read_text(encoding="utf-8")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ContentError(f"{path.name}:{_yaml_line(error)}: not YAML: {_first_line(error)}") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = _without_tags(node, first["loc"])
        field = ".".join(str(part) for part in where) or "(file)"
        raise ContentError(f"{path.name}:{_line(node, where)}: {field}: {first['msg']}") from error


def _without_tags(node: yaml.Node | None, location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """pydantic's location without the union tags, which are not in the file."""
    kept: list[int | str] = []
    for index, part in enumerate(location):
        child = _child(node, part)
        last = index == len(location) - 1
        if child is not None or last:
            kept.append(part)
            node = child
    return tuple(kept)


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The 1-based line of that place, or of the nearest thing around it that is in the file."""
    line = 1
    for part in location:
        if node is not None:
            line = node.start_mark.line + 1
        node = _child(node, part)
    return node.start_mark.line + 1 if node is not None else line


def _child(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    return None


def _yaml_line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _first_line(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]
