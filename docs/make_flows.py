"""Makes the pages of docs/flows/, one for each component, from its settings; ``python docs/make_flows.py``."""

import dataclasses
import enum
import types
import typing
from pathlib import Path
from typing import Any

from annotated_types import Ge, Le, MaxLen, MinLen

from cti_server.flows.component import Component, FlowKind
from cti_server.flows.steps import BUILT_IN
from cti_server.flows.steps.pattern import DatumName, Digit, Expression, Template, key_of
from cti_server.settings.flows.examples import EXAMPLES
from cti_server.settings.flows.step_models import descriptions, step_model
from cti_server.vocabulary import ids
from cti_server.vocabulary.values import Utterance

FOLDER = Path(__file__).parent / "flows"
_WORDS: dict[Any, str] = {
    ids.StepId: "step",
    ids.PromptName: "prompt",
    Expression: "expression",
    Template: "text with {names}",
    DatumName: "datum",
    Digit: "digit",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Utterance: "[what is said](../flows.md#what-is-said)",
}
_PLACES = {
    FlowKind.ROUTING: "routing-strategy",
    FlowKind.QUEUE_PROCESSING: "queue-processing",
    FlowKind.PART: "part",
}


def pages() -> dict[str, str]:
    """The text of each page by its file's name."""
    return {f"{name}.md": page(component) for name, component in BUILT_IN.items()}


def page(component: Component) -> str:
    """The page of one component."""
    settings = component.settings
    said = descriptions(settings)
    hints = typing.get_type_hints(settings, include_extras=True)
    model = step_model(component)
    rows = []
    for name, info in model.model_fields.items():
        if name in {"step", "id"}:
            continue
        default = "" if info.is_required() else _shown(info.get_default(call_default_factory=True))
        key = key_of(name)
        rows.append(f"| `{key}` | {words(hints[name])} | {default} | {said.get(name, said.get(key, ''))} |")
    kinds = ", ".join(_PLACES[each] for each in FlowKind if each in component.kinds)
    notes = []
    if component.ends:
        notes.append("No step need follow it.")
    if component.waits:
        notes.append("It takes time or an answer: a circle through it does not spin.")
    lines = [
        f"# {component.name}",
        "",
        " ".join((settings.__doc__ or "").split()),
        "",
        f"{' '.join((type(component).__doc__ or '').split())} {' '.join(notes)}".rstrip(),
        "",
        f"In flows of the kinds: {kinds}.",
        "",
        "```yaml",
        EXAMPLES[component.name].rstrip(),
        "```",
        "",
        "| setting | kind | without it | what it is |",
        "|---|---|---|---|",
        "| `id` | name | | Name of the step, unique within its flow. |",
        *rows,
        "",
        *_nested(hints),
        "Made by `python docs/make_flows.py`. [All components](../flows.md#components)",
        "",
    ]
    return "\n".join(lines)


def words(annotation: Any) -> str:  # noqa: ANN401, PLR0911 - a type of any form, each form its own words
    """A setting's type in words."""
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, typing.NewType):
        return annotation.__name__.removesuffix("Name").removesuffix("Id").lower()
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return words(arguments[0]) + _bounds(arguments[1:])
    if origin in {typing.Union, types.UnionType}:
        return words(next(each for each in arguments if each is not type(None)))
    if origin is tuple:
        return words(arguments[0]) if arguments[0] is Utterance else f"list of {words(arguments[0])}"
    if arguments:
        return f"{words(arguments[0])}: {words(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return " or ".join(f"`{each.value}`" for each in annotation)
    return f"`{annotation.__name__}`"


def _bounds(marks: tuple[Any, ...]) -> str:
    low = next((each.ge for each in marks if isinstance(each, Ge)), None)
    high = next((each.le for each in marks if isinstance(each, Le)), None)
    least = next((each.min_length for each in marks if isinstance(each, MinLen)), None)
    most = next((each.max_length for each in marks if isinstance(each, MaxLen)), None)
    parts = [
        f"{low:g} to {high:g}" if low is not None and high is not None else f"from {low:g}" if low is not None else ""
    ]
    parts += [f"at least {least}" if least is not None else "", f"at most {most}" if most is not None else ""]
    text = ", ".join(each for each in parts if each)
    return f", {text}" if text else ""


def _nested(hints: dict[str, Any]) -> list[str]:
    lines = []
    for record in _records(tuple(hints.values())):
        said, inner = descriptions(record), typing.get_type_hints(record, include_extras=True)
        lines += [f"`{record.__name__}`: {' '.join((record.__doc__ or '').split())}", ""]
        lines += [f"- `{key_of(name)}` ({words(kind)}): {said.get(name, '')}" for name, kind in inner.items()]
        lines.append("")
    return lines


def _records(annotations: tuple[Any, ...]) -> list[type]:
    found: list[type] = []
    for each in annotations:
        if isinstance(each, type) and dataclasses.is_dataclass(each) and each is not Utterance:
            found.append(each)
        found += [record for record in _records(typing.get_args(each)) if record not in found]
    return list(dict.fromkeys(found))


def _shown(value: object) -> str:
    if value in (None, (), "", {}):
        return "nothing"
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case enum.Enum():
            return f"`{value.value}`"
        case tuple():
            return ", ".join(f"`{each.prompt}`" if isinstance(each, Utterance) else f"`{each}`" for each in value)
        case _:
            return f"`{value}`"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
