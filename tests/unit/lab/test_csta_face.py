"""The CSTA face: what one link cannot carry, or asks wrongly, is its own affair."""

from typing import Any, cast

from structlog.testing import CapturingLogger

from csta import messages
from csta.errors import LocalError
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Event
from csta.transport import Link
from lab.csta_face import CstaFace
from lab.switch.services import NOT_SUPPORTED


class FakeLink:
    def __init__(self, *, fails: bool = False) -> None:
        self.peer = "192.0.2.7:4000"
        self.fails = fails
        self.events: list[Event] = []
        self.answers: list[Any] = []

    def notify(self, event: Event) -> None:
        if self.fails:
            raise LocalError("too large")
        self.events.append(event)

    def respond(self, invoke_id: int, response: Any) -> None:
        self.answers.append(response)


def face(attended: list[frozenset[str]], log: CapturingLogger) -> CstaFace:
    return CstaFace(
        frozenset({"7000", "7101"}),
        lambda request: (NOT_SUPPORTED, lambda: None),
        lambda: None,
        attended.append,
        log,
    )


def joined(csta: CstaFace, link: FakeLink, *devices: str) -> Link:
    as_link = cast("Link", link)
    csta.link_up(as_link)
    for device in devices:
        csta.request_received(as_link, 1, messages.MonitorStart(monitor_object=DeviceID(device)))
    return as_link


EVENT = messages.AgentReady(monitor_cross_ref_id="", agent_device=DeviceID("7101"), agent_id="anna")


def test_an_event_that_one_link_cannot_carry_reaches_the_others_and_the_log() -> None:
    log = CapturingLogger()
    csta = face([], log)
    broken, whole = FakeLink(fails=True), FakeLink()
    joined(csta, broken, "7101")
    joined(csta, whole, "7101")

    csta.notify("7101", EVENT)

    assert [type(event) for event in whole.events] == [messages.AgentReady]
    assert [call.args for call in log.calls if call.method_name == "error"] == [("event not sent",)]


def test_each_monitor_has_its_own_reference_and_its_own_report() -> None:
    csta = face([], CapturingLogger())
    link = FakeLink()
    joined(csta, link, "7101", "7101", "7000")

    csta.notify("7101", EVENT)

    references = [answer.monitor_cross_ref_id for answer in link.answers]
    assert len(set(references)) == 3
    assert [event.monitor_cross_ref_id for event in link.events] == references[:2]


def test_the_switch_knows_what_is_attended_until_the_link_is_gone() -> None:
    attended: list[frozenset[str]] = []
    csta = face(attended, CapturingLogger())
    link = joined(csta, FakeLink(), "7000")
    assert attended[-1] == {"7000"}

    csta.link_down(link, "gone")

    assert attended[-1] == frozenset()
    assert csta.applications == 0


def test_monitors_of_calls_and_requests_not_known_are_refused() -> None:
    csta = face([], CapturingLogger())
    link = FakeLink()
    as_link = joined(csta, link)

    csta.request_received(as_link, 1, messages.MonitorStart(monitor_object=ConnectionID("FF", "7000")))
    csta.request_received(as_link, 2, messages.HoldCall(call_to_be_held=ConnectionID("FF", "7000")))

    assert [(answer.category, answer.value) for answer in link.answers] == [
        ("operation", "invalidMonitorObject"),
        ("operation", "serviceNotSupported"),
    ]
