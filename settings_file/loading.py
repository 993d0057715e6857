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
        found = [details for details in error.errors(include_url=False) if not _is_echo(details)]
        problems = [_problem(model, document, details) for details in found]
        return None, sorted(problems), document.lines
    return loaded, [], document.lines


def _is_echo(details: ErrorDetails) -> bool:
    """Whether a list is called too short only because its items have problems of their own."""
    given = details["input"]
    least = details.get("ctx", {}).get("min_length", 0)
    return details["type"] == "too_short" and isinstance(given, Sequence) and len(given) >= least


def _problem(model: type[BaseModel], document: Document, details: ErrorDetails) -> Problem:
    _, tags = _walk(model, details["loc"])
    path = _path_in_file(document.value, details, tags)
    lines = document.lines
    return Problem(lines.file, lines.of(*path), path_text(path), message_of(model, details))


def _path_in_file(value: Value, details: ErrorDetails, tags: set[int]) -> list[str | int]:
    """Drop from pydantic's location what is not in the file: the tags of union members, and the names of validators."""
    path: list[str | int] = []
    location = details["loc"]
    for place, part in enumerate(location):
        if place in tags:
            continue
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


def message_of(model: type[BaseModel], details: ErrorDetails) -> str:
    """What is wrong in words for people; where a whole text was refused by a rule of its own, without that text."""
    given, context = details["input"], details.get("ctx", {})
    match details["type"]:
        case "missing" | "union_tag_not_found":
            text = "is missing"
        case "extra_forbidden":
            name = str(details["loc"][-1])
            text = f"unknown key{did_you_mean(name, _fields_at(model, details['loc'][:-1]))}"
        case "value_error" | "assertion_error":
            text = str(details["msg"]).partition(", ")[2]
        case "too_short":
            text = f"must have at least {context.get('min_length')}"
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            text = f"must be a mapping of keys to values, not {_shown(given)}"
        case "tuple_type" | "list_type" | "frozen_set_type" | "set_type":
            text = f"must be a list, not {_shown(given)}"
        case "literal_error" | "enum" | "union_tag_invalid":
            expected = str(context.get("expected") or context.get("expected_tags", ""))
            wrong = context.get("tag", given)
            suggestion = did_you_mean(str(wrong), _QUOTED.findall(expected))
            text = f"must be one of {expected}, not {_shown(wrong)}{suggestion}"
        case _:
            text = f"{details['msg'][:1].lower()}{details['msg'][1:]} (given: {_shown(given)})"
    return text


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _fields_at(model: type[BaseModel], location: Sequence[str | int]) -> set[str]:
    """Names of the fields that the mapping at ``location`` may have."""
    candidates, _ = _walk(model, location)
    return {name for each in candidates for member in _models(each) for name in _names(member)}


def _walk(model: type[BaseModel], location: Sequence[str | int]) -> tuple[list[Any], set[int]]:
    """Follow pydantic's location through the types: what may stand at its end, and which of its places are tags.

    A tag may be spelt like a field (a ``music`` step has a ``music`` field): directly at a union it is the tag.
    """
    candidates: list[Any] = [model]
    tags: set[int] = set()
    for place, part in enumerate(location):
        tagged = [member for each in candidates for member in _tagged(each, str(part))]
        if tagged:
            tags.add(place)
            candidates = tagged
            continue
        candidates = [found for each in candidates for found in _inner(each, str(part))] or candidates
    return candidates, tags


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


def _tagged(annotation: Any, tag: str) -> list[type[BaseModel]]:  # noqa: ANN401 - an annotation may be any object
    """Of a union of several models, those that have ``tag`` as a literal."""
    members = _models(annotation)
    if len(members) < 2:
        return []
    literals = [(each, info.annotation) for each in members for info in each.model_fields.values()]
    return [
        each
        for each, literal in literals
        if typing.get_origin(literal) is typing.Literal and tag in typing.get_args(literal)
    ]


def _inner(annotation: Any, part: str) -> list[Any]:  # noqa: ANN401 - an annotation may be any object
    """Annotations of what stands below ``part`` (a key or an index) in a value of ``annotation``."""
    found: list[Any] = []
    for each in _alternatives(annotation):
        if not (isinstance(each, type) and issubclass(each, BaseModel)):
            found += typing.get_args(each)
        else:
            found += [info.annotation for name, info in each.model_fields.items() if part == (info.alias or name)]
    return found
