"""Calls as a switch reports them to an application that monitors pilots and agents: the mix of events of a busy site.

Every call waits at a pilot, goes on to an agent, is talked on, held and retrieved, and ends; every fourth is handed to
a second agent by consultation and transfer. So many calls go on at the same time, and each monitored device tells of
what happens at it in a cross-reference of its own, as real monitors do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from csta import ConnectionID, DeviceID, messages
from csta.causes import EventCause
from csta.dialects.private_data import SCX
from csta.messages import Event
from csta.states import ConnectionState

PILOTS: Final = 20
AT_ONCE: Final = 200
"""Calls that go on at the same time."""
TRANSFERRED_EVERY: Final = 4

_S = ConnectionState
_C = messages.CallControlService
_PERMITTED: Final = {
    _S.INITIATED: frozenset({_C.CLEAR_CONNECTION}),
    _S.ALERTING: frozenset({_C.ANSWER_CALL, _C.CLEAR_CONNECTION, _C.DEFLECT_CALL}),
    _S.QUEUED: frozenset({_C.CLEAR_CONNECTION, _C.DEFLECT_CALL}),
    _S.CONNECTED: frozenset({_C.CLEAR_CONNECTION, _C.CONSULTATION_CALL, _C.HOLD_CALL, _C.SINGLE_STEP_TRANSFER}),
    _S.HOLD: frozenset({_C.CLEAR_CONNECTION, _C.RETRIEVE_CALL}),
}
_VOICE: Final = messages.MediaCallCharacteristics(media_class=frozenset({messages.MediaClass.VOICE}))
_SCX: Final = messages.ForeignElement(f"{{{SCX}}}extendedServicesPermitted")
_MOMENT: Final = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

Decorate = Callable[[Event], Event]
"""What a make of switch adds to an event."""


def lean(event: Event) -> Event:
    """Nothing beyond what the event cannot do without, its local state and its cause."""
    return event


def voice_like(event: Event) -> Event:
    """Services, media and private data in XML, as captures of OpenScape Voice show them in every event."""
    return _with_extensions(_with_services(event), messages.Extensions(private_data=(_SCX,)))


def four_thousand_like(event: Event) -> Event:
    """Services, media, a time, and 32 octets of private data; what OpenScape 4000 really adds is not public."""
    security = messages.Security(timestamp=_MOMENT)
    return _with_extensions(_with_services(event), messages.Extensions(security=security, private_data=(bytes(32),)))


def business_like(event: Event) -> Event:
    """Services, media, and the time that HiPath 3000 puts into every event."""
    return _with_extensions(_with_services(event), messages.Extensions(security=messages.Security(timestamp=_MOMENT)))


def _with_services(event: Event) -> Event:
    changes: dict[str, Any] = {}
    state = getattr(event, "local_connection_info", None)
    if hasattr(event, "services_permitted"):
        permitted = _PERMITTED.get(state, frozenset()) if state is not None else frozenset()
        changes["services_permitted"] = messages.ServicesPermitted(call_control_services=permitted)
    if hasattr(event, "media_call_characteristics"):
        changes["media_call_characteristics"] = _VOICE
    return replace(event, **changes)


def _with_extensions(event: Event, extensions: messages.Extensions) -> Event:
    return replace(event, extensions=extensions)


@dataclass(frozen=True)
class Site:
    """Who is monitored, under which cross-references, and how the switch spells a device and a call."""

    references: dict[str, str]
    spell: Callable[[str], str]
    call_octets: int

    @property
    def pilots(self) -> list[str]:
        """The first of the devices."""
        return list(self.references)[:PILOTS]

    @property
    def agents(self) -> list[str]:
        """All others."""
        return list(self.references)[PILOTS:]


def numbers(count: int) -> list[str]:
    """The monitored devices: pilots, then agents."""
    return [f"30211884{number:04d}" for number in range(count)]


def angled(number: str) -> str:
    """OpenScape Voice's spelling of a device in events."""
    return f"N<{number}>;displayNumber={number};noa=nk"


Step = list[Event]
"""Events that a switch sends at the same time."""


