"""A switch with its CSTA face and links on paper: what goes over a link is encoded and read as it would be.

Every message that the face sends must be read back as it was meant, without a finding; where
``CALLWRIGHT_ECMA323_XSD`` names a schema of ECMA-323, what is XML must be valid by it.
"""

import os
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, cast

from lxml import etree
from structlog.testing import CapturingLogger
from twisted.internet.defer import Deferred, succeed

from csta import messages as m
from csta.codec import ber, xml
from csta.dialects import Dialect, Encoding, Profile
from csta.dialects.variations import Value, varied
from csta.errors import LocalError
from csta.identifiers import DeviceID
from csta.messages import Event, Message, Notice, Request, Response
from csta.schema.kinds import NAMESPACE_STEM
from csta.transport import Link
from lab.csta.face import CstaFace, Door
from lab.csta.model import Model, Rules
from lab.csta.routing import RoutePlan
from lab.csta.way import Way
from lab.csta_settings import DIALECTS
from lab.faults import Faults, Rate
from lab.switch.plan import Extension, NumberPlan, Pilot
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, Invite, Notify

NOW = 1_700_000_000.0
XSD = os.environ.get("CALLWRIGHT_ECMA323_XSD", "")

PHONES = ("7001", "7101", "7102", "7201", "7202")
PLAN = NumberPlan(
    extensions={number: Extension(number, agent="anna" if number == "7101" else None, calls=2) for number in PHONES},
    pilots={
        "7000": Pilot("7000", members=("7101", "7102")),
        "7600": Pilot("7600", members=("7101",)),
    },
)
ROUTES = {"7600": RoutePlan(number="7600", default="7102", reply_timeout=3.0)}
WAYS = (
    ("openscape_voice", "xml"),
    ("openscape_4000", "ber"),
    ("openscape_4000", "xml"),
    ("openscape_business", "ber"),
    ("openscape_business", "xml"),
)


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(XSD).as_posix()))


def carried(message: Message, dialect: Dialect, profile: Profile, request: type[Request] | None = None) -> Message:
    """The message after a journey over a link: as the other end reads it."""
    if profile.encoding is Encoding.XML:
        read = xml.decode(xml.encode(message, profile.namespace), dialect.normalise_device)
        assert not read.findings, read.findings
        if XSD:
            document = etree.fromstring(xml.encode(message, NAMESPACE_STEM + "ed6"))
            assert _schema().validate(document), _schema().error_log
        return read.message
    apdu = ber.encode(message, 7, profile.ber)
    found = ber.decode(apdu, dialect.normalise_device, profile.ber, request_of=lambda _: request)
    assert not found.findings, found.findings
    return found.message


class PaperLink:
    """An application at the far end of a link on paper; with ``fails`` no event can be sent to it."""

    def __init__(self, office: "PaperOffice", way: Way, *, fails: bool = False) -> None:
        self.peer = "192.0.2.7:4000"
        self.fails = fails
        self.refuses_to_carry: type[Message] | None = None
        self.raw: list[Message] = []
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.asked: list[Request] = []
        self.answers: list[Any] = []
        self._office = office
        self._way = way
        self._door = office.face.observer(way)
        self._asking: type[Request] | None = None
        self._door.link_up(self.link)

    @property
    def link(self) -> Link:
        return cast("Link", self)

    @property
    def door(self) -> Door:
        return self._door

    # ---- as the face uses a link

    def notify(self, event: Event) -> None:
        if self.fails:
            raise LocalError("too large")
        self.raw.append(event)
        self.events.append(cast("Event", self._carried(event)))

    def respond(self, invoke_id: int, response: Any) -> None:
        if self.refuses_to_carry is type(response):
            raise LocalError("cannot be written")
        self.answers.append(self._carried(response))

    def send_notice(self, notice: Notice) -> None:
        self.notices.append(cast("Notice", self._carried(notice)))

    def request(self, request: Request) -> Deferred[Response]:
        self.asked.append(cast("Request", self._carried(request)))
        return succeed(request.response())

    def close(self) -> None:
        self._door.link_down(self.link, "closed")

    def _carried(self, message: Message) -> Message:
        return carried(message, self._way.dialect, self._way.profile, self._asking)

    # ---- as an application

    def ask(self, request: Request) -> Any:
        """Ask the switch; gives its answer."""
        self._asking = type(request)
        sent = carried(request, self._way.dialect, self._way.profile)
        self._door.request_received(self.link, 7, cast("Request", sent))
        self._office.settle()
        return self.answers.pop() if self.answers else None

    def say(self, notice: Notice) -> None:
        """Tell the switch something."""
        self._door.notice_received(self.link, cast("Notice", carried(notice, self._way.dialect, self._way.profile)))
        self._office.settle()

    def monitor(self, *devices: str, **more: Any) -> list[str]:
        """Monitor devices; gives the cross references."""
        return [self.ask(m.MonitorStart(monitor_object=DeviceID(one), **more)).monitor_cross_ref_id for one in devices]

    def kinds(self) -> list[str]:
        """The events so far, which are forgotten."""
        found = [type(event).__name__ for event in self.events]
        self.events.clear()
        self.raw.clear()
        return found


