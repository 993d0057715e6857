"""A contact that rings at several agents at once, and how such a one is found again in a survey."""

from dataclasses import dataclass, field

from csta.calls import Call
from csta.states import ConnectionState
from cti_server.channels.voice.view import View, alive, call_of, number_of
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer
from cti_server.vocabulary.effects import MoveToAgent
from cti_server.vocabulary.ids import ContactId, DeviceNumber, LinkName, OfferId
from cti_server.vocabulary.values import ContactStage
from program.clock import Timer


@dataclass(slots=True, eq=False)
class Leg:
    """A port's call to one agent; ``call`` is empty until the PBX has made it.

    ``made`` says that the mirror has shown the call, ``seen`` that it has shown the agent in it.
    """

    wish: MoveToAgent
    port: DeviceNumber
    call: str = ""
    made: bool = False
    seen: bool = False

    @property
    def device(self) -> DeviceNumber:
        """The agent's phone."""
        return self.wish.device


@dataclass(slots=True, eq=False)
class Ring:
    """All that rings for one contact: ``call`` is the caller's at ``port``; ``waiting`` are offers without a port."""

    contact: ContactId
    link: LinkName
    port: DeviceNumber
    call: str
    legs: dict[OfferId, Leg] = field(default_factory=dict)
    waiting: dict[OfferId, tuple[MoveToAgent, Timer]] = field(default_factory=dict)
    winner: Leg | None = None

    def stop_waiting(self, offer: OfferId) -> None:
        """The offer needs no port any more."""
        _, timer = self.waiting.pop(offer, (None, None))
        if timer is not None and timer.active():
            timer.cancel()


def found_again(contact: Contact, view: View) -> Ring | None:
    """What rings for a contact by the mirror alone; None where it is none that rings at several, or nothing rings."""
    if contact.call is None or contact.call.link != view.link or contact.stage is not ContactStage.OFFERED:
        return None
    if contact.port is None or view.connection_state(contact.call.call, contact.port) is ConnectionState.NULL:
        return None
    ring = Ring(contact.id, view.link, contact.port, contact.call.call)
    for number in contact.offers:
        offer = view.state.offers[number]
        for call in view.mirror.calls_at(offer.device) if offer.shared else ():
            port = _calling_port(call, view)
            if port is not None and port != contact.port:
                ring.legs[number] = Leg(wish_of(contact, offer), port, call.call_id, made=True, seen=True)
    return ring if ring.legs else None


def left_behind(view: View) -> dict[str, str]:
    """Calls of ports to agents' phones, with their ports: nobody knows after a start what those were for."""
    found = {}
    for call in view.mirror.calls.values():
        port = _calling_port(call, view)
        with_contact = port is not None and any(view.contact_of(one.call_id) for one in view.mirror.calls_at(port))
        if port is not None and not with_contact and view.devices.phones & set(call.connections):
            found[call.call_id] = str(port)
    return found


def _calling_port(call: Call, view: View) -> DeviceNumber | None:
    """The port that made a call which is no contact's."""
    number = number_of(call.calling)
    ours = number is not None and number in view.devices.ports and number in call.connections
    return DeviceNumber(number) if ours and number and alive(call) and not view.contact_of(call.call_id) else None


def wish_of(contact: Contact, offer: Offer) -> MoveToAgent:
    """The wish that an open offer stands for."""
    return MoveToAgent(cause=offer.seq, contact=contact.id, call=call_of(contact), offer=offer.id, device=offer.device)
