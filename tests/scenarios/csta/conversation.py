"""A switch and an application with a wire between them, in time that moves when told; stories are played to it."""

from collections.abc import Callable, Iterable, Iterator

from csta import Session
from csta.dialects import Dialect
from csta.identifiers import Presentation
from csta.messages import Request
from csta.session import Phase
from csta.states import SystemStatusValue
from lab.switch.wishes import CallerID
from tests.scenarios.csta.application import Application
from tests.scenarios.csta.pbx import Look, Pbx
from tests.stories.plan import NAMES, PLAN
from tests.stories.steps import (
    Answers,
    Asks,
    Dials,
    HangsUp,
    Holds,
    Passes,
    Refuses,
    Resumes,
    Rings,
    Step,
    Told,
)
from tests.stories.transcript import Names, line

Cut = Callable[[bytes], Iterable[bytes]]
"""How what is written at once arrives."""


def whole(data: bytes) -> Iterable[bytes]:
    """As it was written."""
    return (data,)


class Conversation:
    """Both ends of a link that is up and surveyed; the application watches ``devices``, all if none are named."""

    def __init__(
        self,
        dialect: Dialect,
        profile: str,
        *,
        absent: tuple[str, ...] = (),
        attended: bool = True,
        cut: Cut = whole,
        devices: Iterable[str] | None = None,
    ) -> None:
        self.pbx = Pbx(dialect, profile, absent, attended)
        self.application = Application(dialect, profile, sorted(devices or PLAN.devices()))
        self.names = Names()
        self.now = 1_000_000.0
        self._cut = cut
        self._named = 0
        self._connect()

    def _connect(self) -> None:
        self.pbx.session.connection_made(self.now)
        self.application.session.connection_made(self.now)
        self.settle()

    def settle(self) -> None:
        """Let both work until neither has anything to say."""
        while True:
            self.pbx.work(self.now)
            self.application.work(self.now)
            downward, upward = self.pbx.session.data_to_send(), self.application.session.data_to_send()
            if not downward and not upward:
                break
            self._carry(downward, self.application.session)
            self._carry(upward, self.pbx.session)
        self._name_calls()

    def _carry(self, data: bytes, to: Session) -> None:
        for piece in self._cut(data) if data else ():
            to.receive_data(piece, self.now)

    def _name_calls(self) -> None:
        """Give calls their story names in the order in which the switch told of them."""
        for _, event in self.pbx.told[self._named :]:
            line(event, self.names)
        self._named = len(self.pbx.told)

    def passes(self, seconds: float) -> None:
        """Let time go by; all that is due happens at its time."""
        end = self.now + seconds
        while (due := self._due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.pbx.session.handle_timer(self.now)
            self.application.handle_timer(self.now)
            self.pbx.switch.handle_timer(self.now)
            self.pbx.tell(self.now)
            self.settle()
        self.now = end

    def _due(self) -> float | None:
        times = (self.pbx.session.get_timer(), self.application.get_timer(), self.pbx.switch.get_timer())
        return min((one for one in times if one is not None), default=None)

    def breaks(self) -> None:
        """The connection is lost."""
        for session in (self.pbx.session, self.application.session):
            session.connection_lost(self.now, "cut")
        self.pbx.work(self.now)
        self.application.work(self.now)

    def restarts(self) -> None:
        """The switch starts anew while its links stay: all calls and monitors are gone."""
        self.pbx.says(SystemStatusValue.INITIALIZING, self.now)
        self.settle()
        self.pbx.start()
        self.pbx.says(SystemStatusValue.ENABLED, self.now)
        self.settle()

    def says(self, status: SystemStatusValue) -> None:
        """The switch tells how it is."""
        self.pbx.says(status, self.now)
        self.settle()

    def reconnects(self) -> None:
        """A new connection is made."""
        self.pbx.accept()
        self.application.connect()
        self._connect()

    @property
    def up(self) -> bool:
        """Whether both ends are up."""
        return self.pbx.session.phase is self.application.session.phase is Phase.UP

    # ---- stories

    def play(self, story: Told) -> None:
        """Let a whole story happen."""
        for step in story.steps:
            self.take(step)

    def take(self, step: Step) -> None:
        """Let one step happen."""
        switch, now = self.pbx.switch, self.now
        match step:
            case Dials(device, number, line_):
                switch.arrived(f"leg-{device}{line_}", CallerID(device, NAMES.get(device, "")), number, now)
            case Rings(device):
                switch.progressed(self.pbx.rung[device])
            case Answers(device):
                switch.answered(self.pbx.rung[device], now)
            case Refuses(device, status):
                switch.refused(self.pbx.rung[device], status, now)
            case HangsUp(device, line_):
                switch.ended(self._leg(device, line_), now)
            case Holds(device, line_):
                switch.held(self._leg(device, line_), now)
            case Resumes(device, line_):
                switch.resumed(self._leg(device, line_), now)
            case Passes(seconds):
                self.passes(seconds)
            case Asks():
                self._ask(step)
        self.pbx.tell(self.now)
        self.settle()

    def _leg(self, device: str, line_: str) -> str:
        """The leg of a line that the phone dialled, or the one that it was rung on."""
        return f"leg-{device}{line_}" if line_ or device not in self.pbx.rung else self.pbx.rung[device]

    def _ask(self, step: Asks) -> None:
        refusal = self.asks(self.pbx.way.outgoing(step.request(self.names.identifiers)))
        assert refusal == step.refused, f"{step.service.__name__}: {refusal or 'done'}"

    def asks(self, request: Request) -> str:
        """Let the application ask; give the refusal, empty where it was done."""
        invoke_id = self.application.session.send_request(request, self.now)
        self.settle()
        return self.application.answer_to(invoke_id)

    # ---- what came of it

    def transcript(self) -> dict[str, list[str]]:
        """What each device's monitor told the application, in lines."""
        names = Names()
        heard: dict[str, list[str]] = {}
        for device, event in self.application.heard:
            heard.setdefault(device, []).append(line(event, names))
        return heard

    def difference(self) -> dict[str, str]:
        """The calls that the mirror has otherwise than the switch.

        Of monitored devices it must have all but phones that are called and do not ring yet, of others what it has.
        """
        look, mirror = self.pbx.look(), self.application.states()
        monitored = self.application.watch.monitored
        found = {}
        for call in look.states.keys() | mirror.keys():
            seen = mirror.get(call, {})
            known = {
                device: state
                for device, state in look.states.get(call, {}).items()
                if device in seen or (device in monitored and (call, device) not in look.silent)
            }
            if known != seen:
                found[call] = f"{known}, mirrored as {seen}"
            elif seen and any(self._other_parties(call, look)):
                found[call] = f"{look.parties[call]}, mirrored as {self.application.watch.mirror.calls[call]}"
        return found

    def _other_parties(self, call: str, look: Look) -> Iterator[bool]:
        """Whether the mirror, where it knows them at all, has other parties."""
        mirrored = self.application.watch.mirror.calls[call]
        for here, there in zip((mirrored.calling, mirrored.called), look.parties[call], strict=True):
            yield here is not Presentation.NOT_KNOWN and here != there