class PaperOffice:
    """The face before a real switching model; time stands still unless it is moved."""

    def __init__(self, *, rules: Rules | None = None, rates: dict[Rate, float] | None = None) -> None:
        self.now = NOW
        self.log = CapturingLogger()
        self.switch = Switch(PLAN, epoch=1)
        for number in PHONES:
            self.switch.registered(number)
        self.attended: list[frozenset[str]] = []
        self.rung: dict[str, str] = {}
        self.faults = Faults(rates or {}, Random(1))
        self.restarts = 0
        model = Model(
            plan=PLAN,
            supported=self.switch.supported(),
            perform=lambda request: self.switch.perform(request, self.now),
            calls=lambda: frozenset(call.call_id for call in self.switch.calls()),
            settle=self.settle,
            attend=self._attend,
            now=lambda: self.now,
            restart=self._restart,
        )
        self.face = CstaFace(model, rules or Rules(), self.faults, self.log)

    def _attend(self, devices: frozenset[str]) -> None:
        self.attended.append(devices)
        self.switch.attend(devices & frozenset(PLAN.pilots))

    def _restart(self) -> None:
        self.restarts += 1

    def application(self, dialect: str = "openscape_voice", profile: str | None = None, **settings: Value) -> PaperLink:
        """An application that has logged in."""
        found = varied(DIALECTS[dialect], settings)
        return PaperLink(self, Way(found, found.profile(profile)))

    def same_way(self, other: PaperLink, *, fails: bool = False) -> PaperLink:
        """One more application by the same listener."""
        return PaperLink(self, other._way, fails=fails)

    # ---- what happens

    def settle(self) -> None:
        """Carry out what the switch wishes: events are told, phones ring."""
        while wishes := self.switch.take_wishes():
            for wish in wishes:
                match wish:
                    case Notify(device, event):
                        self.face.notify(device, event)
                    case Invite(leg=leg, number=number):
                        self.rung[number] = leg
                    case _:
                        pass
            self.face.settled()

    def dial(self, caller: str, number: str) -> None:
        """A phone calls."""
        self.switch.arrived(f"in-{caller}", CallerID(caller), number, self.now)
        self.settle()

    def rings(self, number: str) -> None:
        """A phone says that it rings."""
        self.switch.progressed(self.rung[number])
        self.settle()

    def answer(self, number: str) -> None:
        """A phone answers."""
        self.switch.answered(self.rung[number], self.now)
        self.settle()

    def refuse(self, number: str, status: int = 486) -> None:
        """A phone refuses."""
        self.switch.refused(self.rung.pop(number), status, self.now)
        self.settle()

    def hang_up(self, caller: str) -> None:
        """A caller hangs up."""
        self.switch.ended(f"in-{caller}", self.now)
        self.settle()

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.switch.handle_timer(self.now)
        self.face.handle_timer(self.now)
        self.settle()

    def logged(self, text: str) -> list[dict[str, Any]]:
        """Facts of the log lines with a text."""
        return [dict(call.kwargs) for call in self.log.calls if call.args == (text,)]
