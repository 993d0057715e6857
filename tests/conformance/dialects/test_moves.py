"""D-70 to D-86: transfers and the routing dialogue, and which of the ways to move a call are chosen."""

import pytest

from csta import Call, Connection, ConnectionState, DeviceID, EventCause, NoticeReceived
from csta import messages as m
from cti_server.channels.voice.moves import Terms, ViaPort, plan_move
from cti_server.channels.voice.view import Devices
from tests.conformance.dialects.bench import MONITOR, Bench
from tests.conformance.dialects.spec import ROUTING, requirement
from tests.conformance.dialects.test_calls import CALLER, delivered, established

TRANSFER, ROUTE, CHOICE = "Transfer", "Routing dialogue", "Choice of the way"
S = ConnectionState
C = EventCause
OURS = Devices(frozenset({"7000"}), frozenset({"7001", "7002"}), frozenset({"7101"}))


def new_name(bench: Bench) -> str:
    """Another call identifier of the same length."""
    call = bench.subject.call
    return f"{call[:-2]}{(int(call[-2:], 16) + 1) % 256:02X}"


def transferred(bench: Bench, new: str, consult: str | None = None) -> m.Transferred:
    """The port has left; caller and agent are in the call ``new``."""
    agent_before = None if consult is None else bench.at("7101", consult)
    return m.Transferred(
        monitor_cross_ref_id=MONITOR,
        primary_old_call=bench.at("7001"),
        secondary_old_call=None if consult is None else bench.at("7001", consult),
        transferring_device=DeviceID("7001"),
        transferred_to_device=DeviceID("7101"),
        transferred_connections=(
            m.ConnectionListItem(old_connection=bench.at("7201"), new_connection=bench.at("7201", new)),
            m.ConnectionListItem(old_connection=agent_before, new_connection=bench.at("7101", new)),
        ),
        cause=C.SINGLE_STEP_TRANSFER if consult is None else C.TRANSFER,
    )


@requirement("D-70", TRANSFER, "SingleStepTransferCall")
def test_single_step(bench: Bench) -> None:
    """A media port gives its call away in one step: the answer and the event tell the new name, the agent rings."""
    bench.up().monitor("7001", "7101")
    bench.report(delivered(bench, "7001"), established(bench, "7001"))
    new = new_name(bench)
    answer = bench.ask(
        m.SingleStepTransferCall(active_call=bench.at("7001"), transferred_to=DeviceID("7101")),
        lambda _: m.SingleStepTransferCallResponse(transferred_call=bench.at("7101", new)),
    )
    assert isinstance(answer, m.SingleStepTransferCallResponse)
    assert answer.transferred_call == bench.at("7101", new)
    bench.report(transferred(bench, new), delivered(bench, "7101", C.SINGLE_STEP_TRANSFER, "7001", new))
    assert bench.subject.call not in bench.mirror.calls
    assert bench.mirror.calls[new].connections["7101"].state is S.ALERTING


@requirement("D-71", TRANSFER, "ConsultationCall", "TransferCall")
def test_consultation(bench: Bench) -> None:
    """A media port consults the agent while its caller is on hold, and transfers when they answer."""
    bench.up().monitor("7001", "7101")
    bench.report(delivered(bench, "7001"), established(bench, "7001"))
    consult = new_name(bench)
    answer = bench.ask(
        m.ConsultationCall(existing_call=bench.at("7001"), consulted_device=DeviceID("7101")),
        lambda _: m.ConsultationCallResponse(initiated_call=bench.at("7001", consult)),
    )
    assert isinstance(answer, m.ConsultationCallResponse)
    assert answer.initiated_call == bench.at("7001", consult)
    bench.report(
        m.Held(
            monitor_cross_ref_id=MONITOR,
            held_connection=bench.at("7001"),
            holding_device=DeviceID("7001"),
            cause=C.CONSULTATION,
        ),
        delivered(bench, "7101", C.CONSULTATION, None, consult),
        established(bench, "7101", consult),
    )
    assert bench.mirror.calls[bench.subject.call].connections["7001"].state is S.HOLD
    new = f"{consult[:-4]}AB{consult[-2:]}"
    done = bench.ask(
        m.TransferCall(held_call=bench.at("7001"), active_call=bench.at("7001", consult)),
        lambda _: m.TransferCallResponse(transferred_call=bench.at("7101", new)),
    )
    assert isinstance(done, m.TransferCallResponse)
    bench.report(transferred(bench, new, consult))
    assert set(bench.mirror.calls) == {new}
    assert bench.mirror.calls[new].connections["7101"].state is S.CONNECTED


