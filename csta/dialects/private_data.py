"""Vendors' private data: the ``scx`` elements of OpenScape Voice, and what HiPath expects beside its requests."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeVar

from csta.messages.base import Extensions, ForeignElement, Message

SCX: Final = "http://www.siemens.com/schema/csta"
"""The namespace of OpenScape Voice's private data."""

_PERMITTED: Final = f"{{{SCX}}}extendedServicesPermitted"
_NO_REOFFER: Final = ForeignElement(f"{{{SCX}}}noreoffer", text="true")
_TRUE: Final = frozenset({"true", "1"})
_M = TypeVar("_M", bound=Message)


def scx_elements(message: Message) -> Iterator[ForeignElement]:
    """The ``scx`` elements of a message's private data, in their order."""
    if message.extensions is None:
        return
    for item in message.extensions.private_data:
        if isinstance(item, ForeignElement) and item.name.startswith(f"{{{SCX}}}"):
            yield item


def extended_services_permitted(message: Message) -> frozenset[str]:
    """The vendor's services that are possible now at the event's device, beside those of ``servicesPermitted``.

    They are the names of the elements in ``scx:extendedServicesPermitted`` that say true.
    """
    return frozenset(
        child.local_name
        for element in scx_elements(message)
        if element.name == _PERMITTED
        for child in element.children
        if child.text.strip() in _TRUE
    )


def with_no_reoffer(message: _M) -> _M:
    """The request with ``scx:noreoffer``: the switch shall not offer the call to another member of the hunt group.

    A request that has it already stays as it is, as does one whose private data is a string: that stands alone.
    """
    if any(element.name == _NO_REOFFER.name for element in scx_elements(message)):
        return message
    known = message.extensions or Extensions()
    if any(isinstance(item, bytes) for item in known.private_data):
        return message
    return replace(message, extensions=replace(known, private_data=(*known.private_data, _NO_REOFFER)))


def with_empty_private_data(message: _M) -> _M:
    """The message with extensions in any case: empty ones hold empty private data (``7E 02 A1 00`` in BER).

    Applications of HiPath 3000 send DeflectCall so; whether the switch insists on it is not known.
    """
    return message if message.extensions is not None else replace(message, extensions=Extensions())
