"""Marks calls that are moved with their contact, so that whoever gets them can find it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from csta.messages import ConsultationCall, DeflectCall, SingleStepTransferCall
from csta.messages.base import Request
from csta.trace.rows import calls_and_devices
from cti_server.channels.requests import Mark
from cti_server.engine.state import State
from cti_server.vocabulary.ids import CallId, ContactId, LinkName
from cti_server.vocabulary.values import CallRef

LONGEST: Final = 32
"""Octets of correlator data (ECMA-269 12.2.8, the size in ECMA-285): a traceparent would not fit."""


def contact_of(state: State, link: str, request: Request) -> ContactId | None:
    """The contact whose call a request is about; None where it is about none."""
    for call in calls_and_devices(request)[0]:
        found = state.contact_of(CallRef(LinkName(link), CallId(call)))
        if found is not None:
            return found.id
    return None


def marker(state: Callable[[], State], links: frozenset[str]) -> Mark:
    """Gives moved calls of these links ``contact=NUMBER`` as correlator data, where they carry none yet."""

    def mark(link: str, request: Request) -> Request:
        if link not in links or not isinstance(request, DeflectCall | SingleStepTransferCall | ConsultationCall):
            return request
        if request.correlator_data is not None:
            return request
        contact = contact_of(state(), link, request)
        text = f"contact={contact}".encode()
        return request if contact is None or len(text) > LONGEST else replace(request, correlator_data=text)

    return mark
