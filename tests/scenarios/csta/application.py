"""The application's end of a link: a session, a watch and its mirror, as a CTI server has them."""

from collections.abc import Iterable

from csta import (
    EventReceived,
    LinkDown,
    LinkUp,
    NoticeReceived,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Role,
    Session,
    SessionEvent,
    StatusReceived,
)
from csta import messages as m
from csta.calls import CallMirror, Discrepancy
from csta.dialects import Dialect
from csta.errors import CstaError, ServiceRefused
from csta.messages import Event, Request, Response
from csta.watch import Watch, WatchEvent
from tests.scenarios.csta.pbx import WHO, States


class Application:
    """``heard`` are all events with the devices of their monitors, ``odd`` what could not be read or used, in words.

    ``doubts`` are the discrepancies that its mirror found, ``asked`` the requests of its watch.
    """

    def __init__(self, dialect: Dialect, profile: str, devices: Iterable[str]) -> None:
        self._dialect, self._profile = dialect, profile
        self.watch = Watch(
            CallMirror(),
            services=dialect.capabilities.services,
            monitored_devices=dialect.limits.monitored_devices,
        )
        self.watch.want(devices)
        self.heard: list[tuple[str, Event]] = []
        self.odd: list[str] = []
        self.doubts: list[Discrepancy] = []
        self.told: list[WatchEvent] = []
        self.asked: list[Request] = []
        self.answers: dict[int, Response | CstaError] = {}
        self._keys: dict[int, int] = {}
        self.connect()

    def connect(self) -> None:
        """Make a session for a new connection."""
        self._keys.clear()
        self.session = Session(Role.COMPUTING_FUNCTION, self._dialect, profile=self._profile, credentials=WHO)

    def work(self, now: float) -> None:
        """Take what came over the link, and ask what the watch wants to know."""
        while (event := self.session.next_event()) is not None:
            match event:
                case EventReceived(reported):
                    self._fold(reported, now)
                case ResponseReceived(invoke_id, _, answer) | RequestFailed(invoke_id, _, answer):
                    self._answered(invoke_id, answer, now)
                case RequestReceived(invoke_id, m.MonitorStop(monitor_cross_ref_id=reference)):
                    self.session.send_response(invoke_id, m.MonitorStopResponse(), now)
                    self.watch.monitor_stopped(reference, now)
                case _:
                    self._hear_of_link(event, now)
        self._ask(now)

    def _hear_of_link(self, event: SessionEvent, now: float) -> None:
        match event:
            case StatusReceived(status):
                self.watch.status(status)
            case NoticeReceived(notice):
                self.watch.notice(notice, now)
            case LinkUp():
                self.watch.link_up()
            case LinkDown():
                self.watch.link_down()
            case _:
                self.odd.append(str(event))

    def _fold(self, event: Event, now: float) -> None:
        device = next((one for one, known in self.watch.monitored.items() if known == event.monitor_cross_ref_id), "")
        self.heard.append((device, event))
        self.doubts += self.watch.event(event, now)

    def _answered(self, invoke_id: int, answer: Response | CstaError, now: float) -> None:
        key = self._keys.pop(invoke_id, None)
        if key is None:
            self.answers[invoke_id] = answer
        else:
            self.watch.answered(key, answer, now)

    def _ask(self, now: float) -> None:
        while (told := self.watch.next_event()) is not None:
            self.told.append(told)
        while (ask := self.watch.next_request()) is not None:
            self.asked.append(ask.request)
            self._keys[self.session.send_request(ask.request, now)] = ask.key

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        self.session.handle_timer(now)
        due = self.watch.get_timer()
        if due is not None and due <= now:
            self.watch.handle_timer(now)

    def get_timer(self) -> float | None:
        """When `handle_timer` is due."""
        times = (self.session.get_timer(), self.watch.get_timer())
        return min((one for one in times if one is not None), default=None)

    @property
    def waiting(self) -> int:
        """How many requests of the watch wait for answers."""
        return len(self._keys)

    def answer_to(self, invoke_id: int) -> str:
        """The refusal of a request, empty where it was done."""
        answer = self.answers.pop(invoke_id)
        if isinstance(answer, CstaError):
            assert isinstance(answer, ServiceRefused), answer
            return answer.value
        return ""

    def states(self) -> States:
        """All connections as the mirror has them."""
        return {
            call_id: {device: str(one.state) for device, one in call.connections.items()}
            for call_id, call in self.watch.mirror.calls.items()
            if call.connections
        }
