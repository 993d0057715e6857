"""Folds the journal's events into spans: the contact, its flow's steps, waits, offers, talks, wrap-ups, look-ups."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from cti_server.telemetry.traces.identity import ROOT, in_share, span_id, trace_id
from cti_server.vocabulary import events
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.values import OfferOutcome
from program.trace_context import TraceContext

MOST_CONTACTS: Final = 20_000
"""So many contacts are followed at once; later ones have no trace, which is counted."""
MOST_SPANS: Final = 1_000
"""So many spans a contact has at the most: a flow may turn for hours."""

MOST_LINKS: Final = 8
"""So many spans of others a contact is linked to at the most, the first ones."""

Attributes = dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A finished span; times are Unix seconds, identifiers as in W3C Trace Context; ``failed`` says why."""

    trace: int
    span: int
    parent: int | None
    name: str
    started: float
    ended: float
    attributes: Attributes = field(default_factory=dict)
    failed: str = ""
    outward: bool = False
    """Whether it is a request of ours to somebody outside."""
    links: tuple[TraceContext, ...] = ()
    """Spans of other traces that it belongs with."""


Ends = tuple[tuple[str, object, str], ...]
"""What an event ends: the kind of span, what finds it (None: all of the kind), and what failed."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """What an event begins; ``kind`` and ``key`` find it again when it ends."""

    kind: str
    key: object
    name: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class _Open:
    """A span that is under way; ``place`` tells it from the trace's others."""

    what: _Begun
    place: str
    started: float


@dataclass(slots=True)
class _Contact:
    """A contact that is followed."""

    trace: int
    started: float
    attributes: Attributes
    failed: str = ""
    count: int = 0
    under_way: list[_Open] = field(default_factory=list)
    links: list[TraceContext] = field(default_factory=list)


class SpanFold:
    """Takes every event once, in order; gives the spans that it finishes.

    Args:
        site: name of the server or site; part of every trace's identity.
        share: of how many contacts there is a trace (0 to 1), by the trace's own identity: the same ones everywhere.
    """

    def __init__(self, site: str, share: float = 1.0) -> None:
        self._site = site
        self._share = share
        self._contacts: dict[ContactId, _Contact] = {}
        self.passed_over = 0
        """Contacts and spans beyond the limits."""

    def begin(self, contact: ContactId, started: float) -> None:
        """Follow a contact that was open before this server was started; what it did until now has no spans."""
        self._open_contact(contact, started, {"callwright.resumed": True})

    def take(self, rows: Iterable[Recorded]) -> list[Span]:
        """The spans that the rows finish."""
        finished: list[Span] = []
        for row in rows:
            contact = getattr(row.event, "contact", None)
            if contact is not None:
                self._take(row, ContactId(contact), finished)
        return finished

    def request(self, contact: ContactId, name: str, started: float, ended: float, failed: str = "") -> Span | None:
        """A request to the outside that was made for a contact, such as a CSTA one; None where it has no trace."""
        one = self._contacts.get(contact)
        if one is None or not self._room(one):
            return None
        place = f"{name}/{started:.6f}"
        return Span(
            trace=one.trace,
            span=span_id(one.trace, place),
            parent=self._parent_now(one),
            name=name,
            started=started,
            ended=ended,
            failed=failed,
            outward=True,
        )

    # --- one row ----------------------------------------------------------------------------------------------------

    def _take(self, row: Recorded, contact: ContactId, finished: list[Span]) -> None:
        event = row.event
        if isinstance(event, events.ContactOpened):
            self._open_contact(contact, row.at, _opened(event))
            return
        one = self._contacts.get(contact)
        if one is None:
            return
        for kind, key, failed in _closes(event):
            finished += self._close(one, kind, key, row.at, failed)
        begun = _opens(event)
        if begun is not None and self._room(one):
            one.under_way.append(_Open(begun, str(row.seq), row.at))
        _note(one, event)
        if isinstance(event, events.ContactClosed):
            finished += self._close_contact(contact, row.at)

    def _open_contact(self, contact: ContactId, started: float, attributes: Attributes) -> None:
        trace = trace_id(self._site, contact)
        if not in_share(trace, self._share):
            return
        if len(self._contacts) >= MOST_CONTACTS:
            self.passed_over += 1
            return
        self._contacts[contact] = _Contact(trace, started, {"callwright.contact": contact, **attributes})

    def _close_contact(self, contact: ContactId, at: float) -> list[Span]:
        one = self._contacts.pop(contact)
        left = [self._span(one, each, at, "") for each in one.under_way]
        root = Span(
            trace=one.trace,
            span=span_id(one.trace, ROOT),
            parent=None,
            name=ROOT,
            started=one.started,
            ended=at,
            attributes=one.attributes,
            failed=one.failed,
            links=tuple(one.links),
        )
        return [*left, root]

    def _close(self, one: _Contact, kind: str, key: object, at: float, failed: str) -> list[Span]:
        closing = [each for each in one.under_way if each.what.kind == kind and key in (None, each.what.key)]
        one.under_way = [each for each in one.under_way if each not in closing]
        return [self._span(one, each, at, failed) for each in closing]

    def _span(self, one: _Contact, each: _Open, at: float, failed: str) -> Span:
        return Span(
            trace=one.trace,
            span=span_id(one.trace, each.place),
            parent=span_id(one.trace, ROOT),
            name=each.what.name,
            started=each.started,
            ended=at,
            attributes=each.what.attributes,
            failed=failed,
            outward=each.what.kind == "look-up",
        )

    def _parent_now(self, one: _Contact) -> int:
        """The span in which the contact is: what began last."""
        return span_id(one.trace, one.under_way[-1].place if one.under_way else ROOT)

    def _room(self, one: _Contact) -> bool:
        one.count += 1
        if one.count >= MOST_SPANS:
            self.passed_over += 1
            return False
        return True


