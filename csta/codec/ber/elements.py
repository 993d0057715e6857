"""Elements in order: the contents of a SEQUENCE, matched by tag and place, whatever else stands among them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass
from operator import attrgetter
from typing import Any, Final

from csta.codec.ber.forms import Form, Other, Read, Reading, Write, foreign, tagged, write_foreign
from csta.codec.ber.tlv import CONTEXT, BadValueError, header
from csta.errors import EncodeError
from csta.messages.base import ForeignElement, ForeignTag
from csta.schema import kinds as k

FormOf = Callable[[k.Kind], Form]


def element_form(element: k.Element, form_of: FormOf) -> Form:
    """The form of an element: that of its kind, below its tag where it has one."""
    form = form_of(element.kind)
    if element.tag is None:
        return form
    return tagged(form, CONTEXT, element.tag, explicit=element.explicit)


@dataclass(frozen=True, slots=True)
class _Place:
    """One element's place, and whether nothing goes without it."""

    position: int
    element: k.Element

    @property
    def always(self) -> bool:
        return self.element.need is k.Need.ALWAYS


_Entry = tuple[int, str, Read, _Place]
"""The position after an element, its field, its reader, its place."""


class Elements:
    """Reads and writes elements in order; they are fields of ``type_``.

    In reading, an element is taken at its place or at a later one; one that comes too late is taken and reported, one
    that nobody knows is kept as it is and reported.
    """

    def __init__(
        self,
        type_: type[Any],
        elements: Iterable[k.Element],
        form_of: FormOf,
        ber_order: tuple[str, ...] | None = None,
        tail: dict[int, tuple[str, Read]] | None = None,
    ) -> None:
        """Make them; ``tail`` is what may stand last beside the elements, by identifier: its field and its reader."""
        known = [element for element in _ordered(elements, ber_order) if element.wire is not k.Wire.XML]
        places = [
            (_Place(position, branch), element_form(branch, form_of))
            for position, element in enumerate(known)
            for branch in _branches(element)
        ]
        self._tables = tuple(_table(places, position) for position in range(len(known) + 1))
        for position, table in enumerate(self._tables):
            for identifier, (field, read) in (tail or {}).items():
                table.setdefault(identifier, (position, field, read, _Place(position, _tail_element(field))))
        self._required = tuple((place.element.field, place.element.name) for place, _ in places if place.always)
        self._others: tuple[tuple[int, str, Other], ...] = tuple(
            (place.position, place.element.field, form.other) for place, form in places if form.other is not None
        )
        self._steps = tuple(_step(type_, element, form_of) for element in known)

    def read(self, data: bytes, start: int, stop: int, reading: Reading) -> dict[str, Any]:
        """Return the fields found; ``extra`` where something was kept.

        Raises:
            BadValueError: It is no BER, or an element that must be there is absent or wrong.
        """
        values: dict[str, Any] = {}
        extra: list[ForeignTag] = []
        tables = self._tables
        position = 0
        at = start
        while at < stop:
            # The header of almost every element is one octet of tag and one of length.
            identifier = data[at]
            begin = at + 2
            if begin <= stop and identifier & 0x1F != 0x1F and data[at + 1] < 0x80:
                at = end = begin + data[at + 1]
                if end > stop:
                    raise BadValueError(f"has an element of {end - begin} octets where {stop - begin} are left")
            else:
                identifier, begin, end, at, _ = header(data, at, stop, reading.max_depth)
            entry = tables[position].get(identifier)
            if entry is None:
                kept = self._astray(data, (identifier, begin, end), position, values, reading)
                if kept is not None:
                    _keep(extra, kept)
                continue
            position, field, read, place = entry
            try:
                values[field] = read(data, begin, end, reading)
            except BadValueError as error:
                _keep_bad(place, error, reading)
                _keep(extra, foreign(data, identifier, begin, end))
        for field, name in self._required:
            if field not in values:
                raise BadValueError(f"lacks {name}")
        if extra:
            values["extra"] = tuple(extra)
        return values

    def may_begin_with(self, identifier: int) -> bool:
        """Whether some element may be the first that has this identifier."""
        return identifier in self._tables[0]

    def _astray(
        self,
        data: bytes,
        found: tuple[int, int, int],
        position: int,
        values: dict[str, Any],
        reading: Reading,
    ) -> ForeignTag | None:
        """Take what has no place from here on, anything at all or what comes too late; or return it, to be kept."""
        identifier, begin, end = found
        for place, field, other in self._others:
            if position <= place and field not in values:
                values[field] = other(data, identifier, begin, end)
                return None
        late = self._tables[0].get(identifier)
        if late is not None and late[1] not in values:
            reading.note(f"{late[3].element.name} in {reading.root} out of order")
            try:
                values[late[1]] = late[2](data, begin, end, reading)
            except BadValueError as error:
                _keep_bad(late[3], error, reading)
            else:
                return None
        else:
            reading.note(f"{'second' if late else 'unknown'} element {identifier:02X} in {reading.root}")
        return foreign(data, identifier, begin, end)

    def write(self, value: object) -> bytes:
        """Return the elements that have a value.

        Raises:
            EncodeError: A mandatory one has none, or one does not fit its kind.
        """
        return b"".join(self.pieces(value))

    def pieces(self, value: object) -> list[bytes]:
        """The same as a list that more can be added to."""
        out = []
        for get, required, write, name in self._steps:
            content = get(value)
            if content is None:
                if required:
                    raise EncodeError(f"{name} is mandatory")
            elif required or content.__class__ is not tuple or content:
                try:
                    out.append(write(content))
                except EncodeError as error:
                    raise EncodeError(f"{name}: {error}") from None
        return out


