"""A switch and an application with a wire between them, in time that moves when told; stories are played to it."""

from collections.abc import Callable, Iterable

from csta import Session
from csta.dialects import Dialect
from csta.session import Phase
from lab.switch.wishes import CallerID
from tests.scenarios.csta.application import Application
from tests.scenarios.csta.pbx import Pbx
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
    """Both ends of a link that is up and surveyed."""

    def __init__(
        self,
        dialect: Dialect,
        profile: str,
        *,
        absent: tuple[str, ...] = (),
        attended: bool = True,
        cut: Cut = whole,
    ) -> None:
        self.pbx = Pbx(dialect, profile, absent, attended)
        self.application = Application(dialect, profile, sorted(PLAN.devices()))
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
        """Give calls their story names in the order in which they were heard of."""
        for _, event in self.application.heard[self._named :]:
            line(event, self.names)
        self._named = len(self.application.heard)

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
        invoke_id = self.application.session.send_request(step.request(self.names.identifiers), self.now)
        self.settle()
        refusal = self.application.answer_to(invoke_id)
        assert refusal == step.refused, f"{step.service.__name__}: {refusal or 'done'}"

    # ---- what came of it

    def transcript(self) -> dict[str, list[str]]:
        """What each device's monitor told the application, in lines."""
        names = Names()
        heard: dict[str, list[str]] = {}
        for device, event in self.application.heard:
            heard.setdefault(device, []).append(line(event, names))
        return heard

    def difference(self) -> str:
        """Where the mirror is not as the switch is: of monitored devices all, of others what it says at all."""
        switch, mirror = self.pbx.states(), self.application.states()
        monitored = PLAN.devices()
        known = {
            call: {device: state for device, state in parts.items() if device in monitored}
            for call, parts in switch.items()
        }
        missing = [
            f"{call} {device} {state}, mirrored as {mirror.get(call, {}).get(device)}"
            for call, parts in known.items()
            for device, state in parts.items()
            if mirror.get(call, {}).get(device) != state
        ]
        wrong = [
            f"mirrored {call} {device} {state}"
            for call, parts in mirror.items()
            for device, state in parts.items()
            if device not in switch.get(call, {})
        ]
        return "; ".join(missing + wrong)