def _opened(event: events.ContactOpened) -> Attributes:
    facts: Attributes = {"callwright.channel": str(event.channel), "callwright.pilot": str(event.pilot)}
    if event.call is not None:
        facts |= {"callwright.link": str(event.call.link), "callwright.call": str(event.call.call)}
    return facts


def _step(event: events.StepEntered) -> _Begun:
    facts: Attributes = {"callwright.flow": str(event.flow), "callwright.step": str(event.step)}
    if event.request is not None:
        return _Begun("look-up", event.request, f"look-up {event.step}", facts)
    return _Begun("step", None, f"step {event.step}", facts)


def _wait(event: events.ContactQueued) -> _Begun:
    facts: Attributes = {"callwright.queue": str(event.queue), "callwright.priority": event.priority}
    return _Begun("queue", None, f"queue {event.queue}", facts)


def _offer(event: events.OfferMade) -> _Begun:
    facts: Attributes = {"callwright.offer": int(event.offer), "callwright.agent": str(event.agent)}
    if event.decision is not None:
        facts |= {"callwright.rule": event.decision.rule, "callwright.candidates": event.decision.candidates}
    return _Begun("offer", event.offer, "offer", facts)


def _talk(event: events.ContactAnswered | events.ContactPickedUp) -> _Begun:
    return _Begun("talk", None, "talk", {"callwright.agent": str(event.agent or "")})


def _hold(event: events.ContactHeld) -> _Begun:
    return _Begun("hold", None, "hold", {"callwright.agent": str(event.agent)})


def _wrap_up(event: events.WrapUpStarted) -> _Begun:
    return _Begun("wrap-up", event.agent, "wrap-up", {"callwright.agent": str(event.agent)})


# The class of the event decides the functions' argument, which the type of a table cannot say.
_OPENS: Final[Mapping[type[Event], Callable[[Any], _Begun]]] = MappingProxyType(
    {
        events.StepEntered: _step,
        events.ContactQueued: _wait,
        events.OfferMade: _offer,
        events.ContactAnswered: _talk,
        events.ContactPickedUp: _talk,
        events.ContactHeld: _hold,
        events.WrapUpStarted: _wrap_up,
    }
)


def _opens(event: Event) -> _Begun | None:
    """The span that an event begins."""
    begins = _OPENS.get(type(event))
    return None if begins is None else begins(event)


def _all(*kinds: str) -> Callable[[Event], Ends]:
    """Ends all spans of these kinds."""
    ends = tuple((kind, None, "") for kind in kinds)
    return lambda _event: ends


def _offer_ended(event: events.OfferEnded) -> Ends:
    return (("offer", event.offer, "" if event.outcome is OfferOutcome.ANSWERED else str(event.outcome)),)


_CLOSES: Final[Mapping[type[Event], Callable[[Any], Ends]]] = MappingProxyType(
    {
        **dict.fromkeys((events.StepEntered, events.StepPassed), _all("step")),
        **dict.fromkeys((events.FlowCalled, events.FlowReturned), _all("step")),
        events.TreatmentFailed: lambda event: (("step", None, event.reason),),
        events.RequestEnded: lambda event: (("look-up", event.request, ""),),
        events.ContactQueued: _all("step", "queue", "talk"),
        events.QueueLeft: _all("step", "queue"),
        events.OfferEnded: _offer_ended,
        events.ContactAnswered: _all("step", "queue", "talk"),
        events.ContactPickedUp: _all("step", "queue", "talk"),
        events.ContactRetrieved: _all("hold"),
        events.ContactTransferred: _all("hold", "talk"),
        events.ContactReleased: _all("step", "look-up", "queue", "hold", "talk"),
        events.WrapUpEnded: lambda event: (("wrap-up", event.agent, ""),),
    }
)


def _closes(event: Event) -> Ends:
    """The spans that an event ends."""
    ends = _CLOSES.get(type(event))
    return () if ends is None else ends(event)


def _note(one: _Contact, event: Event) -> None:
    """What the whole contact's span says of it."""
    match event:
        case events.ContactReleased(disposition=disposition, released_by=by):
            one.attributes |= {"callwright.disposition": str(disposition), "callwright.released_by": str(by)}
        case events.ContactQueued(queue=queue):
            one.attributes["callwright.queue"] = str(queue)
        case events.ContactAnswered(agent=agent):
            one.attributes["callwright.agent"] = str(agent)
        case events.MediaJoined(session=session, traceparent=traceparent):
            one.attributes["callwright.session"] = f"{session.service}/{session.session}"
            _link(one, TraceContext.parse(traceparent))
        case _:
            pass


def _link(one: _Contact, caller: TraceContext | None) -> None:
    """Link the contact to the caller's span, once; a trace of our own that came back by a detour is none of another."""
    if caller is None or caller.trace == one.trace or len(one.links) >= MOST_LINKS:
        return
    if all((caller.trace, caller.span) != (link.trace, link.span) for link in one.links):
        one.links.append(caller)