def write_extra(extra: tuple[ForeignElement | ForeignTag, ...]) -> list[bytes]:
    """The kept elements that came in BER."""
    return [write_foreign(element) for element in extra if isinstance(element, ForeignTag)]


_MAX_EXTRA: Final = 1000
"""No later edition of the standard adds so many elements to a message."""


def _keep(extra: list[ForeignTag], element: ForeignTag) -> None:
    if len(extra) >= _MAX_EXTRA:
        raise BadValueError(f"has more than {_MAX_EXTRA} elements without a place")
    extra.append(element)


def _keep_bad(place: _Place, error: BadValueError, reading: Reading) -> None:
    if place.always:
        raise BadValueError(f"{place.element.name} {error}") from None
    reading.note(f"{place.element.name} in {reading.root} {error}")


def _ordered(elements: Iterable[k.Element], ber_order: tuple[str, ...] | None) -> list[k.Element]:
    """Elements in BER's order; those that it does not name keep their place at the end."""
    listed = list(elements)
    if ber_order is None:
        return listed
    rank = {field: place for place, field in enumerate(ber_order)}
    return sorted(listed, key=lambda element: min(rank.get(e.field, len(rank)) for e in _branches(element)))


def _tail_element(field: str) -> k.Element:
    return k.Element(field, field, k.Nothing())


def _branches(element: k.Element) -> Iterator[k.Element]:
    if isinstance(element.kind, k.Branches):
        yield from (branch for branch in element.kind.elements if branch.wire is not k.Wire.XML)
    else:
        yield element


def _table(places: list[tuple[_Place, Form]], position: int) -> dict[int, _Entry]:
    """Which element a tag means from a position on: the nearest one.

    A tag of CSTA I and II counts for less than one of an element that may follow, unless its own element must be there.
    """
    table: dict[int, _Entry] = {}
    doubtful: dict[int, _Entry] = {}
    for place, form in places:
        if place.position < position:
            continue
        after, field = place.position + 1, place.element.field
        for identifier, read in form.readers.items():
            table.setdefault(identifier, (after, field, read, place))
        rest = doubtful if place.element.need is k.Need.NEVER else table
        for identifier, read in form.older.items():
            rest.setdefault(identifier, (after, field, read, place))
    return doubtful | table


_Step = tuple[Callable[[Any], Any], bool, Write, str]
"""How to get an element's value, whether it must have one, how to write it, its name."""


def _step(type_: type[Any], element: k.Element, form_of: FormOf) -> _Step:
    if not isinstance(element.kind, k.Branches):
        required = element.need is not k.Need.NEVER
        return attrgetter(element.field), required, element_form(element, form_of).write, element.name
    fields = type_.__dataclass_fields__
    branches = [(branch, element_form(branch, form_of).write) for branch in _branches(element)]

    def choose(value: Any) -> tuple[Write, Any]:  # noqa: ANN401 - an instance of the type
        for branch, write in branches:
            default = fields[branch.field].default
            content = getattr(value, branch.field)
            if content is not None and (default is MISSING or content != default):
                return write, content
        branch, write = branches[-1]
        content = getattr(value, branch.field)
        if content is None:
            raise EncodeError(f"{element.name} is mandatory")
        return write, content

    return choose, True, lambda chosen: chosen[0](chosen[1]), element.name
