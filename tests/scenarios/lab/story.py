"""A story told to the switch, and the transcript of what it did, one short line for each wish."""

from dataclasses import replace
from textwrap import dedent
from typing import ClassVar

from csta import messages
from csta.calls import CallMirror
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ErrorResponse, Request
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, HangUp, Hear, Invite, Notify, Refuse, Ring, SendDigits, Wish
from tests.stories.plan import AGENTS, NAMES, PLAN, PORTS
from tests.stories.transcript import Names, line

WATCHED = ("7000", *PORTS, *AGENTS)
"""What a CTI server monitors: pilots, media ports and agents' devices. Its mirror must follow every story."""


class Story:
    """One switch, every phone registered, an application at the pilot; calls are named C1, C2... as they come."""

    told: ClassVar[list["Story"]] = []

    def __init__(self, *, attended: bool = True, absent: tuple[str, ...] = ()) -> None:
        self.switch = Switch(PLAN, epoch=0x5EED)
        self.now = 1000.0
        self.names = Names()
        for number in PLAN.extensions:
            if number not in absent:
                self.switch.registered(number)
        self.switch.attend(frozenset({"7000"}) if attended else frozenset())
        self.told.append(self)
        self.mirror = CallMirror()
        self.discrepancies: list[str] = []
        for number in WATCHED:
            self.mirror.monitor_started(f"monitor-{number}", number)
        self._invited: dict[str, str] = {}
        self._lines: list[str] = []

    # ---- what happens

    def dials(self, caller: str, number: str) -> None:
        self.switch.arrived(f"leg-{caller}", CallerID(caller, NAMES.get(caller, "")), number, self.now)
        self._take()

    def rings(self, device: str) -> None:
        self.switch.progressed(self.leg(device))
        self._take()

    def answers(self, device: str) -> None:
        self.switch.answered(self.leg(device), self.now)
        self._take()

    def refuses(self, device: str, status: int) -> None:
        self.switch.refused(self.leg(device), status, self.now)
        self._take()

    def hangs_up(self, device: str) -> None:
        self.switch.ended(self.leg(device), self.now)
        self._take()

    def breaks(self, device: str) -> None:
        self.switch.broken(self.leg(device), self.now)
        self._take()

    def passes(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.switch.get_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            self.switch.handle_timer(self.now)
            self._take()
        self.now = end

    def asks(self, request: Request) -> None:
        answer, deed = self.switch.perform(request, self.now)
        if isinstance(answer, ErrorResponse):
            self._lines.append(f"refused {answer.category} {answer.value}")
        else:
            self._lines.append(" ".join(["done", type(answer).__name__, *self._transferred(answer)]))
        deed()
        self._take()

    def deflects(self, call: str, device: str, to: str) -> None:
        self.asks(messages.DeflectCall(call_to_be_diverted=self.connection(call, device), new_destination=DeviceID(to)))

    def transfers(self, call: str, device: str, to: str) -> None:
        self.asks(
            messages.SingleStepTransferCall(active_call=self.connection(call, device), transferred_to=DeviceID(to))
        )

    # ---- what came of it

    def heard(self) -> str:
        lines, self._lines = self._lines, []
        return "\n".join(lines)

    def expect(self, transcript: str) -> None:
        assert self.heard() == dedent(transcript).strip()

    def skip(self) -> None:
        """Go on without looking at the transcript so far, which another story covers."""
        self._lines.clear()

    def connection(self, call: str, device: str) -> ConnectionID:
        return ConnectionID(self.names.identifiers.get(call, call), device)

    def leg(self, device: str) -> str:
        return self._invited.get(device, f"leg-{device}")

    def calls(self) -> list[str]:
        return [
            " ".join([self.names.call(view.call_id), *(f"{device}:{state}" for device, state in view.parties)])
            for view in self.switch.calls()
        ]

    # ---- inside

    def _transferred(self, answer: object) -> list[str]:
        match answer:
            case messages.SingleStepTransferCallResponse():
                return [self.names.connection(answer.transferred_call)]
            case messages.MakeCallResponse():
                return [self.names.connection(answer.calling_device)]
            case _:
                return []

    def _take(self) -> None:
        self._lines += [self._line(wish) for wish in self.switch.take_wishes()]

    def _line(self, wish: Wish) -> str:
        match wish:
            case Notify(device, event):
                if device in WATCHED:
                    seen = replace(event, monitor_cross_ref_id=f"monitor-{device}")
                    self.discrepancies += map(str, self.mirror.fold(seen, self.now))
                return f"{device} {line(event, self.names)}"
            case Invite(leg, number, caller, offer_of, prompt, trunk):
                self._invited[number] = leg
                media = self._who(offer_of) if offer_of else "switch"
                by = "" if trunk is None else f" by {trunk}"
                return f"sip invite {number}{by} shows {caller.number} {caller.name}".rstrip() + (
                    f" with media of {media}" + (" prompting" if prompt else "")
                )
            case Ring(leg):
                return f"sip ring {self._who(leg)}"
            case Refuse(leg, status, reason):
                return f"sip refuse {self._who(leg)} {status} {reason}"
            case HangUp(leg):
                who = self._who(leg)
                self._invited = {number: name for number, name in self._invited.items() if name != leg}
                return f"sip hang up {who}"
            case Hear(leg, source):
                heard = self._who(source) if isinstance(source, str) else f"room {self.names.call(source.name)}"
                return f"sip {self._who(leg)} hears {heard}"
            case SendDigits(leg, digits):
                return f"sip {self._who(leg)} gets {digits}"

    def _who(self, leg: str) -> str:
        return next((number for number, name in self._invited.items() if name == leg), leg.removeprefix("leg-"))
