"""One link for many applications: whose turn it is, whose the answer is, and what becomes of what nobody wants."""

import pytest

from csta import ConnectionID, DeviceID, EncodeError, LinkLost, MessageError, RequestTimedOut, ServiceRefused
from csta import messages as m
from csta.causes import EventCause
from csta.codec import ber, xml
from csta.errors import CstaError, RequestRejected, TooManyRequestsError
from csta.messages.application_session import StopApplicationSession
from csta.sharing import (
    NO_ANSWER,
    NO_SUCH_MONITOR,
    NO_SUCH_REGISTRATION,
    NOT_OFFERED,
    TOO_MANY_REQUESTS,
    WAITED_TOO_LONG,
    Answer,
    AnswerSwitch,
    AskSwitch,
    Output,
    Remark,
    SayToSwitch,
    SharedLink,
    SharingSettings,
    Tell,
    TellStatus,
    Turns,
)
from csta.sharing.refusals import error_of
from csta.states import SystemStatusValue

PHONE = DeviceID("7101")
MAKE = m.MakeCall(calling_device=PHONE, called_directory_number=DeviceID("7102"))
LOOK = m.SnapshotDevice(snapshot_object=PHONE)
REGISTER = m.RouteRegister(routeing_device=DeviceID("7000"))
REGISTERED = m.RouteRegisterResponse(route_register_req_id="0B")
ESCAPE = m.Escape(escape_register_id="0E", private_data=b"x")
_S = SystemStatusValue


class Desk:
    """A shared link with a switch that is there, and two applications."""

    def __init__(self, settings: SharingSettings | None = None, *, up: bool = True) -> None:
        self.link = SharedLink(settings)
        self.now = 100.0
        if up:
            self.link.switch_up()
        for application in ("one", "two"):
            self.link.arrived(application)
        self.outputs()

    def outputs(self) -> list[Output]:
        found = []
        while (output := self.link.next_output(self.now)) is not None:
            found.append(output)
        return found

    def ask(self, application: str, request: m.Request, invoke_id: int = 1) -> list[Output]:
        self.link.asked(application, invoke_id, request, self.now)
        return self.outputs()

    def through(self, application: str, request: m.Request, answer: m.Response | CstaError) -> list[Output]:
        """Ask, and let the switch answer."""
        (asked,) = self.ask(application, request)
        assert isinstance(asked, AskSwitch)
        assert asked.request == request
        self.link.answered(asked.key, answer)
        return self.outputs()


# --- turns


def test_applications_take_turns_and_call_control_goes_first() -> None:
    turns: Turns[str] = Turns(100)
    for lane in "aaab":
        turns.put(lane, f"{lane} looks", urgent=False)
    turns.put("b", "b calls", urgent=True)
    turns.put("b", "b calls again", urgent=True)
    turns.put("a", "a calls", urgent=True)
    taken = [turn.entry for turn in iter(turns.take, None)]
    assert taken == ["a calls", "b calls", "b calls again", "a looks", "b looks", "a looks", "a looks"]


def test_survey_is_not_starved() -> None:
    turns: Turns[str] = Turns(100)
    turns.put("a", "look", urgent=False)
    for _ in range(12):
        turns.put("b", "call", urgent=True)
    assert [turn.entry for turn in iter(turns.take, None)].index("look") == 8


def test_nobody_fills_the_window() -> None:
    turns: Turns[int] = Turns(8)
    for number in range(20):
        turns.put("greedy", number, urgent=True)
        turns.put("curious", number, urgent=False)
    under_way = list(iter(turns.take, None))
    assert len(under_way) == 8
    assert sum(turn.lane == "greedy" for turn in under_way) == 6
    turns.put("late", 0, urgent=True)
    assert turns.take() is None
    turns.done(under_way[0])
    next_one = turns.take()
    assert next_one is not None
    assert next_one.lane == "late"
    assert turns.drop("greedy") == [*range(6, 20)]
    assert turns.waiting("greedy") == 0
    assert len(turns.clear()) == 18
    # What was under way then is nothing to it any more.
    turns.done(next_one)
    assert turns.take() is None


