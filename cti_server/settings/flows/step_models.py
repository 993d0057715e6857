"""Settings models of steps, made from the components' dataclasses: a plug-in's step needs nothing beside its own."""

import ast
import dataclasses
import functools
import inspect
import textwrap
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, create_model

from cti_server.flows.component import Component
from cti_server.flows.expressions import fault_of
from cti_server.flows.steps.pattern import DatumName, Digit, Expression, Template, key_of
from cti_server.settings.flows.speech import Say, TemplateText, UtteranceSettings
from cti_server.settings.names import Name, PromptFile
from cti_server.vocabulary import ids
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance
from settings_file import SettingsModel

# Type expressions have no common type of their own: they are ``Any`` throughout this module.

Text = Annotated[str, StringConstraints(max_length=500)]


def _expression(value: object) -> object:
    if isinstance(value, bool):
        return "True" if value else "False"
    return str(value) if isinstance(value, (int, float)) else value


def _sound(text: str) -> str:
    fault = fault_of(text)
    if fault is not None:
        raise ValueError(f"{fault} (in {text!r})")
    return text


ExpressionText = Annotated[
    str,
    BeforeValidator(_expression, json_schema_input_type=str | int | float | bool),
    StringConstraints(min_length=1, max_length=1000),
    AfterValidator(_sound),
]

DatumText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
"""Name of a datum of a contact."""

_SPELT: Final[Mapping[Any, Any]] = {
    ids.PromptName: PromptFile,
    Expression: ExpressionText,
    Template: TemplateText,
    Digit: Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")],
    DatumName: DatumText,
    str: Text,
}
"""How the kinds of text are spelt in the files; every other named kind of text is a `Name`."""


def step_model(component: Component) -> type[SettingsModel]:
    """The settings model of a component's steps: ``step`` is its name, the rest are its settings' fields."""
    name = component.name
    own = _fields(component.settings)
    fields: dict[str, Any] = {"step": (Literal[name], Field(description="The kind of step.")), **own}
    title = f"{component.settings.__name__.removesuffix('Step')}Settings"
    return _model(title, component.settings, fields)


@functools.cache
def _nested_model(record: type) -> type[SettingsModel]:
    return _model(f"{record.__name__}Settings", record, _fields(record))


def _model(title: str, record: type, fields: dict[str, Any]) -> type[SettingsModel]:
    made = create_model(title, __base__=SettingsModel, __doc__=inspect.getdoc(record), __module__=__name__, **fields)
    _RECORDS[made] = record
    return made


_RECORDS: Final[dict[type[BaseModel], type]] = {UtteranceSettings: Utterance}
"""For each model the dataclass that it was made from."""


def described(model: type[SettingsModel]) -> Mapping[str, str]:
    """What is said of the fields of a step's model, where its component says it; nothing of any other model.

    For those who write it down: to read it takes longer than to make the model.
    """
    return descriptions(_RECORDS[model]) if model in _RECORDS else {}


def built(value: Any) -> Any:  # noqa: ANN401 - settings of any kind
    """Settings as the plan has them: models become the dataclasses that they were made from."""
    match value:
        case BaseModel():
            known = {name: getattr(value, name) for name in type(value).model_fields if name != "step"}
            return _RECORDS[type(value)](**{name: built(each) for name, each in known.items()})
        case dict():
            return {key: built(each) for key, each in value.items()}
        case tuple():
            return tuple(built(each) for each in value)
        case _:
            return value


def step_of(settings: SettingsModel) -> Step:
    """The step that a flow's file describes.

    Raises:
        TypeError: these are no step's settings.
    """
    step = built(settings)
    if not isinstance(step, Step):
        raise TypeError(f"{type(settings).__name__} are no settings of a step")
    return step


def _fields(record: type) -> dict[str, Any]:
    hints = typing.get_type_hints(record, include_extras=True)
    fields: dict[str, Any] = {}
    for each in dataclasses.fields(record):
        default: Any = ...
        if each.default is not dataclasses.MISSING:
            default = each.default
        elif each.default_factory is not dataclasses.MISSING:
            default = each.default_factory()
        key = key_of(each.name)
        alias = None if key == each.name else key
        fields[each.name] = (_spelt(hints[each.name]), Field(default, alias=alias))
    return fields


def _spelt(annotation: Any) -> Any:  # noqa: ANN401, PLR0911 - a type of any form, each form its own way
    if annotation in _SPELT:
        return _SPELT[annotation]
    if isinstance(annotation, typing.NewType):
        return Name if annotation.__supertype__ is str else _spelt(annotation.__supertype__)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return Annotated[_spelt(arguments[0]), *arguments[1:]]
    if origin in {typing.Union, types.UnionType}:
        return functools.reduce(lambda left, right: left | right, (_spelt(each) for each in arguments))
    if origin is tuple:
        return Say if arguments[0] is Utterance else types.GenericAlias(tuple, (_spelt(arguments[0]), ...))
    if origin in {Mapping, dict}:
        return types.GenericAlias(dict, (_spelt(arguments[0]), _spelt(arguments[1])))
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return UtteranceSettings if annotation is Utterance else _nested_model(annotation)
    return annotation


@functools.cache
def descriptions(record: type) -> Mapping[str, str]:
    """What the strings below a dataclass's fields say of them, its bases' fields included."""
    said: dict[str, str] = {}
    for base in reversed(record.__mro__):
        if dataclasses.is_dataclass(base):
            said |= {name: " ".join(text.split()) for name, text in texts_below(base).items()}
    return said


def texts_below(record: type) -> dict[str, str]:
    """The strings that stand below the fields of a class in its source, which is read anew each time."""
    try:
        source = textwrap.dedent(inspect.getsource(record))
    except (OSError, TypeError):
        return {}  # a class without a source file describes nothing
    body = ast.parse(source).body[0]
    found: dict[str, str] = {}
    if not isinstance(body, ast.ClassDef):
        return found
    for field, text in zip(body.body, body.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                found[name] = inspect.cleandoc(said)
    return found
