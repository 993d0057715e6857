"""Console commands with which contacts of channels without calls are opened, taken, turned down and finished."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.command import Argument, ConsoleCommand, UsageError
from cti_server.console.limits import sees_contact
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import number_of, submit
from cti_server.console.tables import render, seconds
from cti_server.vocabulary.commands import FinishContact, OpenContact, ReportOfferAnswered, ReportOfferFailed
from cti_server.vocabulary.ids import ContactId, OfferId
from cti_server.vocabulary.values import SPOKEN, Channel, OfferOutcome, ReleasedBy

_SILENT = tuple(sorted(str(channel) for channel in Channel if channel not in SPOKEN))


def open_contact(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact open CHANNEL DESTINATION [FROM]``."""
    channel, destination, *sender = words
    if channel not in _SILENT:
        raise UsageError(f"channel is one of {', '.join(_SILENT)}, not {channel!r}")
    party = operations.identify(sender[0]) if sender else None
    command = OpenContact(channel=Channel(channel), destination=destination, party=party)
    return submit(operations, command, f"a contact of channel {channel} is there for {destination}")


def finish_contact(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact finish NUMBER``."""
    contact = ContactId(number_of("number", words[0]))
    return submit(operations, FinishContact(contact=contact, by=ReleasedBy.AGENT), f"contact {contact} is finished")


def accept(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``offer accept NUMBER``: what the agent of a contact without a call does."""
    offer = _shown(operations, words[0])
    return submit(operations, ReportOfferAnswered(offer=offer), f"offer {offer} is accepted")


def reject(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``offer reject NUMBER``."""
    offer = _shown(operations, words[0])
    command = ReportOfferFailed(offer=offer, outcome=OfferOutcome.REJECTED, reason="turned down at the console")
    return submit(operations, command, f"offer {offer} is rejected")


def show(operations: Operations, _words: Sequence[str]) -> str:
    """``show offers``: what rings or is shown, the oldest first."""
    state, now = operations.state, operations.now()
    rows = [
        (
            int(one.id),
            int(one.contact),
            str(state.contacts[one.contact].channel),
            one.agent,
            one.device,
            str(one.state),
            seconds(max(0.0, one.deadline - now)),
        )
        for one in sorted(state.offers.values(), key=lambda one: one.id)
        if sees_contact(operations, one.contact)
    ]
    return render(("offer", "contact", "channel", "agent", "device", "state", "left"), rows, "no offers")


def _shown(operations: Operations, word: str) -> OfferId:
    """The offer, unless a phone rings for it: that one is answered at the phone."""
    number = OfferId(number_of("number", word))
    offer = operations.state.offers.get(number)
    if offer is not None and operations.state.contacts[offer.contact].channel in SPOKEN:
        raise UsageError(f"offer {number} rings at {offer.device}: it is answered there")
    return number


def _offers(operations: Operations) -> list[str]:
    state = operations.state
    return [str(one.id) for one in state.offers.values() if state.contacts[one.contact].channel not in SPOKEN]


def _silent_contacts(operations: Operations) -> list[str]:
    return [str(one.id) for one in operations.state.contacts.values() if one.channel not in SPOKEN]


def _channels(_operations: Operations) -> list[str]:
    return list(_SILENT)


def _destinations(operations: Operations) -> list[str]:
    return list(operations.state.plan.destinations)


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("show", "offers"),
        help="what rings at agents, or is shown to them",
        run=show,
        detail="Example: show offers",
    ),
    ConsoleCommand(
        words=("offer", "accept"),
        help="take an offered contact that has no call, for its agent",
        run=accept,
        arguments=(Argument(name="number", choices=_offers),),
        right=Right.WORK,
        detail="Example: offer accept 12",
    ),
    ConsoleCommand(
        words=("offer", "reject"),
        help="turn an offered contact without a call down, for its agent",
        run=reject,
        arguments=(Argument(name="number", choices=_offers),),
        right=Right.WORK,
        detail="Example: offer reject 12",
    ),
    ConsoleCommand(
        words=("contact", "open"),
        help="let a contact come in on a channel without calls",
        run=open_contact,
        arguments=(
            Argument(name="channel", choices=_channels),
            Argument(name="destination", choices=_destinations),
            Argument(name="from", optional=True, masked=True),
        ),
        detail="destination is an address that the plan has a flow for; from is the customer's, as mailto:anna@x.net."
        "\nExample: contact open email info@example.net mailto:anna@example.org",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("contact", "finish"),
        help="a contact without a call is dealt with",
        run=finish_contact,
        arguments=(Argument(name="number", choices=_silent_contacts),),
        right=Right.WORK,
        detail="Example: contact finish 19",
    ),
)
