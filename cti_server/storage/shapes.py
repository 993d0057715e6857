"""Typed values to plain JSON values and back, where a union of dataclasses is told apart by its class name.

Most types are left to msgspec. Two things it cannot do: a union of several dataclasses (a flow's steps), which is
written as the member's fields and its class name under ``TAG``; and a mapping whose keys are neither text nor whole
numbers (a call on a link), which is written as a list of pairs.
"""

import dataclasses
import enum
import functools
import hashlib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cti_server.storage.errors import CodecError

TAG = "$type"

_UNIONS = (typing.Union, types.UnionType)
_MAPPINGS = (dict, Mapping)
_LISTS: Mapping[Any, Callable[[Any], Any]] = {list: list, set: set, frozenset: frozenset, tuple: tuple}
_SCALARS = (str, int, float, bool, type(None))
_AS_THEY_ARE = frozenset(_SCALARS)
"""Classes whose own values are plain already; those of a class below one of them, such as an enumeration's, are not."""

# Type expressions have no common type of their own: they are ``Any`` throughout this module.


@dataclass(frozen=True, slots=True)
class Shape:
    """How values of one type are written (``dump``) and read (``load``)."""

    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]


def _plain(annotation: Any) -> Any:  # noqa: ANN401 - see above
    """Take the name off a ``NewType`` and the remarks off ``Annotated``."""
    while True:
        if isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        else:
            return annotation


def _is_record(annotation: Any) -> bool:  # noqa: ANN401 - see above
    return isinstance(annotation, type) and dataclasses.is_dataclass(annotation)


def _is_family(annotation: Any) -> bool:  # noqa: ANN401 - see above
    """Whether a record type stands for all that are below it: the root of the flow components' settings."""
    return _is_record(annotation) and annotation.__dict__.get("__family__") is True


def _family(root: type) -> dict[str, type]:
    """The record types below a root, by their names."""
    found: dict[str, type] = {}
    members: list[type] = root.__subclasses__()
    for member in members:
        found |= {member.__name__: member, **_family(member)}
    return found


def _is_text_key(annotation: Any) -> bool:  # noqa: ANN401 - see above
    """Whether keys of this type can be an object's keys in JSON: text and whole numbers can."""
    key = _plain(annotation)
    return isinstance(key, type) and issubclass(key, (str, int)) and key is not bool


@functools.cache
def fields_of(record: type) -> Mapping[str, Any]:
    """Annotations of a dataclass's own fields, in their order."""
    hints = typing.get_type_hints(record, include_extras=True)
    return {each.name: hints[each.name] for each in dataclasses.fields(record)}


