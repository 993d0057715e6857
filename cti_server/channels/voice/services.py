"""All media services together: which one takes the next call, which one takes none, and how each stands."""

from collections.abc import Iterable, Sequence

from twisted.internet.defer import Deferred, succeed

from cti_server.channels.voice.media import RESERVATION, MediaService
from cti_server.vocabulary.ids import DeviceNumber, ServiceName
from cti_server.vocabulary.status import MediaStatus, PortStatus
from cti_server.vocabulary.values import SessionRef
from media_service.control.messages import SessionSignals
from program.clock import Clock


class MediaServices:
    """The media services that the settings name."""

    def __init__(self, clock: Clock, services: Sequence[MediaService]) -> None:
        self.all = tuple(services)
        self._by_name = {service.name: service for service in services}
        self._clock = clock
        self._calls = 0
        self._last_call: dict[ServiceName, int] = {}
        self._counted: list[tuple[object, int]] = []
        self._numbers: frozenset[DeviceNumber] = frozenset()

    def named(self, name: str) -> MediaService | None:
        """The service of that name."""
        return self._by_name.get(ServiceName(name))

    def signals(self, session: SessionRef) -> Deferred[SessionSignals | None]:
        """The SIP messages that are kept of a session; None where its service is away, or is none of ours."""
        service = self.named(session.service)
        return succeed(None) if service is None else service.signals(session.session)

    # --- ports ------------------------------------------------------------------------------------------------------

    def port_numbers(self) -> frozenset[DeviceNumber]:
        """Numbers of all ports of all services; the same object as long as they are the same ports."""
        counted = self._counted
        if len(counted) == len(self.all):
            for service, (before, count) in zip(self.all, counted, strict=True):
                if service.ports is not before or len(service.ports) != count:
                    break
            else:
                return self._numbers
        # A service's ports are told anew as another mapping, or it gains one; it never swaps one for another.
        self._counted = [(service.ports, len(service.ports)) for service in self.all]
        self._numbers = frozenset(number for service in self.all for number in service.ports)
        return self._numbers

    def take_port(self, monitored: Iterable[str]) -> DeviceNumber | None:
        """A free port of the service with the most of them by its weight, reserved for a while.

        Of several equal ones it is the service that has waited longest for a call. A service of weight 0 is taken where
        no other has a free port; one that is away, drains or has no registered port, never.
        """
        watched = frozenset(monitored)
        free = [(service, ports) for service in self.all if (ports := service.free_ports(watched))]
        if not free:
            return None
        service, ports = max(free, key=lambda one: (one[0].weight * len(one[1]), -self._last_call.get(one[0].name, 0)))
        self._calls += 1
        self._last_call[service.name] = self._calls
        service.ports[ports[0]].reserved_until = self._clock.now() + RESERVATION
        return ports[0]

    def spare_port(self, monitored: Iterable[str]) -> DeviceNumber | None:
        """A free port as `take_port` gives it, but not the last one: that is for callers."""
        watched = frozenset(monitored)
        return self.take_port(watched) if sum(len(one.free_ports(watched)) for one in self.all) > 1 else None

    def return_port(self, port: DeviceNumber) -> None:
        """The reservation is not needed."""
        for service in self.all:
            if port in service.ports:
                service.ports[port].reserved_until = 0.0

    def serves(self, device: str) -> bool:
        """Whether the device is a port with a session, or a call is on its way to it; not where its service is away."""
        now = self._clock.now()
        number = DeviceNumber(device)
        ports = [service.ports[number] for service in self.all if service.connected and number in service.ports]
        return any(port.session is not None or port.reserved_until > now for port in ports)

    # --- for people -------------------------------------------------------------------------------------------------

    def drain(self, name: str, *, on: bool) -> str | None:
        """Let a service take no new calls, or take them again; what came of it in words, None for an unknown name."""
        service = self.named(name)
        if service is None:
            return None
        if not service.connected:
            return f"{name} is away: nothing can be told to it now"
        if service.draining == on:
            return f"{name} drains already" if on else f"{name} takes calls already"
        service.drain(on=on)
        if not on:
            return f"{name} takes calls again"
        return f"{name} takes no new calls; sessions that go on: {len(service.sessions)}"

    def statuses(self) -> list[MediaStatus]:
        """How each service stands, in the settings' order."""
        return [self._status(service) for service in self.all]

    def _status(self, service: MediaService) -> MediaStatus:
        return MediaStatus(
            name=service.name,
            peer=service.peer,
            state="up" if service.connected else "away",
            draining=service.draining,
            ports=len(service.ports),
            registered=sum(port.registered for port in service.ports.values()),
            free=len(service.free_ports(None)),
            lines=service.free_lines,
            sessions=len(service.sessions),
            weight=service.weight,
        )

    def port_statuses(self) -> list[PortStatus]:
        """All ports as people see them."""
        now = self._clock.now()
        found = []
        for service in self.all:
            for port in service.ports.values():
                state = "taken" if port.session else "reserved" if port.reserved_until > now else "free"
                state = "draining" if service.draining and state == "free" else state
                state = state if service.connected else "service away"
                found.append(PortStatus(port.number, service.name, port.registered, port.session, state))
        return sorted(found, key=lambda one: one.number)