# --- requests


def test_the_answer_goes_to_who_asked() -> None:
    desk = Desk()
    made = m.MakeCallResponse(calling_device=ConnectionID("C", "7101"))
    assert desk.through("two", MAKE, made) == [Answer("two", 1, made)]


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (
            ServiceRefused("operation", "invalidDeviceID"),
            m.ErrorResponse(category="operation", value="invalidDeviceID"),
        ),
        (ServiceRefused("unspecified", ""), m.ErrorResponse(category="unspecified")),
        (
            ServiceRefused("applicationSession", "invalidSessionID"),
            m.ErrorResponse(category="operation", value="generic"),
        ),
        (RequestRejected("invoke", 1), NOT_OFFERED),
        (RequestRejected("invoke", 2), m.ErrorResponse(category="operation", value="generic")),
        (RequestTimedOut("late"), NO_ANSWER),
        (LinkLost("cut"), NO_ANSWER),
        (MessageError("garbled"), NO_ANSWER),
        (EncodeError("cause is mandatory"), m.ErrorResponse(category="operation", value="invalidParameterValue")),
        (TooManyRequestsError("full"), TOO_MANY_REQUESTS),
    ],
)
def test_errors_become_answers_that_both_encodings_have(error: CstaError, answer: m.ErrorResponse) -> None:
    assert Desk().through("one", MAKE, error) == [Answer("one", 1, answer)]
    assert ber.decode(ber.encode(error_of(error), 7)).message == answer
    assert xml.decode(xml.encode(error_of(error))).message == answer


def test_what_waited_too_long_is_not_done_any_more() -> None:
    desk = Desk(SharingSettings(window=1, patience=10, requests=2))
    (asked,) = desk.ask("one", MAKE, 1)
    assert isinstance(asked, AskSwitch)
    assert desk.ask("two", MAKE, 2) == []
    assert desk.ask("two", MAKE, 3) == []
    assert desk.ask("two", MAKE, 4) == [Answer("two", 4, TOO_MANY_REQUESTS)]
    desk.now += 11
    desk.link.answered(asked.key, RequestTimedOut("late"))
    assert desk.outputs() == [
        Answer("one", 1, NO_ANSWER),
        Answer("two", 2, WAITED_TOO_LONG),
        Answer("two", 3, WAITED_TOO_LONG),
    ]


def test_what_is_the_links_own_is_answered_here() -> None:
    desk = Desk()
    assert desk.ask("one", StopApplicationSession(session_id="1")) == [Answer("one", 1, NOT_OFFERED)]
    types = frozenset({m.RequestType.SYSTEM_STATUS})
    for request in (
        m.SystemRegister(request_types=types),
        m.ChangeSysStatFilter(sys_stat_register_id="01"),
        m.SystemRegisterCancel(sys_stat_register_id="01"),
        m.GetMonitors(),
        m.GetRegistrations(),
    ):
        (output,) = desk.ask("one", request)
        assert isinstance(output, Answer)
        assert isinstance(output.answer, request.response)
        service = type(request)
        decoded = ber.decode(ber.encode(output.answer, 7), request_of=lambda _, service=service: service)  # type: ignore[misc] # mypy infers no type for a default of a lambda
        assert type(decoded.message) is type(output.answer)
        assert type(xml.decode(xml.encode(output.answer)).message) is type(output.answer)


def test_registrations_are_told_to_who_has_them() -> None:
    desk = Desk()
    desk.through("one", REGISTER, REGISTERED)
    desk.through("one", m.EscapeRegister(), m.EscapeRegisterResponse(escape_register_id="0E"))
    (mine,), (others,) = desk.ask("one", m.GetRegistrations()), desk.ask("two", m.GetRegistrations())
    assert isinstance(mine, Answer)
    assert isinstance(others, Answer)
    assert isinstance(mine.answer, m.GetRegistrationsResponse)
    assert [one.registration_id for one in mine.answer.registration_list] == ["0B", "0E"]
    assert others.answer == m.GetRegistrationsResponse()


