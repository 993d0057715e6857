"""Fold what operators did and set by hand."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.fold.cursor import suspend
from cti_server.engine.state import Door, State
from cti_server.vocabulary import events
from cti_server.vocabulary.values import DoorState


def noted(_state: State, _recorded: events.Recorded, _event: events.OperationNoted) -> None:
    """Who did what is history alone."""


def dismissed(state: State, recorded: events.Recorded, event: events.ContactDismissed) -> None:
    """The flow stands still, and the release of the call is all that is waited for."""
    contact = state.contacts[event.contact]
    contact.last_seq = recorded.seq
    contact.media_requested = False
    suspend(contact.cursor)
    contact.leaving = True


def queue_set(state: State, _recorded: events.Recorded, event: events.QueueSet) -> None:
    """What was set by hand goes before the queue's calendar."""
    if event.state is DoorState.AUTOMATIC:
        state.queue_doors.pop(event.queue, None)
    else:
        state.queue_doors[event.queue] = Door(open=event.state is DoorState.OPEN, until=event.until)


def link_drained(state: State, recorded: events.Recorded, event: events.LinkDrained) -> None:
    """Since when the link takes no new calls."""
    if event.draining:
        state.draining[event.link] = recorded.at
    else:
        state.draining.pop(event.link, None)


FOLDS: Final[Mapping[type[events.Event], Callable[[State, events.Recorded, Any], None]]] = MappingProxyType(
    {
        events.OperationNoted: noted,
        events.ContactDismissed: dismissed,
        events.QueueSet: queue_set,
        events.LinkDrained: link_drained,
    }
)