class Traffic:
    """Endless steps of many calls, whose identifiers count on from ``first_call``; always the same."""

    def __init__(self, site: Site, decorate: Decorate, first_call: int = 1) -> None:
        self._site = site
        self._decorate = decorate
        self._chance = Random(1)
        self._agents = site.agents
        self._chance.shuffle(self._agents)
        self._made = first_call
        self._going = [self._call() for _ in range(AT_ONCE)]

    def steps(self, events: int) -> Iterator[Step]:
        """Steps of so many events, or a few more."""
        while events > 0:
            place = self._chance.randrange(AT_ONCE)
            step = next(self._going[place], None)
            if step is None:
                self._going[place] = self._call()
                continue
            events -= len(step)
            yield [self._decorate(event) for event in step]

    def ends(self) -> Iterator[Step]:
        """The rest of the calls that are going on, so that nothing is left."""
        for call in self._going:
            for step in call:
                yield [self._decorate(event) for event in step]
        self._going = [self._call() for _ in range(AT_ONCE)]

    def _call_id(self) -> str:
        octets = self._site.call_octets
        self._made += 1
        return f"{self._made % (1 << 8 * octets):0{2 * octets}X}"

    def _call(self) -> Iterator[Step]:
        """One call from its coming to its end; its agents are taken when it comes to them."""
        site, device = self._site, self._device
        pilot = self._chance.choice(site.pilots)
        caller = f"49891234{self._chance.randrange(10_000):04d}"
        call_id = self._call_id()
        transferred = self._made % TRANSFERRED_EVERY == 0
        parties = {"calling_device": device(caller), "called_device": device(pilot)}
        at_pilot, at_caller = ConnectionID(call_id, pilot), ConnectionID(call_id, caller)
        yield [self._queued(at_pilot, parties)]
        agent = self._agents.pop()
        at_agent = ConnectionID(call_id, agent)
        yield [
            messages.Diverted(
                monitor_cross_ref_id=site.references[pilot],
                connection=at_pilot,
                diverting_device=device(pilot),
                new_destination=device(agent),
                local_connection_info=_S.NULL,
                cause=EventCause.REDIRECTED,
            ),
            self._delivered(agent, at_agent, parties, _S.ALERTING),
        ]
        yield [self._established(agent, at_agent, parties)]
        yield [self._held(agent, at_agent)]
        if transferred:
            second = self._agents.pop()
            yield from self._transfer(agent, second, at_agent, at_caller)
            agents = [agent, second]
            at_agent, agent = ConnectionID(call_id, second), second
        else:
            agents = [agent]
            yield [self._retrieved(agent, at_agent)]
        yield [self._cleared(agent, at_caller, _S.CONNECTED)]
        yield [self._cleared(agent, at_agent, _S.NULL)]
        self._agents = agents + self._agents

    def _device(self, number: str) -> DeviceID:
        return DeviceID(self._site.spell(number))

    def _queued(self, at: ConnectionID, parties: dict[str, Any]) -> Event:
        return messages.Queued(
            monitor_cross_ref_id=self._site.references[at.device_id],
            queued_connection=at,
            queue=self._device(at.device_id),
            number_queued=3,
            local_connection_info=_S.QUEUED,
            cause=EventCause.ENTERING_DISTRIBUTION,
            **parties,
        )

    def _delivered(self, monitored: str, at: ConnectionID, parties: dict[str, Any], local: ConnectionState) -> Event:
        return messages.Delivered(
            monitor_cross_ref_id=self._site.references[monitored],
            connection=at,
            alerting_device=self._device(at.device_id),
            local_connection_info=local,
            cause=EventCause.NEW_CALL,
            **parties,
        )

    def _established(self, monitored: str, at: ConnectionID, parties: dict[str, Any]) -> Event:
        return messages.Established(
            monitor_cross_ref_id=self._site.references[monitored],
            established_connection=at,
            answering_device=self._device(at.device_id),
            local_connection_info=_S.CONNECTED,
            cause=EventCause.NEW_CALL,
            **parties,
        )

    def _held(self, agent: str, at: ConnectionID) -> Event:
        return messages.Held(
            monitor_cross_ref_id=self._site.references[agent],
            held_connection=at,
            holding_device=self._device(agent),
            local_connection_info=_S.HOLD,
            cause=EventCause.NORMAL,
        )

    def _retrieved(self, agent: str, at: ConnectionID) -> Event:
        return messages.Retrieved(
            monitor_cross_ref_id=self._site.references[agent],
            retrieved_connection=at,
            retrieving_device=self._device(agent),
            local_connection_info=_S.CONNECTED,
            cause=EventCause.NORMAL,
        )

    def _cleared(self, monitored: str, at: ConnectionID, local: ConnectionState) -> Event:
        return messages.ConnectionCleared(
            monitor_cross_ref_id=self._site.references[monitored],
            dropped_connection=at,
            releasing_device=self._device(at.device_id),
            local_connection_info=local,
            cause=EventCause.NORMAL_CLEARING,
        )

    def _transfer(self, first: str, second: str, held: ConnectionID, caller: ConnectionID) -> Iterator[Step]:
        """The first agent calls the second and hands the caller over."""
        consulting = self._call_id()
        active, other = ConnectionID(consulting, first), ConnectionID(consulting, second)
        parties: dict[str, Any] = {"calling_device": self._device(first), "called_device": self._device(second)}
        reference, device = self._site.references[first], self._device
        both = (first, second)
        yield [
            messages.ServiceInitiated(
                monitor_cross_ref_id=reference,
                initiated_connection=active,
                initiating_device=device(first),
                local_connection_info=_S.INITIATED,
                cause=EventCause.CONSULTATION,
            ),
            messages.Originated(
                monitor_cross_ref_id=reference,
                originated_connection=active,
                local_connection_info=_S.CONNECTED,
                cause=EventCause.NEW_CALL,
                **parties,
            ),
        ]
        yield [
            self._delivered(each, other, parties, local)
            for each, local in zip(both, (_S.CONNECTED, _S.ALERTING), strict=True)
        ]
        yield [self._established(each, other, parties) for each in both]
        renamed = (
            messages.ConnectionListItem(new_connection=caller, old_connection=caller),
            messages.ConnectionListItem(new_connection=ConnectionID(held.call_id, second), old_connection=other),
        )
        yield [
            messages.Transferred(
                monitor_cross_ref_id=self._site.references[each],
                primary_old_call=held,
                secondary_old_call=active,
                transferring_device=device(first),
                transferred_to_device=device(second),
                transferred_connections=renamed,
                local_connection_info=local,
                cause=EventCause.TRANSFER,
            )
            for each, local in zip(both, (_S.NULL, _S.CONNECTED), strict=True)
        ]
