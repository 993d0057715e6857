"""A story told to the switch, and the transcript of what it did, one short line for each wish."""

from dataclasses import replace
from textwrap import dedent
from typing import ClassVar

from csta import messages
from csta.calls import CallMirror
from csta.identifiers import ConnectionID, DeviceID, Presentation
from csta.messages import ErrorResponse, Event, Request
from lab.switch.plan import Extension, Feature, NumberPlan, Pilot, Timers
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, HangUp, Hear, Invite, Notify, Refuse, Ring, Wish

NAMES = {"7101": "Anna", "7102": "Ben", "7201": "Carol", "7202": "Dave"}
AGENTS = {"7101": "anna", "7102": "ben"}
PORTS = ("7001", "7002")
WATCHED = ("7000", *PORTS, *AGENTS)
"""What a CTI server monitors: pilots, media ports and agents' devices. Its mirror must follow every story."""

PLAN = NumberPlan(
    extensions={
        number: Extension(number, NAMES.get(number, ""), agent=AGENTS.get(number)) for number in (*PORTS, *NAMES)
    },
    pilots={"7000": Pilot("7000", "Sales line", ("7101", "7102"), unattended_after=30, hunt_ring=15)},
    features={"*61": Feature.LOG_ON, "*62": Feature.READY, "*63": Feature.NOT_READY, "*64": Feature.LOG_OFF},
    timers=Timers(no_answer=60, confirmation=1.5),
)


class Story:
    """One switch, every phone registered, an application at the pilot; calls are named C1, C2... as they come."""

    told: ClassVar[list["Story"]] = []

    def __init__(self, *, attended: bool = True, absent: tuple[str, ...] = ()) -> None:
        self.switch = Switch(PLAN, epoch=0x5EED)
        self.now = 1000.0
        self._calls: dict[str, str] = {}
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
        return ConnectionID({name: call_id for call_id, name in self._calls.items()}.get(call, call), device)

    def leg(self, device: str) -> str:
        return self._invited.get(device, f"leg-{device}")

    def calls(self) -> list[str]:
        return [
            " ".join([self._name(view.call_id), *(f"{device}:{state}" for device, state in view.parties)])
            for view in self.switch.calls()
        ]

    # ---- inside

    def _name(self, call_id: str) -> str:
        return self._calls.setdefault(call_id, f"C{len(self._calls) + 1}")

    def _transferred(self, answer: object) -> list[str]:
        match answer:
            case messages.SingleStepTransferCallResponse():
                return [self._connection(answer.transferred_call)]
            case messages.MakeCallResponse():
                return [self._connection(answer.calling_device)]
            case _:
                return []

    def _connection(self, connection: ConnectionID) -> str:
        return f"{{{self._name(connection.call_id)},{connection.device_id}}}"

    def _take(self) -> None:
        self._lines += [self._line(wish) for wish in self.switch.take_wishes()]

    def _line(self, wish: Wish) -> str:
        match wish:
            case Notify(device, event):
                if device in WATCHED:
                    seen = replace(event, monitor_cross_ref_id=f"monitor-{device}")
                    self.discrepancies += map(str, self.mirror.fold(seen, self.now))
                return f"{device} {self._event(event)}"
            case Invite(leg, number, caller, offer_of, prompt):
                self._invited[number] = leg
                media = self._who(offer_of) if offer_of else "switch"
                return f"sip invite {number} shows {caller.number} {caller.name}".rstrip() + (
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
                return f"sip {self._who(leg)} hears {self._who(source)}"

    def _who(self, leg: str) -> str:
        return next((number for number, name in self._invited.items() if name == leg), leg.removeprefix("leg-"))

    def _event(self, event: Event) -> str:
        match event:
            case messages.Transferred():
                moved = [
                    f"{self._connection(item.old_connection) if item.old_connection else 'new'}->"
                    f"{self._connection(item.new_connection) if item.new_connection else 'gone'}"
                    for item in event.transferred_connections
                ]
                facts = [self._connection(event.primary_old_call), "to", str(event.transferred_to_device), *moved]
            case messages.ConnectionCleared():
                facts = [self._connection(event.dropped_connection), "by", str(event.releasing_device)]
            case messages.Diverted():
                facts = [self._connection(event.connection), "to", str(event.new_destination)]
            case messages.AgentEvent():
                return f"{type(event).__name__} {event.agent_id}"
            case messages.CallEvent():
                facts = [self._connection(_subject(event)), *_parties(event)]
            case _:
                raise AssertionError(event)
        local = event.local_connection_info
        return " ".join([type(event).__name__, *facts, str(event.cause), f"local={local or '-'}"])


def _subject(event: messages.CallEvent) -> ConnectionID:
    found = [value for name in event.__slots__ if isinstance(value := getattr(event, name), ConnectionID)]
    assert len(found) == 1
    return found[0]


def _parties(event: messages.CallEvent) -> list[str]:
    calling, called = getattr(event, "calling_device", None), getattr(event, "called_device", None)
    last = getattr(event, "last_redirection_device", Presentation.NOT_REQUIRED)
    route = [] if last is Presentation.NOT_REQUIRED else [f"from {last}"]
    return [] if calling is None else [f"{calling}>{called}", *route]