# --- the switch's own

ROUTE = m.RouteRequest(cross_ref_identifier="0C", route_register_req_id="0B")
BARE_ROUTE = m.RouteRequest(cross_ref_identifier="0C")


@pytest.mark.parametrize("request_", [ROUTE, BARE_ROUTE])
def test_a_dialogue_is_its_routers_until_it_ends(request_: m.RouteRequest) -> None:
    desk = Desk()
    desk.through("one", REGISTER, REGISTERED)
    desk.link.switch_noticed(request_)
    select = m.RouteSelect(cross_ref_identifier="0C", route_selected=PHONE)
    used = m.RouteUsed(cross_ref_identifier="0C", route_register_req_id="0B")
    end = m.RouteEnd(cross_ref_identifier="0C")
    desk.link.noticed("one", select)
    desk.link.switch_noticed(used)
    desk.link.switch_noticed(end)
    assert desk.outputs() == [Tell("one", request_), SayToSwitch(select), Tell("one", used), Tell("one", end)]
    desk.link.noticed("one", select)
    (remark,) = desk.outputs()
    assert isinstance(remark, Remark)


def test_a_registration_that_the_switch_aborts() -> None:
    desk = Desk()
    desk.through("one", REGISTER, REGISTERED)
    abort = m.RouteRegisterAbort(route_register_req_id="0B")
    desk.link.switch_noticed(abort)
    assert desk.outputs() == [Tell("one", abort)]
    cancel = m.RouteRegisterCancel(route_register_req_id="0B")
    assert desk.ask("one", cancel) == [Answer("one", 1, NO_SUCH_REGISTRATION)]


def test_who_goes_away_before_its_registration_is_there_leaves_nothing() -> None:
    desk = Desk()
    (asked,) = desk.ask("one", REGISTER)
    assert isinstance(asked, AskSwitch)
    desk.link.gone("one")
    desk.link.answered(asked.key, REGISTERED)
    (cancel,) = desk.outputs()
    assert isinstance(cancel, AskSwitch)
    assert cancel.request == m.RouteRegisterCancel(route_register_req_id="0B")
    desk.link.answered(cancel.key, m.RouteRegisterCancelResponse())
    assert desk.outputs() == []


def test_the_vendors_services_of_the_switch_go_to_who_registered() -> None:
    desk = Desk()
    desk.link.switch_asked(5, ESCAPE)
    assert desk.outputs() == [AnswerSwitch(5, NOT_OFFERED)]
    desk.through("two", m.EscapeRegister(), m.EscapeRegisterResponse(escape_register_id="0E"))
    desk.link.switch_asked(6, ESCAPE)
    assert desk.outputs() == [Tell("two", ESCAPE, for_switch=6)]
    # An application that goes away in between leaves the switch an answer.
    desk.link.switch_asked(7, ESCAPE)
    desk.link.gone("two")
    assert AnswerSwitch(7, NOT_OFFERED) in desk.outputs()


def test_changes_of_the_switch_are_everybodys() -> None:
    desk = Desk()
    desk.link.switch_asked(5, m.SwFunctionDevicesChanged(sys_stat_register_id="77"))
    told = m.SwFunctionDevicesChanged()
    answer = m.SwFunctionDevicesChangedResponse()
    assert desk.outputs() == [AnswerSwitch(5, answer), Tell("one", told), Tell("two", told)]


