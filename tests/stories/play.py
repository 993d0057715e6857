"""Plays a story to the switch's model, with a monitor on every device of its plan and an application's mirror."""

from dataclasses import replace

from csta.calls import CallMirror
from csta.codec import ber, xml
from csta.messages import ErrorResponse, Message
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, Invite, Notify
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


class Player:
    """One switch at the end of a story; ``heard`` is what each device's monitor told.

    ``mirror`` is what an application makes of it, ``discrepancies`` what it found odd.
    """

    def __init__(self, story: Told) -> None:
        self.switch = Switch(PLAN, epoch=0x5EED)
        self.names = Names()
        self.heard: dict[str, list[str]] = {}
        self.mirror = CallMirror()
        self.discrepancies: list[str] = []
        for number in PLAN.devices():
            self.mirror.monitor_started(number, number)
        self._now = 1000.0
        self._rung: dict[str, str] = {}
        for number in PLAN.extensions:
            if number not in story.absent:
                self.switch.registered(number)
        self.switch.attend(frozenset(PLAN.pilots) if story.attended else frozenset())
        for step in story.steps:
            self.take(step)

    def take(self, step: Step) -> None:
        """Let one step happen."""
        match step:
            case Dials(device, number, line_):
                caller = CallerID(device, NAMES.get(device, ""))
                self.switch.arrived(f"leg-{device}{line_}", caller, number, self._now)
            case Rings(device):
                self.switch.progressed(self._rung[device])
            case Answers(device):
                self.switch.answered(self._rung[device], self._now)
            case Refuses(device, status):
                self.switch.refused(self._rung[device], status, self._now)
            case HangsUp(device, line_):
                self.switch.ended(self._leg(device, line_), self._now)
            case Holds(device, line_):
                self.switch.held(self._leg(device, line_), self._now)
            case Resumes(device, line_):
                self.switch.resumed(self._leg(device, line_), self._now)
            case Passes(seconds):
                self._pass(seconds)
            case Asks():
                self._ask(step)
        self._listen()

    def _leg(self, device: str, line_: str) -> str:
        """The leg of a line that the phone dialled, or the one that it was rung on."""
        return f"leg-{device}{line_}" if line_ or device not in self._rung else self._rung[device]

    def _pass(self, seconds: float) -> None:
        end = self._now + seconds
        while (due := self.switch.get_timer()) is not None and due <= end:
            self._now = max(self._now, due)
            self.switch.handle_timer(self._now)
            self._listen()
        self._now = end

    def _ask(self, step: Asks) -> None:
        answer, deed = self.switch.perform(step.request(self.names.identifiers), self._now)
        _can_be_said(answer)
        refusal = answer.value if isinstance(answer, ErrorResponse) else ""
        assert refusal == step.refused, f"{step.service.__name__}: {refusal or 'done'}"
        deed()

    def _listen(self) -> None:
        for wish in self.switch.take_wishes():
            if isinstance(wish, Notify):
                _can_be_said(replace(wish.event, monitor_cross_ref_id="01"))
                event = replace(wish.event, monitor_cross_ref_id=wish.device)
                self.discrepancies += [found.text for found in self.mirror.fold(event, self._now)]
                self.heard.setdefault(wish.device, []).append(line(wish.event, self.names))
            elif isinstance(wish, Invite):
                self._rung[wish.number if wish.trunk is None else wish.trunk] = wish.leg


def _can_be_said(message: Message) -> None:
    """Both encodings can carry it: every mandatory element is there, and every value fits."""
    assert xml.encode(message)
    assert ber.encode(message, 1)
