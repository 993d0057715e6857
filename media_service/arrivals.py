"""From an INVITE to what a session is told of its call."""

from media_service.ivr.arrival import Arrival
from program.trace_context import TraceContext
from sip.errors import SipSyntaxError
from sip.events import InviteReceived
from sip.headers import NameAddr
from sip.trunks.identity import asserted_identities, diversions, history, user_to_user

LONGEST: int = 256
"""Characters of one fact that are passed on."""


def arrival_of(event: InviteReceived, session: str, port: str, now: float) -> Arrival:
    """Read who calls, and which way the call came; what cannot be read says nothing."""
    request = event.request
    return Arrival(
        session=session,
        port=port,
        caller=request.from_.uri.user[:LONGEST],
        called=request.to.uri.user[:LONGEST],
        sip_call_id=request.call_id,
        at=now,
        dialled=request.target.user[:LONGEST],
        display=request.from_.display[:LONGEST],
        asserted=tuple(_named(each) for each in asserted_identities(request)),
        diverted_by=tuple(_named(each.address) for each in diversions(request)),
        history=tuple(_named(each.address) for each in history(request)),
        user_to_user=tuple(each.data.hex() for each in user_to_user(request)),
        traceparent=str(TraceContext.of_fields(request.headers.all("traceparent")) or ""),
    )


def _named(address: NameAddr) -> str:
    """The user part where there is one, else the whole address."""
    try:
        uri = address.uri
    except SipSyntaxError:
        return address.address[:LONGEST]
    return (uri.user or str(uri))[:LONGEST]
