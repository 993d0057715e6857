"""Registrations for system services beside the log-in's own."""

import pytest

from csta import messages as m
from csta.messages import RequestType, StatusFilter
from csta.states import SystemStatusValue
from tests.unit.lab.csta.offices import WAYS, PaperOffice


@pytest.mark.parametrize(("dialect", "profile"), WAYS)
def test_a_registration_is_told_what_it_does_not_leave_out(dialect: str, profile: str) -> None:
    office = PaperOffice()
    link = office.application(dialect, profile)
    made = link.ask(
        m.SystemRegister(
            request_types=frozenset({RequestType.SYSTEM_STATUS}),
            requested_status_filter=frozenset({StatusFilter.OVERLOAD_REACHED}),
        )
    )
    assert made.actual_status_filter == {StatusFilter.OVERLOAD_REACHED}
    listed = link.ask(m.GetRegistrations()).registration_list
    assert len(listed) == 1
    office.face.tell_status(SystemStatusValue.OVERLOAD_REACHED)
    assert link.asked == []
    office.face.tell_status(SystemStatusValue.OVERLOAD_RELIEVED)
    office.face.status = SystemStatusValue.NORMAL
    told = [(one.system_status, one.sys_stat_register_id) for one in link.asked]  # type: ignore[attr-defined]
    assert told == [(SystemStatusValue.OVERLOAD_RELIEVED, made.sys_stat_register_id)]

    cancel = m.SystemRegisterCancel(sys_stat_register_id=made.sys_stat_register_id)
    assert isinstance(link.ask(cancel), m.SystemRegisterCancelResponse)
    assert link.ask(cancel).value == "invalidParameterValue"
    office.face.tell_status(SystemStatusValue.MESSAGES_LOST)
    assert len(link.asked) == 2  # without a registration of its own the log-in's counts


def test_a_registration_for_other_services_is_told_no_status() -> None:
    office = PaperOffice()
    link = office.application()
    link.ask(m.SystemRegister(request_types=frozenset({RequestType.SWITCHING_FUNCTION_CAPS_CHANGED})))
    office.face.tell_status(SystemStatusValue.NORMAL)
    assert link.asked == []


def test_a_changed_filter_counts_from_then_on() -> None:
    office = PaperOffice()
    link = office.application()
    made = link.ask(m.SystemRegister(request_types=frozenset({RequestType.SYSTEM_STATUS})))
    changed = link.ask(
        m.ChangeSysStatFilter(
            sys_stat_register_id=made.sys_stat_register_id,
            requested_status_filter=frozenset({StatusFilter.MESSAGE_LOST}),
        )
    )
    assert changed.actual_status_filter == {StatusFilter.MESSAGE_LOST}
    office.face.tell_status(SystemStatusValue.MESSAGES_LOST)
    assert link.asked == []


def test_registrations_have_a_limit() -> None:
    link = PaperOffice().application()
    request = m.SystemRegister(request_types=frozenset({RequestType.SYSTEM_STATUS}))
    answers = [link.ask(request) for _ in range(17)]
    assert answers[-1].value == "registrationLimitExceeded"