def _parts(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - see above
    if _is_record(annotation):
        return tuple(fields_of(annotation).values())
    return tuple(each for each in typing.get_args(annotation) if each is not Ellipsis)


def is_native(annotation: Any) -> bool:  # noqa: ANN401 - see above
    """Whether msgspec alone writes and reads this type."""
    return _is_native(_plain(annotation))


@functools.cache
def _is_native(annotation: Any) -> bool:  # noqa: ANN401 - see above
    origin = typing.get_origin(annotation)
    if _is_family(annotation):
        return False
    if origin in _UNIONS:
        members = [_plain(each) for each in typing.get_args(annotation)]
        if sum(_is_record(each) for each in members) > 1:
            return False
    if origin in _MAPPINGS and not _is_text_key(typing.get_args(annotation)[0]):
        return False
    return all(is_native(each) for each in _parts(annotation))


def shape_of(annotation: Any) -> Shape:  # noqa: ANN401 - see above
    """Compile the shape of a type; a type that cannot be stored is a ``CodecError``, at once and not at the value."""
    return _compiled(_plain(annotation))


@functools.cache
def _compiled(annotation: Any) -> Shape:  # noqa: ANN401 - see above
    origin = typing.get_origin(annotation)
    if is_native(annotation):
        _check_scalar(annotation)
        return Shape(
            lambda value: msgspec.to_builtins(value, str_keys=True),
            lambda plain: msgspec.convert(plain, annotation, str_keys=True),
        )
    if _is_family(annotation):
        return _family_shape(annotation)
    if _is_record(annotation):
        return _record_shape(annotation)
    if origin in _UNIONS:
        return _union_shape(annotation)
    if origin in _MAPPINGS:
        return _mapping_shape(annotation)
    if origin in _LISTS:
        return _list_shape(annotation)
    raise CodecError(f"values of type {annotation} cannot be stored")


def _check_scalar(annotation: Any) -> None:  # noqa: ANN401 - see above
    annotation = _plain(annotation)
    for part in () if _is_family(annotation) else _parts(annotation):
        _check_scalar(part)
    origin = typing.get_origin(annotation)
    known = origin in {*_UNIONS, *_MAPPINGS, *_LISTS, typing.Literal} or _is_record(annotation)
    scalar = annotation in _SCALARS or (isinstance(annotation, type) and issubclass(annotation, enum.Enum))
    literal = not isinstance(annotation, type) and isinstance(annotation, (str, int))
    if not (known or scalar or literal):
        raise CodecError(f"values of type {annotation} cannot be stored")


def _record_shape(record: type) -> Shape:
    shapes = {name: shape_of(annotation) for name, annotation in fields_of(record).items()}

    def dump(value: Any) -> dict[str, Any]:  # noqa: ANN401 - see above
        # Most fields of most values: a snapshot of many contacts holds the journal up for as long as it takes to write.
        return {
            name: found if type(found := getattr(value, name)) in _AS_THEY_ARE else shape.dump(found)
            for name, shape in shapes.items()
        }

    def load(plain: Any) -> Any:  # noqa: ANN401 - see above
        if not isinstance(plain, dict):
            raise msgspec.ValidationError(f"{record.__name__} must be an object")
        given = {name: shape.load(plain[name]) for name, shape in shapes.items() if name in plain}
        try:
            return record(**given)
        except TypeError as error:
            raise msgspec.ValidationError(str(error)) from error

    return Shape(dump, load)


def _family_shape(root: type) -> Shape:
    """Members are looked up when a value is met: a plugin's may be there later than this shape."""

    def dump(value: Any) -> Any:  # noqa: ANN401 - see above
        return {TAG: type(value).__name__, **shape_of(type(value)).dump(value)}

    def load(plain: Any) -> Any:  # noqa: ANN401 - see above
        record = _family(root).get(plain.get(TAG, "")) if isinstance(plain, dict) else None
        if record is None:
            tag = plain.get(TAG) if isinstance(plain, dict) else None
            raise msgspec.ValidationError(f"nothing installed reads a {root.__name__} of kind {tag!r}")
        return shape_of(record).load(plain)

    return Shape(dump, load)


def _union_shape(annotation: Any) -> Shape:  # noqa: ANN401 - see above
    members = [_plain(each) for each in typing.get_args(annotation)]
    records = {each.__name__: each for each in members if _is_record(each)}
    scalars = tuple(each for each in members if not _is_record(each))
    if any(each not in _SCALARS for each in scalars):
        raise CodecError(f"values of type {annotation} cannot be stored: records and containers in one union")

    def dump(value: Any) -> Any:  # noqa: ANN401 - see above
        if isinstance(value, scalars):
            return value
        name = type(value).__name__
        return {TAG: name, **shape_of(records[name]).dump(value)}

    def load(plain: Any) -> Any:  # noqa: ANN401 - see above
        if isinstance(plain, scalars):
            return plain
        record = records.get(plain.get(TAG, "")) if isinstance(plain, dict) else None
        if record is None:
            raise msgspec.ValidationError(f"{TAG} must be one of {', '.join(sorted(records))}")
        return shape_of(record).load(plain)

    return Shape(dump, load)


def _mapping_shape(annotation: Any) -> Shape:  # noqa: ANN401 - see above
    key_type, value_type = typing.get_args(annotation)
    value = shape_of(value_type)
    if not _is_text_key(key_type):
        return _pairs_shape(shape_of(key_type), value)
    key_type = _plain(key_type)

    def load(plain: Any) -> dict[Any, Any]:  # noqa: ANN401 - see above
        if not isinstance(plain, dict):
            raise msgspec.ValidationError("an object is missing")
        return {msgspec.convert(k, key_type, strict=False): value.load(v) for k, v in plain.items()}

    return Shape(lambda items: {str(k): value.dump(v) for k, v in items.items()}, load)


def _pairs_shape(key: Shape, value: Shape) -> Shape:
    def load(plain: Any) -> dict[Any, Any]:  # noqa: ANN401 - see above
        if not isinstance(plain, list) or any(not isinstance(each, list) or len(each) != 2 for each in plain):
            raise msgspec.ValidationError("a mapping must be a list of pairs")
        return {key.load(k): value.load(v) for k, v in plain}

    return Shape(lambda items: [[key.dump(k), value.dump(v)] for k, v in items.items()], load)


def _list_shape(annotation: Any) -> Shape:  # noqa: ANN401 - see above
    make = _LISTS[typing.get_origin(annotation)]
    arguments = typing.get_args(annotation)
    if make is tuple and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        return _tuple_shape([shape_of(each) for each in arguments])
    item = shape_of(arguments[0])

    def load(plain: Any) -> Any:  # noqa: ANN401 - see above
        if not isinstance(plain, list):
            raise msgspec.ValidationError("a list is missing")
        return make(item.load(each) for each in plain)

    return Shape(lambda items: [item.dump(each) for each in items], load)


def _tuple_shape(items: list[Shape]) -> Shape:
    def load(plain: Any) -> tuple[Any, ...]:  # noqa: ANN401 - see above
        if not isinstance(plain, list) or len(plain) != len(items):
            raise msgspec.ValidationError(f"a list of {len(items)} is missing")
        return tuple(shape.load(each) for shape, each in zip(items, plain, strict=True))

    return Shape(lambda value: [shape.dump(each) for shape, each in zip(items, value, strict=True)], load)


def digest_of(annotation: Any) -> str:  # noqa: ANN401 - see above
    """Digest of a type's whole structure: equal exactly where what was written can be read back unchanged."""
    return hashlib.sha256(_described(annotation, {}).encode()).hexdigest()[:16]


def _described(annotation: Any, told: dict[type, str]) -> str:  # noqa: ANN401 - see above
    """The structure in words; ``told`` are the records that were met before, of which most are met often."""
    annotation = _plain(annotation)
    if not _is_record(annotation):
        return _describe(annotation, told)
    if annotation not in told:
        told[annotation] = _describe(annotation, told)
    return told[annotation]


def _describe(annotation: Any, told: dict[type, str]) -> str:  # noqa: ANN401 - see above
    if _is_family(annotation):
        # Members of other packages (plug-ins) are left out: that one is installed besides does not change what is kept.
        package = annotation.__module__.partition(".")[0]
        family = _family(annotation)
        members = {name: each for name, each in family.items() if each.__module__.partition(".")[0] == package}
        return f"{annotation.__name__}[{', '.join(_described(members[name], told) for name in sorted(members))}]"
    if _is_record(annotation):
        inner = ", ".join(f"{name}: {_described(each, told)}" for name, each in fields_of(annotation).items())
        return f"{annotation.__name__}({inner})"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return f"{annotation.__name__}<{', '.join(repr(member.value) for member in annotation)}>"
    origin = typing.get_origin(annotation)
    if origin is None:
        return repr(annotation)
    return f"{origin!r}[{', '.join(_described(each, told) for each in typing.get_args(annotation))}]"
