"""From the first event of a turn back to the commands that may have led to it: the journal keeps events alone.

Where one event can come of several commands, all are given; whoever decides anew takes the one whose whole turn fits.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.state import State
from cti_server.reports.replaying.further import further
from cti_server.reports.replaying.of_contacts import OF_CONTACTS
from cti_server.reports.replaying.of_site import OF_SITE
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.events import Event, Recorded


def wishes(state: State, rows: Sequence[Recorded]) -> Iterator[Command]:
    """The commands that may have begun the turn with which the rows begin, as the state was before; likeliest first.

    `WakeUp` is among them for every event: deadlines begin turns, too, and a turn of which the beginning is known
    already goes on as after one.
    """
    known = _KNOWN.get(type(rows[0].event))
    if known is not None:
        yield from known(state, rows[0], rows[0].event)
    yield commands.WakeUp(cause=rows[0].cause_seq)
    if type(rows[0].event) in _OPEN:
        yield from further(state, rows)


def outside(event: Event) -> bool:
    """Whether such an event tells a fact from outside, which no code decided and none can decide anew."""
    return type(event) in _OUTSIDE


def certain(event: Event) -> bool:
    """Whether a turn that begins with such an event can come of the commands given here alone.

    Of others it may have come in a way that the journal does not tell: that they come out otherwise proves nothing.
    """
    return type(event) in _CERTAIN


def decisive(event: Event) -> bool:
    """Whether such an event is a decision even where it is the first of its turn: the command says less than it."""
    return type(event) in {events.OfferMade, events.ContactTransferred}


_KNOWN: Final[Mapping[type[Event], Callable[[State, Recorded, Any], Iterator[Command]]]] = MappingProxyType(
    {**OF_CONTACTS, **OF_SITE}
)

_OPEN: Final[frozenset[type[Event]]] = frozenset(
    {
        events.CallReplaced,
        events.ConferenceChanged,
        events.ConsultationEnded,
        events.ContactAnswered,
        events.ContactOpened,
        events.ContactReleased,
        events.ContactTransferred,
        events.OfferEnded,
        events.QueueLeft,
        events.WrapUpEnded,
    }
)
"""What turns of several kinds begin with: which one it is shows by what follows."""

_CERTAIN: Final[frozenset[type[Event]]] = frozenset(
    {
        events.AgentBecameNotReady,
        events.AgentBecameReady,
        events.AgentGroupsChanged,
        events.AgentLoggedOn,
        events.AgentSkillsChanged,
        events.CalendarSet,
        events.CallbackDialled,
        events.CallsSurveyed,
        events.ConsultationStarted,
        events.ContactDismissed,
        events.ContactOpened,
        events.ContactTransferred,
        events.ForwardFailed,
        events.LinkCameUp,
        events.LinkWentDown,
        events.MediaJoined,
        events.MediaRefused,
        events.OfferAlerted,
        events.PhoneBecameBusy,
        events.PhoneBecameFree,
        events.PhoneCameIntoService,
        events.PlanLoaded,
        events.QueueSet,
        events.RequestEnded,
        events.RequirementChanged,
        events.SessionsSurveyed,
        events.VerbEnded,
    }
)

_OUTSIDE: Final[frozenset[type[Event]]] = frozenset({*_KNOWN, events.ContactTransferred}) - {
    events.OfferEnded,
    events.PriorityChanged,
    events.QueueLeft,
    events.RequirementChanged,
    events.TrialStopped,
    events.WrapUpEnded,
}
