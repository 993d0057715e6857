"""Cursors as the fold moves them: to a flow's start, suspended, and back to the step that a contact came from."""

from dataclasses import replace

from cti_server.contacts.contact import Contact, Cursor
from cti_server.engine.state import State
from cti_server.flows.walk import first_step
from cti_server.vocabulary.ids import FlowName


def start_flow(state: State, name: FlowName, version: str) -> Cursor:
    """A cursor before the first step of a flow."""
    flow = state.flow(name, version)
    first = first_step(flow) if flow is not None else None
    return Cursor(flow=name, flow_version=version, step=first.id if first is not None else None)


def suspend(cursor: Cursor) -> None:
    """The step that was under way is to be entered again; what was asked for it does not count any more."""
    cursor.entered = cursor.stalled = False
    cursor.verb = cursor.deadline = cursor.position = cursor.ended = None
    cursor.action = cursor.request = cursor.outside = cursor.asked = None
    cursor.memory = {}


def suspend_hearing(cursor: Cursor) -> None:
    """What the caller heard was cut short: suspend the step unless it only waits for an answer or a time.

    An answer of the outside is awaited all the same while an agent rings, so that nothing is asked or sent twice.
    """
    if cursor.request is None and cursor.asked is None:
        suspend(cursor)


def back_to_queue_step(contact: Contact) -> None:
    """The queue did not keep the contact: its flow goes on behind the step that had put it there."""
    if contact.came_from is not None:
        contact.cursor = replace(contact.came_from)
        suspend(contact.cursor)
