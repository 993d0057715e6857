"""How classes of messages and structures are declared, each field with the element that carries it.

```python
@message(operation=10)
class MakeCall(Request):
    calling_device: DeviceID = element(Device())
    correlator_data: bytes | None = element(UserOctets(32), tag=2, default=None)
```
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, replace
from inspect import get_annotations
from types import MappingProxyType
from typing import Any, Final, TypeVar, dataclass_transform

from csta.schema.kinds import Branches, Choice, Element, Kind, Need, Structure, Wire
from csta.schema.records import record

_METADATA: Final = "element"
_C = TypeVar("_C")


@dataclass(frozen=True, slots=True)
class Shape:
    """How one class of messages looks on the wire.

    ``operation`` is the ROSE operation of a request and its response, ``event`` the outer and inner tag of an event
    (ECMA-285). ``elements`` are in the order of XML, which is the order of BER too unless ``ber_order`` names the
    fields in another. ``no_data``: the body is a CHOICE of extensions and NULL. ``bare``: the body is the one element
    itself. ``extensions_tag`` is the context tag of the extensions where it is not APPLICATION 30. ``namespace`` is
    that of the XML root where it is not CSTA's (ECMA-354 sessions).
    """

    type: type[Any]
    root: str
    elements: tuple[Element, ...]
    operation: int | None = None
    event: tuple[int, int] | None = None
    ber_order: tuple[str, ...] | None = None
    no_data: bool = False
    bare: bool = False
    extensions_tag: int | None = None
    namespace: str | None = None
    by_name: Mapping[str, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({element.name: element for element in self.elements}))


@dataclass(frozen=True, slots=True)
class _Declared:
    kind: Kind
    name: str | None
    need: Need | None
    tag: int | None
    explicit: bool
    wire: Wire
    within: str | None


def element(
    kind: Kind,
    *,
    default: Any = MISSING,  # noqa: ANN401 - of the field's type
    tag: int | None = None,
    explicit: bool = False,
    name: str | None = None,
    need: Need | None = None,
    wire: Wire = Wire.BOTH,
    within: str | None = None,
    secret: bool = False,
) -> Any:  # noqa: ANN401 - a dataclass field, as dataclasses.field
    """Declare a field's element; see `csta.schema.kinds.Element` for the terms.

    ``name`` is needed only where it is not the field's name in camel case (``call_id`` gives ``callID``). A field
    without a default is needed always, one with a default never, unless ``need`` says otherwise. Neighbours that say
    ``within`` the same element are its `Branches`. A ``secret`` is not shown in logs.
    """
    declared = _Declared(kind, name, need, tag, explicit, wire, within)
    if default is MISSING:
        return field(repr=not secret, metadata={_METADATA: declared})
    return field(default=default, repr=not secret, metadata={_METADATA: declared})


def camel_case(name: str) -> str:
    """The name of the element for a field: ``monitor_cross_ref_id`` gives ``monitorCrossRefID``."""
    first, *rest = name.split("_")
    return first + "".join("ID" if word == "id" else word.capitalize() for word in rest)


def _elements_of(cls: type[Any]) -> tuple[Element, ...]:
    """Elements in the order of their declaration; what a class declares anew moves to its own place."""
    order: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        for name in get_annotations(base):
            order.pop(name, None)
            order[name] = None
    known = cls.__dataclass_fields__
    found: list[Element] = []
    for name in order:
        declared = known[name].metadata.get(_METADATA) if name in known else None
        if declared is None:
            continue
        need = declared.need
        if need is None:
            need = Need.ALWAYS if known[name].default is MISSING else Need.NEVER
        own = Element(
            declared.name or camel_case(name), name, declared.kind, need, declared.tag, declared.explicit, declared.wire
        )
        if declared.within is None:
            found.append(own)
        elif found and found[-1].name == declared.within and isinstance(found[-1].kind, Branches):
            found[-1] = replace(found[-1], kind=Branches((*found[-1].kind.elements, own)))
        else:
            found.append(Element(declared.within, "", Branches((own,)), Need.ALWAYS))
    return tuple(found)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(element, field))
def message(
    *,
    root: str | None = None,
    operation: int | None = None,
    event: tuple[int, int] | None = None,
    ber_order: tuple[str, ...] | None = None,
    no_data: bool = False,
    bare: bool = False,
    extensions_tag: int | None = None,
    namespace: str | None = None,
) -> Callable[[type[_C]], type[_C]]:
    """Make a class a message: a frozen dataclass with a `Shape`, which `shape_of` returns.

    ``root`` is the XML root, the class's name unless given; an event's has ``Event`` after it.
    """

    def declare(cls: type[_C]) -> type[_C]:
        made = structure(cls)
        name = root or (f"{cls.__name__}Event" if event is not None else cls.__name__)
        _SHAPES[made] = Shape(
            made,
            name,
            _elements_of(made),
            operation,
            event,
            ber_order,
            no_data,
            bare,
            extensions_tag,
            namespace,
        )
        return made

    return declare


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(element, field))
def structure(cls: type[_C]) -> type[_C]:
    """Make a class a frozen dataclass: a structure, for `Structure` and `Choice`, or a root that messages share."""
    return record(cls)


def structured(cls: type[Any], ber_order: tuple[str, ...] | None = None) -> Structure:
    """The kind of a class that `structure` made."""
    return Structure(cls, _elements_of(cls), ber_order)


def chosen(cls: type[Any]) -> Choice:
    """The kind of a class that `structure` made, whose values have exactly one field set."""
    return Choice(cls, _elements_of(cls))


_SHAPES: Final[dict[type[Any], Shape]] = {}


def declared_shapes() -> tuple[Shape, ...]:
    """All shapes of the messages that were imported."""
    return tuple(_SHAPES.values())


def shape_of(cls: type[Any]) -> Shape | None:
    """The shape of a class of messages, or None where it has none."""
    return _SHAPES.get(cls)
