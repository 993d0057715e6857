"""The change feed's kinds: which events integrators see, under which public names, with which fields.

What is not listed here is ours. No field holds an address, a caller's digits, contact data or free text of a customer;
``party`` is a number that says something only together with ``v1_parties``.
"""

from dataclasses import dataclass
from typing import Final

from cti_server.storage.contracted.shape import Kind


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a change's body: its public name, its kind, and the path to it in the event's body."""

    name: str
    kind: Kind
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change: its public name, the event's kind, when it happens, and its fields."""

    name: str
    event: str
    meaning: str
    fields: tuple[Field, ...] = ()


def _text(name: str, *path: str) -> Field:
    return Field(name, Kind.TEXT, path or (name,))


def _integer(name: str, *path: str) -> Field:
    return Field(name, Kind.INTEGER, path or (name,))


def _number(name: str, *path: str) -> Field:
    return Field(name, Kind.NUMBER, path or (name,))


def _boolean(name: str, *path: str) -> Field:
    return Field(name, Kind.BOOLEAN, path or (name,))


CHANGES: Final = (
    Change(
        "contact.opened",
        "ContactOpened",
        "a customer's request arrived",
        (
            _text("channel"),
            _text("link", "call", "link"),
            _text("call", "call", "call"),
            _text("pilot"),
            _integer("party"),
            _text("flow"),
            _text("flow_version"),
            _boolean("internal"),
        ),
    ),
    Change("contact.step", "StepEntered", "its flow stands at a step", (_text("flow"), _text("step"))),
    Change(
        "contact.queued",
        "ContactQueued",
        "it waits in a queue",
        (_text("queue"), _integer("priority"), _text("flow"), _text("flow_version")),
    ),
    Change("contact.queue_refused", "QueueRefused", "a queue did not take it", (_text("queue"), _text("outcome"))),
    Change("contact.queue_left", "QueueLeft", "it left a queue unserved", (_text("queue"), _text("outcome"))),
    Change("contact.priority", "PriorityChanged", "it has another priority", (_integer("priority"), _text("reason"))),
    Change("contact.relaxed", "RequirementRelaxed", "more agents fit, because it waited", (_integer("step"),)),
    Change(
        "contact.estimate",
        "EstimateTold",
        "the caller was told an estimated wait, in seconds",
        (_text("queue"), _number("low"), _number("likely"), _number("high")),
    ),
    Change(
        "offer.made",
        "OfferMade",
        "an agent is held for it",
        (_integer("offer"), _text("device"), _number("deadline"), _text("rule", "decision", "rule")),
    ),
    Change("offer.alerting", "OfferAlerted", "the agent's phone rings", (_integer("offer"),)),
    Change("offer.ended", "OfferEnded", "the offer is over", (_integer("offer"), _text("outcome"))),
    Change("contact.answered", "ContactAnswered", "the agent talks with the customer"),
    Change("contact.picked_up", "ContactPickedUp", "it was answered at another phone", (_text("device"),)),
    Change("contact.held", "ContactHeld", "the agent put the customer on hold"),
    Change("contact.retrieved", "ContactRetrieved", "the hold is over"),
    Change(
        "contact.transferred",
        "ContactTransferred",
        "the agent gave it on; `to` is the agent who got it, if an agent did",
        (_text("transfer"), _text("to")),
    ),
    Change(
        "contact.released",
        "ContactReleased",
        "the customer's call is over",
        (_text("disposition"), _text("released_by"), _boolean("short")),
    ),
    Change("wrap_up.started", "WrapUpStarted", "the agent works on it after the call", (_number("deadline"),)),
    Change("wrap_up.extended", "WrapUpExtended", "the agent has more time for that", (_number("deadline"),)),
    Change("wrap_up.ended", "WrapUpEnded", "the agent is done with it"),
    Change("contact.closed", "ContactClosed", "nothing more happens to it"),
    Change(
        "callback.scheduled",
        "CallbackScheduled",
        "a callback is to be made",
        (_text("queue"), _number("due"), _integer("attempt"), _boolean("automatic")),
    ),
    Change("callback.cancelled", "CallbackCancelled", "a callback will not be made"),
    Change("agent.logged_on", "AgentLoggedOn", "an agent works at a phone", (_text("device"), _text("origin"))),
    Change("agent.logged_off", "AgentLoggedOff", "an agent is gone", (_text("origin"),)),
    Change("agent.ready", "AgentBecameReady", "an agent wants contacts", (_text("origin"),)),
    Change("agent.not_ready", "AgentBecameNotReady", "an agent wants none", (_text("origin"), _text("reason"))),
    Change("link.up", "LinkCameUp", "a CSTA link works", (_text("link"),)),
    Change("link.down", "LinkWentDown", "a CSTA link works no more", (_text("link"), _text("reason"))),
    Change("plan.loaded", "PlanLoaded", "another plan is in force", (_text("version", "plan", "version"),)),
)
"""In the order in which the documents list them."""
