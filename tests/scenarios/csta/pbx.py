"""The switch's end of a link: the lab's switching model behind a session in one dialect."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from csta import Credentials, Fault, LinkDown, LinkUp, NoticeReceived, RequestReceived, Role, Session, SessionSettings
from csta import messages as m
from csta.dialects import Dialect
from csta.identifiers import ConnectionID, Party
from csta.messages import ErrorResponse, Event, Request
from csta.states import ConnectionState, SystemStatusValue
from lab.csta.monitors import Monitors
from lab.csta.way import Way
from lab.switch.services import Answer, Deed
from lab.switch.services.answers import nothing
from lab.switch.switch import Switch
from lab.switch.wishes import Invite, Notify, Wish
from tests.stories.plan import PLAN

WHO: Final = Credentials("AMHOST", "77777")
States = dict[str, dict[str, str]]
"""The state of each device's connection in each call, by call identifier."""
Disturbance = Callable[[list[Event]], Iterable[Event]]
"""What becomes of the events of one step on their way to the link."""


@dataclass
class Look:
    """How all calls are: connections, who calls whom, and which phones are called but have not rung yet."""

    states: States = field(default_factory=dict)
    parties: dict[str, tuple[Party | None, Party | None]] = field(default_factory=dict)
    silent: set[tuple[str, str]] = field(default_factory=set)


class Pbx:
    """A switch with one link; ``told`` are its events as its devices saw them, ``odd`` what it found wrong."""

    def __init__(self, dialect: Dialect, profile: str, absent: tuple[str, ...] = (), attended: bool = True) -> None:
        self._dialect, self._profile = dialect, dialect.profile(profile)
        self._settings = SessionSettings()
        self._absent, self._attended = absent, attended
        self._starts = 0
        self._numbered = 0
        self.told: list[tuple[str, Event]] = []
        self.odd: list[str] = []
        self.rung: dict[str, str] = {}
        self._wished: list[Wish] = []
        self.disturbance: Disturbance = list
        self.refusing: dict[type[Request], ErrorResponse] = {}
        """What requests of these kinds are refused with before the model sees them."""
        self.deaf: set[type[Request]] = set()
        """The kinds of requests that are not answered."""
        self.start()
        self.accept()

    def start(self) -> None:
        """Begin with no call and no monitor; short call identifiers begin anew too."""
        self._starts += 1
        self.switch = Switch(PLAN, epoch=0x5EED + self._starts)
        for number in PLAN.extensions:
            if number not in self._absent:
                self.switch.registered(number)
        self.switch.attend(frozenset(PLAN.pilots) if self._attended else frozenset())
        self._rings: set[ConnectionID] = set()
        self.way = Way(self._dialect, self._profile)
        self.monitors = Monitors(self._dialect, PLAN.devices(), self._calls, self._reference)

    def accept(self) -> None:
        """Wait for a new connection."""
        self.session = Session(
            Role.SWITCHING_FUNCTION,
            self._dialect,
            self._settings,
            profile=self._profile,
            verify=lambda who: who in {None, WHO},
        )

    def _calls(self) -> frozenset[str]:
        return frozenset(call.call_id for call in self.switch.calls())

    def _reference(self) -> str:
        self._numbered += 1
        return f"{self._numbered:04X}"

    def work(self, now: float) -> None:
        """Answer what came over the link."""
        while (event := self.session.next_event()) is not None:
            match event:
                case RequestReceived(_, request) if type(request) in self.deaf:
                    pass
                case RequestReceived(invoke_id, request):
                    answer, deed = self._perform(self.way.incoming(request), now)
                    self.session.send_response(invoke_id, self.way.outgoing(answer), now)
                    deed()
                    self.tell(now)
                case Fault(text):
                    self.odd.append(text)
                case LinkDown():
                    self.monitors.clear()
                case NoticeReceived(notice):
                    self.odd.append(type(notice).__name__)
                case LinkUp():
                    pass

    def _perform(self, request: Request, now: float) -> tuple[Answer, Deed]:
        refusal = self.refusing.get(type(request))
        if refusal is not None:
            return refusal, nothing
        match request:
            case m.MonitorStart():
                return self.monitors.start(request), nothing
            case m.MonitorStop(monitor_cross_ref_id=reference):
                return self.monitors.stop(reference), nothing
            case _:
                return self.switch.perform(request, now)

    def tell(self, now: float) -> None:
        """Send what the switch's monitors tell, and remember which phones it rings."""
        events: list[Event] = []
        for wish in self.switch.take_wishes():
            match wish:
                case Notify(device, event):
                    self.told.append((device, event))
                    self._mark(event)
                    events += self.monitors.reports(device, event)
                case Invite(leg, number, _, _, _, trunk):
                    self.rung[number if trunk is None else trunk] = leg
                    self._wished.append(wish)
                case _:
                    self._wished.append(wish)
        for event in self.disturbance(events):
            self.session.send_event(self.way.event(event, now), now)

    def take_wishes(self) -> list[Wish]:
        """What the switch wished for since the last look, beside what its monitors tell."""
        taken, self._wished = self._wished, []
        return taken

    def _mark(self, event: Event) -> None:
        """Remember where it rings and has been told so."""
        match event:
            case m.Delivered(connection=at):
                self._rings.add(at)
            case m.Diverted(connection=at) | m.Failed(failed_connection=at):
                self._rings.discard(at)
            case m.ConnectionCleared(dropped_connection=at):
                self._rings.discard(at)
            case m.Transferred(transferred_connections=items) | m.Conferenced(conference_connections=items):
                self._rings |= {
                    item.new_connection
                    for item in items
                    if item.new_connection is not None and item.old_connection in self._rings
                }
            case _:
                pass

    def says(self, status: SystemStatusValue, now: float) -> None:
        """Tell the application how the switch is."""
        self.session.own_status = status
        self.session.send_request(m.SystemStatus(system_status=status), now)

    def stops_monitor(self, device: str, now: float) -> None:
        """End the monitors of a device by itself."""
        for reference in self.monitors.references(device):
            self.monitors.stop(reference)
            self.session.send_request(m.MonitorStop(monitor_cross_ref_id=reference), now)

    # ---- how it is

    def states(self) -> States:
        """All connections by the names that the link has for calls."""
        return self.look().states

    def look(self) -> "Look":
        """How all calls are."""
        look = Look()
        for view in self.switch.calls():
            call_id = self.link_name(view.call_id)
            look.states[call_id] = dict(view.parties)
            look.silent |= {
                (call_id, device)
                for device, state in view.parties
                if state == ConnectionState.ALERTING and ConnectionID(view.call_id, device) not in self._rings
            }
            answer, _ = self.switch.perform(m.SnapshotCall(snapshot_object=ConnectionID(view.call_id)), 0.0)
            assert isinstance(answer, m.SnapshotCallResponse)
            look.parties[call_id] = (answer.calling_device, answer.called_device)
        return look

    def link_name(self, call_id: str) -> str:
        """What a call is called on the link."""
        named = self.way.outgoing(m.SnapshotCall(snapshot_object=ConnectionID(call_id))).snapshot_object
        return named.call_id


def reported(device: str, event: Event) -> Event:
    """An event as the device's monitor would report it if cross references were device numbers."""
    return replace(event, monitor_cross_ref_id=device)
