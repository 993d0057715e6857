"""The routing dialogue from the switch's side: asked, answered, asked again, rejected, and not answered at all."""

import pytest

from csta import messages as m
from csta.identifiers import DeviceID
from csta.messages import Notice
from lab.csta.model import Rules
from tests.unit.lab.csta.offices import ROUTES, PaperLink, PaperOffice

WAYS = [("openscape_voice", "xml"), ("openscape_4000", "ber"), ("openscape_business", "ber")]


@pytest.fixture(params=WAYS, ids="-".join)
def router(request: pytest.FixtureRequest) -> tuple[PaperOffice, PaperLink]:
    office = PaperOffice(rules=Rules(routes=ROUTES))
    link = office.application(*request.param, routing_services=True)
    registered = link.ask(m.RouteRegister(routeing_device=DeviceID("7600")))
    assert isinstance(registered, m.RouteRegisterResponse)
    return office, link


def asked(link: PaperLink) -> m.RouteRequest:
    (found,) = link.notices
    assert isinstance(found, m.RouteRequest)
    link.notices.clear()
    return found


def select(request: m.RouteRequest, first: str, *others: str, tell: bool = True) -> m.RouteSelect:
    return m.RouteSelect(
        cross_ref_identifier=request.cross_ref_identifier,
        route_register_req_id=request.route_register_req_id,
        route_selected=DeviceID(first),
        alternate_routes=tuple(DeviceID(one) for one in others),
        route_used_req=tell,
    )


def kinds(notices: list[Notice]) -> list[str]:
    found = [type(one).__name__ for one in notices]
    notices.clear()
    return found


def test_a_call_is_asked_about_and_goes_where_the_application_says(router: tuple[PaperOffice, PaperLink]) -> None:
    office, link = router
    office.dial("7201", "7600")
    request = asked(link)
    assert (request.calling_device, request.current_route) == (DeviceID("7201"), DeviceID("7600"))
    assert (request.routeing_device, request.reply_timeout) == (DeviceID("7600"), 3000)
    assert request.routed_call is not None

    link.say(select(request, "7001"))
    assert link.notices == []  # it is on its way
    office.rings("7001")
    used, end = link.notices
    assert isinstance(used, m.RouteUsed)
    assert used.route_used == DeviceID("7001")
    assert isinstance(end, m.RouteEnd)
    assert end.error_value is None
    office.pass_time(60)
    assert len(link.notices) == 2


def test_alternates_are_tried_before_the_switch_asks_again(router: tuple[PaperOffice, PaperLink]) -> None:
    office, link = router
    office.dial("7201", "7600")
    request = asked(link)
    link.say(select(request, "9999", "7001", "7101", tell=False))
    office.refuse("7001")
    office.refuse("7101")
    again = link.notices[-1]
    assert isinstance(again, m.ReRoute)
    assert again.cross_ref_identifier == request.cross_ref_identifier
    link.notices.clear()
    link.say(select(request, "7102", tell=False))
    office.rings("7102")
    assert kinds(link.notices) == ["RouteEnd"]


def test_without_an_answer_the_call_goes_its_default_way(router: tuple[PaperOffice, PaperLink]) -> None:
    office, link = router
    office.dial("7201", "7600")
    request = asked(link)
    office.pass_time(3)
    (end,) = link.notices
    assert isinstance(end, m.RouteEnd)
    assert end.error_value is not None
    assert "7102" in office.rung
    link.say(select(request, "7001"))  # too late
    assert "7001" not in office.rung


def test_a_rejected_call_is_cleared_and_an_ended_dialogue_goes_its_default_way(
    router: tuple[PaperOffice, PaperLink],
) -> None:
    office, link = router
    office.dial("7201", "7600")
    link.say(m.RouteReject(cross_ref_identifier=asked(link).cross_ref_identifier))
    assert kinds(link.notices) == ["RouteEnd"]
    assert office.switch.calls() == ()
    office.dial("7202", "7600")
    link.say(m.RouteEnd(cross_ref_identifier=asked(link).cross_ref_identifier))
    assert "7102" in office.rung
    assert link.notices == []


def test_a_caller_who_hangs_up_ends_the_dialogue(router: tuple[PaperOffice, PaperLink]) -> None:
    office, link = router
    office.dial("7201", "7600")
    request = asked(link)
    office.hang_up("7201")
    assert kinds(link.notices) == ["RouteEnd"]
    link.say(select(request, "7001"))
    assert office.logged("notice belongs to nothing")


def test_registrations_end_by_cancel_by_the_switch_and_with_the_link(router: tuple[PaperOffice, PaperLink]) -> None:
    office, link = router
    assert office.attended[-1] == {"7600"}
    second = office.same_way(link)
    refused = second.ask(m.RouteRegister(routeing_device=DeviceID("7600")))
    assert refused.value == "registrationLimitExceeded"
    office.face.drop_routes()
    assert kinds(link.notices) == ["RouteRegisterAbort"]
    registered = second.ask(m.RouteRegister())
    wrong = link.ask(m.RouteRegisterCancel(route_register_req_id=registered.route_register_req_id))
    assert wrong.value == "invalidParameterValue"

    office.dial("7201", "7600")
    asked(second)
    second.close()
    assert "7102" in office.rung  # the call waits for nobody
    office.dial("7202", "7600")
    assert link.notices == []


def test_devices_that_are_no_route_devices_cannot_be_registered_for(router: tuple[PaperOffice, PaperLink]) -> None:
    _, link = router
    assert link.ask(m.RouteRegister(routeing_device=DeviceID("7000"))).value == "invalidDeviceID"