@requirement("D-72", TRANSFER, "ConsultationCall", "ClearConnection", "RetrieveCall")
def test_consultation_in_vain(bench: Bench) -> None:
    """A consulted agent who does not answer is let go, and the port talks with its caller again."""
    bench.up().monitor("7001", "7101")
    consult = new_name(bench)
    bench.report(delivered(bench, "7001"), established(bench, "7001"))
    bench.ask(
        m.ConsultationCall(existing_call=bench.at("7001"), consulted_device=DeviceID("7101")),
        lambda _: m.ConsultationCallResponse(initiated_call=bench.at("7001", consult)),
    )
    bench.ask(
        m.ClearConnection(connection_to_be_cleared=bench.at("7001", consult)), lambda _: m.ClearConnectionResponse()
    )
    bench.ask(m.RetrieveCall(call_to_be_retrieved=bench.at("7001")), lambda _: m.RetrieveCallResponse())


@requirement("D-80", ROUTE, ROUTING)
def test_registration(bench: Bench) -> None:
    """A route device is registered; its identity comes back and marks the requests for its calls."""
    answer = bench.up().ask(
        m.RouteRegister(routeing_device=DeviceID("7000")),
        lambda _: m.RouteRegisterResponse(route_register_req_id="00B1"),
    )
    assert isinstance(answer, m.RouteRegisterResponse)
    assert answer.route_register_req_id == "00B1"


@requirement("D-81", ROUTE, ROUTING)
def test_dialogue(bench: Bench) -> None:
    """The switch asks where a call shall go, is told a route and alternates, asks again, and tells the end.

    None of these messages is answered.
    """
    bench.up()
    ask = m.RouteRequest(
        cross_ref_identifier="00C1",
        route_register_req_id="00B1",
        current_route=DeviceID("7000"),
        calling_device=CALLER,
        routeing_device=DeviceID("7000"),
        routed_call=bench.at("7000"),
        reply_timeout=5000,
    )
    assert _to_application(bench, ask) == [ask]
    select = m.RouteSelect(
        cross_ref_identifier="00C1",
        route_register_req_id="00B1",
        route_selected=DeviceID("7001"),
        alternate_routes=(DeviceID("7002"), DeviceID("7101")),
        route_used_req=True,
    )
    bench.application.send_notice(select, bench.now)
    bench.move()
    assert [one.notice for one in bench.heard if isinstance(one, NoticeReceived)] == [select]
    again = m.ReRoute(cross_ref_identifier="00C1", route_register_req_id="00B1", reply_timeout=5000)
    used = m.RouteUsed(cross_ref_identifier="00C1", route_register_req_id="00B1", route_used=DeviceID("7002"))
    end = m.RouteEnd(cross_ref_identifier="00C1", route_register_req_id="00B1")
    assert _to_application(bench, again, used, end) == [again, used, end]
    bench.wait(20)
    assert bench.faults() == []


@requirement("D-82", ROUTE, ROUTING)
def test_rejection(bench: Bench) -> None:
    """The application may decline to route a call, with a cause."""
    bench.up()
    reject = m.RouteReject(cross_ref_identifier="00C1", route_register_req_id="00B1")
    bench.application.send_notice(reject, bench.now)
    bench.move()
    assert [one.notice for one in bench.heard if isinstance(one, NoticeReceived)] == [reject]


@requirement("D-85", CHOICE)
@pytest.mark.parametrize("diverted", [False, True])
def test_the_way_is_one_that_the_switch_allows(bench: Bench, diverted: bool) -> None:
    """No hunt group's call is deflected a second time where the switch refuses that: agents get it by a media port."""
    allowed = bench.dialect.capabilities.second_deflect
    terms = Terms(second_deflect=allowed, diverted=diverted)
    place = "7101" if diverted else "7000"
    state = S.ALERTING if diverted else S.QUEUED
    call = Call("C", {place: Connection(place, state, 0.0)}, calling=CALLER)
    plan = plan_move(call, "7102" if diverted else "7101", OURS, terms)
    assert isinstance(plan, m.DeflectCall) is allowed
    if not allowed and not diverted:
        assert isinstance(plan, ViaPort)


@requirement("D-86", CHOICE)
def test_a_way_from_the_media_port_exists(bench: Bench) -> None:
    """A call that a media port has answered can be given to an agent by one service at least that the switch takes."""
    names = {service.__name__ for service in bench.dialect.capabilities.services}
    assert "SingleStepTransferCall" in names or {"ConsultationCall", "TransferCall", "RetrieveCall"} <= names


def _to_application(bench: Bench, *notices: m.Notice) -> list[m.Notice]:
    for notice in notices:
        bench.switch.send_notice(notice, bench.now)
    bench.move()
    return [one.notice for one in bench.take(NoticeReceived)]
