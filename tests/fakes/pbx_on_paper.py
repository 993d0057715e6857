"""A PBX and a media service without sockets: they answer as the real ones do, at once, and do what a test says."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, succeed

from csta import messages as m
from csta.causes import EventCause
from csta.errors import LinkLost, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.states import ConnectionState
from media_service.control import messages as c

S = ConnectionState


class PaperLink:
    """Stands for both `csta.transport.LinkClient` and the `Link` that it hands out; made once for each test."""

    peer = "paper"
    up = False

    def __init__(self) -> None:
        self.observer: Any = None
        self.asked: list[m.Request] = []
        self.monitors: dict[str, str] = {}
        self.calls: dict[str, dict[str, ConnectionState]] = {}
        self.callers: dict[str, str] = {}
        self.busy: set[str] = set()
        self.refuse: dict[type[m.Request], ServiceRefused] = {}
        self.media: PaperMedia | PaperMedias | None = None
        self.echoes: list[tuple[str, type[m.Event], str]] = []
        self._numbered = 0

    def __call__(
        self, _reactor: object, _host: str, _port: int, _dialect: object, _settings: object, observer: Any, **_more: Any
    ) -> Any:
        self.observer = observer
        return self

    def start(self) -> None:
        """Nothing: a test says when the link is up."""

    def stop(self) -> Deferred[None]:
        return succeed(None)

    def come_up(self) -> None:
        self.up = True
        self.observer.link_up(self)

    def go_down(self) -> None:
        self.up = False
        self.monitors.clear()
        self.observer.link_down(self, "cut")

    def request(self, request: m.Request) -> Deferred[Any]:
        self.asked.append(request)
        if not self.up:
            return fail(LinkLost("down"))
        if type(request) in self.refuse:
            return fail(self.refuse[type(request)])
        answer: Mapping[type[m.Request], Callable[[Any], Any]] = {
            m.MonitorStart: self._monitor,
            m.SnapshotDevice: self._snapshot_device,
            m.SnapshotCall: self._snapshot_call,
            m.DeflectCall: self._deflect,
            m.SingleStepTransferCall: self._transfer,
            m.ClearConnection: self._clear,
            m.SetAgentState: self._set_agent_state,
        }
        if type(request) not in answer:
            return fail(ServiceRefused("operation", "serviceNotSupported"))
        try:
            return succeed(answer[type(request)](request))
        except ServiceRefused as refused:
            return fail(refused)

    def close(self) -> None:
        self.go_down()

    def _set_agent_state(self, request: m.SetAgentState) -> m.SetAgentStateResponse:
        """The events come when the test says so, as they come later from a PBX that is busy."""
        kinds: dict[str, type[m.Event]] = {
            "loggedOn": m.AgentLoggedOn,
            "loggedOff": m.AgentLoggedOff,
            "ready": m.AgentReady,
            "notReady": m.AgentNotReady,
        }
        self.echoes.append((request.device.number, kinds[str(request.requested_agent_state)], request.agent_id or ""))
        return m.SetAgentStateResponse()

    def _monitor(self, request: m.MonitorStart) -> m.MonitorStartResponse:
        assert isinstance(request.monitor_object, DeviceID)
        number = request.monitor_object.number
        self.monitors[number] = f"x{number}"
        return m.MonitorStartResponse(monitor_cross_ref_id=f"x{number}")

    def _snapshot_device(self, request: m.SnapshotDevice) -> m.SnapshotDeviceResponse:
        device = request.snapshot_object.number
        return m.SnapshotDeviceResponse(
            snapshot_data=tuple(
                m.SnapshotDeviceItem(connection=ConnectionID(call, device), local_call_state=(parts[device],))
                for call, parts in self.calls.items()
                if device in parts
            )
        )

    def _snapshot_call(self, request: m.SnapshotCall) -> m.SnapshotCallResponse:
        call = request.snapshot_object.call_id
        if call not in self.calls:
            raise ServiceRefused("operation", "invalidCallID")
        return m.SnapshotCallResponse(
            snapshot_data=tuple(
                m.SnapshotCallItem(
                    device_on_call=DeviceID(device),
                    call_identifier=ConnectionID(call, device),
                    local_connection_info=at,
                )
                for device, at in self.calls[call].items()
            ),
            calling_device=DeviceID(self.callers[call]),
            called_device=DeviceID("7000"),
        )

    def _deflect(self, request: m.DeflectCall) -> m.DeflectCallResponse:
        at, target = request.call_to_be_diverted, request.new_destination.number
        parts = self.calls.get(at.call_id, {})
        if parts.get(at.device_id) not in {S.QUEUED, S.ALERTING}:
            raise ServiceRefused("stateIncompatibility", "invalidConnectionState")
        del parts[at.device_id]
        self.tell(
            at.device_id,
            m.Diverted,
            connection=at,
            diverting_device=DeviceID(at.device_id),
            new_destination=request.new_destination,
            cause=EventCause.REDIRECTED,
        )
        self._deliver(at.call_id, target, at.device_id, EventCause.REDIRECTED)
        return m.DeflectCallResponse()

    def _transfer(self, request: m.SingleStepTransferCall) -> m.SingleStepTransferCallResponse:
        at, target = request.active_call, request.transferred_to.number
        if self.calls.get(at.call_id, {}).get(at.device_id) is not S.CONNECTED:
            raise ServiceRefused("stateIncompatibility", "invalidConnectionState")
        caller = self.callers.pop(at.call_id)
        del self.calls[at.call_id]
        new = self._new_call(caller)
        self.tell(
            at.device_id,
            m.Transferred,
            primary_old_call=at,
            transferring_device=DeviceID(at.device_id),
            transferred_to_device=DeviceID(target),
            transferred_connections=(
                m.ConnectionListItem(
                    old_connection=ConnectionID(at.call_id, caller), new_connection=ConnectionID(new, caller)
                ),
                m.ConnectionListItem(new_connection=ConnectionID(new, target)),
            ),
            cause=EventCause.SINGLE_STEP_TRANSFER,
        )
        if self.media is not None:
            self.media.end_at(at.device_id)
        self._deliver(new, target, at.device_id, EventCause.SINGLE_STEP_TRANSFER)
        return m.SingleStepTransferCallResponse(transferred_call=ConnectionID(new, target))

    def _clear(self, request: m.ClearConnection) -> m.ClearConnectionResponse:
        at = request.connection_to_be_cleared
        self.hang_up(at.call_id, at.device_id)
        return m.ClearConnectionResponse()

    def _new_call(self, caller: str) -> str:
        self._numbered += 1
        call = f"C{self._numbered}"
        self.calls[call] = {caller: S.CONNECTED}
        self.callers[call] = caller
        return call

    def _deliver(self, call: str, target: str, last: str, cause: EventCause) -> None:
        if target in self.busy:
            self.calls[call][target] = S.FAIL
            self.tell(
                target,
                m.Failed,
                failed_connection=ConnectionID(call, target),
                failing_device=DeviceID(target),
                called_device=DeviceID("7000"),
                cause=EventCause.BUSY,
            )
            del self.calls[call][target]
            self.queue(call, EventCause.RECALL_BUSY, last=target)
            return
        self.calls[call][target] = S.ALERTING
        self.tell(
            target,
            m.Delivered,
            connection=ConnectionID(call, target),
            alerting_device=DeviceID(target),
            last_redirection_device=DeviceID(last),
            cause=cause,
            **self._parties(call),
        )
        if self.media is not None and target in self.media.ports:
            self.media.arrive(target, self.callers[call])

    def _parties(self, call: str) -> dict[str, Any]:
        return {"calling_device": DeviceID(self.callers[call]), "called_device": DeviceID("7000")}

    # --- what a test does ---

    def echo(self) -> None:
        """Tell the events of all agent states that were asked for."""
        while self.echoes:
            device, event, agent = self.echoes.pop(0)
            self.agent(event, device, agent)

    def dial_pilot(self, caller: str) -> str:
        call = self._new_call(caller)
        self.queue(call, EventCause.ENTERING_DISTRIBUTION)
        return call

    def queue(self, call: str, cause: EventCause, last: str | None = None) -> None:
        self.calls[call]["7000"] = S.QUEUED
        more = {} if last is None else {"last_redirection_device": DeviceID(last)}
        self.tell(
            "7000",
            m.Queued,
            queued_connection=ConnectionID(call, "7000"),
            queue=DeviceID("7000"),
            cause=cause,
            **self._parties(call),
            **more,
        )

    def answer(self, call: str, device: str) -> None:
        self.calls[call][device] = S.CONNECTED
        self.tell(
            device,
            m.Established,
            established_connection=ConnectionID(call, device),
            answering_device=DeviceID(device),
            cause=EventCause.NORMAL,
            **self._parties(call),
        )

    def hang_up(self, call: str, device: str) -> None:
        parts = self.calls.pop(call)
        self.callers.pop(call)
        watched = [one for one in parts if one in self.monitors]
        for dropped in [device, *(one for one in parts if one != device)]:
            for watching in watched:
                self.tell(
                    watching,
                    m.ConnectionCleared,
                    dropped_connection=ConnectionID(call, dropped),
                    releasing_device=DeviceID(device),
                    cause=EventCause.NORMAL_CLEARING,
                )
        if self.media is not None:
            for one in parts:
                self.media.end_at(one)

    def agent(self, event: type[m.Event], device: str, agent: str) -> None:
        self.tell(device, event, agent_device=DeviceID(device), agent_id=agent)

    def tell(self, device: str, event: type[m.Event], **facts: Any) -> None:
        if self.up and device in self.monitors:
            self.observer.event_received(self, event(monitor_cross_ref_id=self.monitors[device], **facts))

    def call_at(self, device: str) -> str:
        return next(call for call, parts in self.calls.items() if device in parts)


class PaperMedia:
    """Stands for `media_service.control.client.ControlClient` and the service behind it."""

    address = "paper"

    def __init__(self, link: PaperLink, ports: tuple[str, ...] = ("7001", "7002"), name: str = "media-1") -> None:
        self.name = name
        self.draining = False
        self.dead = False
        self.observer: Any = None
        self.ports: dict[str, str | None] = dict.fromkeys(ports)
        self.sessions: dict[str, c.Session] = {}
        self.verbs: list[c.Verb] = []
        self.connected = False
        self.answers = True
        self.traceparent = ""
        """What callers who arrive bring."""
        self._link = link
        link.media = self
        self._numbered = 0

    def __call__(self, _reactor: object, _name: str, _host: str, _port: int, observer: Any) -> Any:
        self.observer = observer
        return self

    def start(self) -> None:
        """Nothing: a test says when the service is there."""

    def stop(self) -> Deferred[None]:
        return succeed(None)

    def come_up(self) -> None:
        self.connected = True
        ports = tuple(c.Port(number, registered=True, session=session) for number, session in self.ports.items())
        sessions = tuple(self.sessions.values())
        self.dead = False
        self.observer.welcomed(self, c.Welcome(1, self.name, ports, sessions, len(ports), self.draining))

    def cut(self) -> None:
        """The connection is lost; the service goes on."""
        self.connected = False
        self.observer.lost(self, "cut")

    def die(self) -> None:
        """Like SIGKILL: it knows of nothing when it comes up again, and the PBX does not notice."""
        self.forget()
        self.cut()

    def forget(self) -> None:
        """Dead already, and its connection with it."""
        self.dead, self.draining = True, False
        self.sessions.clear()
        self.ports = dict.fromkeys(self.ports)

    def send(self, verb: c.Verb | c.Drain) -> bool:
        if not self.connected:
            return False
        if isinstance(verb, c.Drain):
            self.draining = verb.on
            self.observer.service_changed(self, c.ServiceChanged(free=len(self.ports), draining=verb.on))
            return True
        self.verbs.append(verb)
        session = self.sessions.get(verb.session)
        if session is not None and isinstance(verb.action, c.Answer) and self.answers:
            self.sessions[verb.session] = replace(session, state="answered")
            self._link.answer(self._link.call_at(session.port), session.port)
            self.end_verb(verb, "finished")
        return True

    def end_verb(self, verb: c.Verb, result: str, digits: str = "") -> None:
        self.observer.verb_ended(self, c.VerbEnded(verb.id, verb.session, c.VerbResult(result, digits)))

    def arrive(self, port: str, caller: str) -> None:
        if self.dead:
            return
        self._numbered += 1
        name = f"s{self._numbered}"
        session = c.Session(name, port, "ringing", caller, port, "sip", 0.0, traceparent=self.traceparent)
        self.sessions[session.id] = session
        self.ports[port] = session.id
        if self.connected:
            self.observer.session_arrived(self, session)

    def end_at(self, port: str) -> None:
        session = self.ports.get(port)
        if session is not None:
            self.ports[port] = None
            del self.sessions[session]
            if self.connected:
                self.observer.session_ended(self, c.SessionEnded(session, port, "remote"))


class PaperMedias:
    """Several media services with ports of their own."""

    def __init__(self, link: PaperLink, **ports: tuple[str, ...]) -> None:
        self.services = {name: PaperMedia(link, each, name) for name, each in ports.items()}
        link.media = self

    def __call__(self, reactor: object, name: str, host: str, port: int, observer: Any) -> Any:
        return self.services[observer.name](reactor, name, host, port, observer)

    @property
    def ports(self) -> dict[str, str | None]:
        return {number: session for one in self.services.values() for number, session in one.ports.items()}

    def arrive(self, port: str, caller: str) -> None:
        self._of(port).arrive(port, caller)

    def end_at(self, port: str) -> None:
        if port in self.ports:
            self._of(port).end_at(port)

    def _of(self, port: str) -> PaperMedia:
        return next(one for one in self.services.values() if port in one.ports)