def test_a_monitor_that_the_switch_ends() -> None:
    desk = Desk()
    started = desk.through(
        "one", m.MonitorStart(monitor_object=PHONE), m.MonitorStartResponse(monitor_cross_ref_id="S")
    )
    assert isinstance(started[0], Answer)
    assert isinstance(started[0].answer, m.MonitorStartResponse)
    own = started[0].answer.monitor_cross_ref_id
    for invoke_id, answer in ((5, m.MonitorStopResponse()), (6, NO_SUCH_MONITOR)):
        desk.link.switch_asked(invoke_id, m.MonitorStop(monitor_cross_ref_id="S"))
        outputs = desk.outputs()
        assert outputs[0] == AnswerSwitch(invoke_id, answer)
        assert outputs[1:] == ([Tell("one", m.MonitorStop(monitor_cross_ref_id=own))] if invoke_id == 5 else [])


def test_a_monitor_that_nobody_has_is_stopped_once() -> None:
    desk = Desk()
    held = m.Held(monitor_cross_ref_id="??", held_connection=ConnectionID("C", "7101"), cause=EventCause.NORMAL)
    desk.link.event(held, desk.now)
    remark, stop = desk.outputs()
    assert isinstance(remark, Remark)
    assert isinstance(stop, AskSwitch)
    assert stop.request == m.MonitorStop(monitor_cross_ref_id="??")
    desk.link.event(held, desk.now)
    assert desk.outputs() == []


# --- coming and going


def test_who_goes_away_leaves_the_monitor_that_another_waits_for() -> None:
    desk = Desk(SharingSettings(window=1))
    (asked,) = desk.ask("two", MAKE)
    start = m.MonitorStart(monitor_object=PHONE)
    assert desk.ask("one", start) == []
    assert desk.ask("two", start, 2) == []
    desk.link.gone("one")
    assert isinstance(asked, AskSwitch)
    desk.link.answered(asked.key, LinkLost("cut"))
    _, started = desk.outputs()
    assert isinstance(started, AskSwitch)
    desk.link.answered(started.key, m.MonitorStartResponse(monitor_cross_ref_id="S"))
    (answer,) = desk.outputs()
    assert isinstance(answer, Answer)
    assert (answer.application, answer.invoke_id) == ("two", 2)


def test_the_switch_goes_and_comes_back() -> None:
    desk = Desk(SharingSettings(window=1))
    desk.through("one", m.MonitorStart(monitor_object=PHONE), m.MonitorStartResponse(monitor_cross_ref_id="S"))
    desk.through("two", REGISTER, REGISTERED)
    desk.ask("one", MAKE, 3)
    desk.ask("two", LOOK, 4)
    desk.link.switch_down()
    assert not desk.link.admits
    outputs = desk.outputs()
    assert {one.invoke_id for one in outputs if isinstance(one, Answer) and one.answer == NO_ANSWER} == {3, 4}
    assert Tell("two", m.RouteRegisterAbort(route_register_req_id="0B")) in outputs
    assert outputs[-2:] == [TellStatus("one", _S.DISABLED), TellStatus("two", _S.DISABLED)]
    assert desk.ask("one", LOOK) == [Answer("one", 1, NO_ANSWER)]
    desk.link.arrived("three")
    assert desk.outputs() == [TellStatus("three", _S.DISABLED)]

    desk.link.switch_up()
    *told, again = desk.outputs()
    assert told == [TellStatus(application, _S.ENABLED) for application in ("one", "two", "three")]
    assert isinstance(again, AskSwitch)
    desk.link.answered(again.key, m.MonitorStartResponse(monitor_cross_ref_id="S2"))
    assert desk.outputs() == [TellStatus("one", _S.MESSAGES_LOST)]
    assert desk.link.monitors == 1


def test_who_comes_is_told_what_is_not_normal() -> None:
    desk = Desk()
    desk.link.status_changed(_S.OVERLOAD_REACHED)
    desk.link.arrived("three")
    assert desk.outputs()[-1] == TellStatus("three", _S.OVERLOAD_REACHED)
    desk.link.status_changed(_S.MESSAGES_LOST)
    desk.link.arrived("four")
    assert [one for one in desk.outputs() if one.application == "four"] == []  # type: ignore[attr-defined] # all have one
