"""What the voice channel looks at when it judges an event or a move: our devices, the mirror, the engine's state."""

from collections.abc import Callable
from dataclasses import dataclass

from csta.calls import Call, CallMirror
from csta.identifiers import DeviceID, Party
from csta.states import ConnectionState
from cti_server.contacts.contact import Contact
from cti_server.engine.state import State
from cti_server.vocabulary.faults import RoutingError
from cti_server.vocabulary.ids import CallId, DeviceNumber, LinkName, PartyId
from cti_server.vocabulary.values import CallRef, Channel, ContactStage

_GONE = (ConnectionState.NULL, ConnectionState.FAIL)


@dataclass(frozen=True, slots=True)
class Devices:
    """The monitored devices of a link by their part in the site; numbers as the dialect normalises them."""

    pilots: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One link as it stands; the state is to be read only."""

    link: LinkName
    devices: Devices
    mirror: CallMirror
    state: State
    identify: Callable[[str], PartyId]

    def ref(self, call_id: str) -> CallRef:
        """The call's name in the vocabulary."""
        return CallRef(self.link, CallId(call_id))

    def contact_of(self, call_id: str) -> Contact | None:
        """The open contact whose call this is."""
        return self.state.contact_of(self.ref(call_id))

    def call(self, call_id: str) -> Call | None:
        """The call as mirrored."""
        return self.mirror.calls.get(call_id)

    def caller(self, call_id: str) -> str | None:
        """The calling device's number, where the PBX tells it."""
        call = self.call(call_id)
        return None if call is None else number_of(call.calling)

    def connection_state(self, call_id: str, device: str) -> ConnectionState:
        """The device's part in the call; null where it has none."""
        call = self.call(call_id)
        connection = None if call is None else call.connections.get(device)
        return ConnectionState.NULL if connection is None else connection.state

    def agent_device(self, contact: Contact) -> DeviceNumber | None:
        """Where the contact's agent talks."""
        agent = None if contact.agent is None else self.state.agents.get(contact.agent)
        return None if agent is None else agent.device

    def talk_at(self, device: str) -> Contact | None:
        """The contact that the agent at the device talks with, on this link."""
        agent = self.state.agent_at(DeviceNumber(device))
        contact = None if agent is None or agent.contact is None else self.state.contacts.get(agent.contact)
        if agent is None or contact is None or contact.stage is not ContactStage.TALKING or contact.agent != agent.id:
            return None
        return contact if contact.call is not None and contact.call.link == self.link else None

    def foreign_call_at(self, device: str) -> bool:
        """Whether the device has a call that is no contact's, nor one in which its agent asks about their contact.

        So is the call of a colleague's contact in which it takes part while the colleague does, and a call into the
        centre that the device itself made: its agent is the customer there.
        """
        talk = self.talk_at(device)
        consultation = None if talk is None else talk.talk.consultation
        return any(
            self.connection_state(call.call_id, device) not in _GONE
            and self.ref(call.call_id) != consultation
            and self._is_foreign(call, device)
            for call in self.mirror.calls_at(device)
        )

    def _is_foreign(self, call: Call, device: str) -> bool:
        contact = self.contact_of(call.call_id)
        if contact is None:
            return True
        own = self.agent_device(contact)
        if own == device:
            return False
        theirs = own if contact.stage is ContactStage.TALKING else None
        if theirs is not None and self.connection_state(call.call_id, theirs) not in _GONE:
            return True  # in a conference with them, or listening: the contact is theirs while they are in it
        return number_of(call.calling) == device and contact.channel is Channel.VOICE


def number_of(party: Party | None) -> str | None:
    """The party's number, or None where the PBX keeps it back or does not know it."""
    return party.number if isinstance(party, DeviceID) and party.number else None


def alive(call: Call | None) -> bool:
    """Whether any device still takes part in the call, or it is on its way to one."""
    if call is None:
        return False
    return bool(call.expected) or any(one.state is not ConnectionState.NULL for one in call.connections.values())


def call_of(contact: Contact) -> CallRef:
    """The call of a contact that is moved, which it has.

    Raises:
        RoutingError: the contact has none, as a callback that nobody dialled has none.
    """
    if contact.call is None:
        raise RoutingError(f"contact {contact.id} has no call")
    return contact.call
