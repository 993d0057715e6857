"""A YAML file into a settings model: either the model, or every problem at its line."""

import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings_file.document import Document, Value, read_document
from settings_file.problems import Lines, Problem, path_text
from settings_file.suggestions import did_you_mean

M = TypeVar("M", bound=BaseModel)

_QUOTED = re.compile(r"'([^']*)'")
_CHOICES = frozenset({"literal_error", "enum", "union_tag_invalid"})
_MAX_SHOWN = 60


def load(model: type[M], file: FilePath) -> tuple[M | None, list[Problem], Lines]:
    """Load ``file`` as ``model``: the model is ``None`` exactly where there are problems.

    An unknown key is a problem, with a suggestion where it looks misspelt; all problems are given at once, in the
    order of their lines. An empty file counts as an empty mapping.
    """
    document = read_document(file)
    if document.problems:
        return None, document.problems, document.lines
    try:
        loaded = model.model_validate({} if document.value is None else document.value)
    except ValidationError as error:
        problems = [_problem(model, document, details) for details in error.errors(include_url=False)]
        return None, sorted(problems), document.lines
    return loaded, [], document.lines


def _problem(model: type[BaseModel], document: Document, details: ErrorDetails) -> Problem:
    path = _path_in_file(document.value, details)
    lines = document.lines
    return Problem(lines.file, lines.of(*path), path_text(path), _message(model, details))


def _path_in_file(value: Value, details: ErrorDetails) -> list[str | int]:
    """Drop from pydantic's location what is not in the file, such as the tag of a union's member."""
    path: list[str | int] = []
    location = details["loc"]
    for place, part in enumerate(location):
        if isinstance(value, Mapping) and str(part) in value:
            value = value[str(part)]
            path.append(str(part))
        elif isinstance(value, Sequence) and isinstance(part, int) and part < len(value) and not isinstance(value, str):
            value = value[part]
            path.append(part)
        elif place == len(location) - 1 and details["type"] == "missing":
            path.append(part)
    if details["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        path.append(_discriminator(details))
    return path


def _discriminator(details: ErrorDetails) -> str:
    return str(details.get("ctx", {}).get("discriminator", "")).strip("'")


def _message(model: type[BaseModel], details: ErrorDetails) -> str:
    kind, given = details["type"], details["input"]
    match kind:
        case "missing" | "union_tag_not_found":
            return "is missing"
        case "extra_forbidden":
            name = str(details["loc"][-1])
            known = _fields_at(model, details["loc"][:-1])
            return f"unknown key{did_you_mean(name, known)}"
        case "value_error" | "assertion_error":
            return str(details["msg"]).partition(", ")[2]
        case "model_type" | "model_attributes_type":
            return f"must be a mapping of keys to values, not {_shown(given)}"
        case _:
            pass
    message = details["msg"][:1].lower() + details["msg"][1:]
    expected = str(details.get("ctx", {}).get("expected") or details.get("ctx", {}).get("expected_tags", ""))
    if kind in _CHOICES:
        tag = details.get("ctx", {}).get("tag", given)
        shown = _shown(tag)
        return f"must be one of {expected}, not {shown}{did_you_mean(str(tag), _QUOTED.findall(expected))}"
    return f"{message} (given: {_shown(given)})"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _fields_at(model: type[BaseModel], location: Sequence[str | int]) -> set[str]:
    """Names of the fields that the mapping at ``location`` may have."""
    candidates: list[Any] = [model]
    for part in location:
        step = [found for candidate in candidates for found in _inner(candidate, str(part))]
        if step:
            candidates = step
    return {name for each in candidates for member in _models(each) for name in _names(member)}


def _names(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


def _alternatives(annotation: Any) -> list[Any]:  # noqa: ANN401 - an annotation may be any object
    """What a value of this annotation may be, looking into unions and ``Annotated``."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _alternatives(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return [each for argument in typing.get_args(annotation) for each in _alternatives(argument)]
    return [annotation]


def _models(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - an annotation may be any object
    """The models among the alternatives of an annotation."""
    return [each for each in _alternatives(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]


def _inner(annotation: Any, part: str) -> list[Any]:  # noqa: ANN401 - an annotation may be any object
    """Annotations of what stands below ``part`` (a key, an index or a union's tag) in a value of ``annotation``."""
    found: list[Any] = []
    for each in _alternatives(annotation):
        if not (isinstance(each, type) and issubclass(each, BaseModel)):
            found += typing.get_args(each)
            continue
        for name, info in each.model_fields.items():
            if part == (info.alias or name):
                found.append(info.annotation)
            elif part in typing.get_args(info.annotation) and typing.get_origin(info.annotation) is typing.Literal:
                found.append(each)
    return found
