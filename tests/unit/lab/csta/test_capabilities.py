"""Capability exchange: what the switch says it can do is what it does, dialect by dialect."""

import pytest

from csta import messages as m
from csta.identifiers import DeviceID
from csta.messages import Request
from csta.messages.capabilities.enumerations import RequestedDeviceCategory
from cti_server.cli.csta.probe import listed
from lab.csta.capabilities import OWN, SEGMENTS
from lab.csta.model import Rules
from lab.csta_settings import DIALECTS
from tests.unit.lab.csta.offices import ROUTES, WAYS, PaperOffice

each_way = pytest.mark.parametrize(("dialect", "profile"), WAYS)


@each_way
def test_both_lists_name_the_same_services_and_each_is_known(dialect: str, profile: str) -> None:
    link = PaperOffice().application(dialect, profile)
    caps, features = link.ask(m.GetSwitchingFunctionCaps()), link.ask(m.GetCSTAFeatures())
    services = features.supported_services
    assert caps.serv_evts_list.call_control_serv_list == services.call_control_serv_list
    assert caps.serv_evts_list.call_control_evts_list == features.supported_events.call_control_evts_list
    assert services.call_control_serv_list.deflect_call is not None
    assert services.call_control_serv_list.send_message is None
    assert services.routeing_serv_list is None
    assert DIALECTS[dialect].title in caps.manufacturer_name


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_kept_to_its_dialect_the_switch_names_exactly_its_services(dialect: str) -> None:
    link = PaperOffice(rules=Rules(extra_services=False)).application(dialect)
    named = {request.__name__ for request in DIALECTS[dialect].capabilities.services if not _is_own(request)}
    answer = link.ask(m.GetCSTAFeatures())
    if isinstance(answer, m.ErrorResponse):
        assert answer.value == "serviceNotSupported"
        return
    assert named <= listed(answer)


def _is_own(request: type[Request]) -> bool:
    return request is m.SystemStatus


def test_nothing_is_named_that_is_not_done() -> None:
    office = PaperOffice()
    link = office.application()
    done = office.switch.supported() | OWN | SEGMENTS
    assert listed(link.ask(m.GetCSTAFeatures())) <= {service.__name__ for service in done}
    for kind in (m.GetForwarding, m.GetDoNotDisturb, m.GetAgentState):
        assert not isinstance(link.ask(kind(device=DeviceID("7101"))), m.ErrorResponse)


def test_routing_services_are_named_where_the_dialect_has_them() -> None:
    office = PaperOffice(rules=Rules(routes=ROUTES))
    without = office.application().ask(m.GetCSTAFeatures())
    assert without.supported_services.routeing_serv_list is None
    with_ = office.application("openscape_4000", routing_services=True).ask(m.GetCSTAFeatures())
    assert with_.supported_services.routeing_serv_list.route_select is not None


@each_way
def test_the_list_of_devices_comes_in_segments_and_by_category(dialect: str, profile: str) -> None:
    link = PaperOffice(rules=Rules(segment=4, routes=ROUTES)).application(dialect, profile)
    answer = link.ask(m.GetSwitchingFunctionDevices())
    found = [one.device_id.number for notice in link.notices for one in notice.device_list]  # type: ignore[attr-defined]
    assert found == ["7000", "7001", "7101", "7102", "7201", "7202", "7600"]
    assert [one.last_segment for one in link.notices] == [False, True]  # type: ignore[attr-defined]
    assert {one.service_cross_ref_id for one in link.notices} == {answer.service_cross_ref_id}  # type: ignore[attr-defined]
    link.notices.clear()
    link.ask(m.GetSwitchingFunctionDevices(requested_device_category=RequestedDeviceCategory.ROUTEING_DEVICE))
    link.ask(m.GetSwitchingFunctionDevices(requested_device_category=RequestedDeviceCategory.PARK))
    assert [[str(one.device_id) for one in notice.device_list] for notice in link.notices] == [["7600"], []]  # type: ignore[attr-defined]
    refused = link.ask(m.GetSwitchingFunctionDevices(requested_device_id=DeviceID("1")))
    assert refused.value == "invalidDeviceID"


@each_way
def test_a_device_tells_what_it_is(dialect: str, profile: str) -> None:
    link = PaperOffice().application(dialect, profile)
    phone = link.ask(m.GetLogicalDeviceInformation(device=DeviceID("7101")))
    assert (str(phone.device_category), phone.max_active_calls) == ("station", 2)
    assert [str(one) for one in phone.associated_group_list] == ["7000", "7600"]
    pilot = link.ask(m.GetLogicalDeviceInformation(device=DeviceID("7000")))
    assert (str(pilot.device_category), {str(one) for one in pilot.group_device_attributes}) == ("group", {"hunt"})
    assert link.ask(m.GetPhysicalDeviceInformation(device=DeviceID("7101"))).has_logical_element
    assert link.ask(m.GetLogicalDeviceInformation(device=DeviceID("1"))).value == "invalidDeviceID"
