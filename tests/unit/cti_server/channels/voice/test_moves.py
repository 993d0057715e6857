"""Where a call is decides which request moves it."""

import pytest

from csta.calls import Call, Connection
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import (
    AnswerCall,
    ClearConnection,
    ConsultationCall,
    DeflectCall,
    RetrieveCall,
    SingleStepTransferCall,
)
from csta.states import ConnectionState as S
from cti_server.channels.voice.moves import (
    AlreadyThere,
    Impossible,
    Move,
    NotNow,
    Terms,
    ViaPort,
    plan_move,
    plan_release,
    plan_take_back,
)
from cti_server.channels.voice.view import Devices
from cti_server.vocabulary.values import Handover

DEVICES = Devices(frozenset({"7000"}), frozenset({"7001", "7002"}), frozenset({"7101", "7102"}))


def call(calling: str = "7201", expected: tuple[str, ...] = (), **states: S) -> Call:
    connections = {name[1:]: Connection(name[1:], state, 0.0) for name, state in states.items()}
    return Call("C", connections, calling=DeviceID(calling), expected=set(expected))


def deflect(device: str, target: str) -> DeflectCall:
    return DeflectCall(call_to_be_diverted=ConnectionID("C", device), new_destination=DeviceID(target))


def transfer(device: str, target: str) -> SingleStepTransferCall:
    return SingleStepTransferCall(active_call=ConnectionID("C", device), transferred_to=DeviceID(target))


@pytest.mark.parametrize(
    ("where", "target", "expected"),
    [
        (call(_7000=S.QUEUED), "7001", deflect("7000", "7001")),
        (call(_7000=S.ALERTING), "7101", deflect("7000", "7101")),
        (call(_7201=S.CONNECTED, _7000=S.QUEUED), "7101", deflect("7000", "7101")),
        (call(_7101=S.ALERTING), "7102", deflect("7101", "7102")),
        (call(_7101=S.ALERTING), "7001", deflect("7101", "7001")),
        (call(_7001=S.ALERTING), "7101", deflect("7001", "7101")),
        (call(_7001=S.CONNECTED), "7101", transfer("7001", "7101")),
        (call(_7001=S.CONNECTED), "7002", transfer("7001", "7002")),
        (call(_7101=S.CONNECTED), "7001", Impossible("the call was answered at 7101")),
        (call(_7101=S.HOLD), "7001", Impossible("the call was answered at 7101")),
        (call(_7101=S.ALERTING), "7101", AlreadyThere()),
        (call(_7001=S.CONNECTED), "7001", AlreadyThere()),
        (call(_7101=S.FAIL), "7102", NotNow()),
        (call(expected=("7001",)), "7101", NotNow()),
        (call(calling="7102", _7102=S.CONNECTED, _7000=S.QUEUED), "7001", deflect("7000", "7001")),
        (call(calling="7102", _7102=S.CONNECTED), "7001", NotNow()),
        (call(), "7001", Impossible("the PBX has no such call")),
        (None, "7001", Impossible("the PBX has no such call")),
    ],
)
def test_plan_move(where: Call | None, target: str, expected: Move) -> None:
    assert plan_move(where, target, DEVICES) == expected


@pytest.mark.parametrize(
    ("where", "device"),
    [
        (call(_7001=S.CONNECTED, _7201=S.CONNECTED), "7001"),
        (call(_7000=S.QUEUED), "7000"),
        (call(_7101=S.CONNECTED), "7101"),
        (call(_7201=S.CONNECTED), "7201"),
    ],
)
def test_our_side_lets_go(where: Call, device: str) -> None:
    expected = ClearConnection(connection_to_be_cleared=ConnectionID("C", device))
    assert plan_release(where, DEVICES) == expected


def test_a_call_that_is_gone_cannot_be_released() -> None:
    assert isinstance(plan_release(None, DEVICES), Impossible)


ONE_DEFLECT = Terms(second_deflect=False)
DIVERTED = Terms(second_deflect=False, diverted=True)
CONSULTING = Terms(handover=Handover.CONSULTATION)
REFUSED = Impossible("the PBX does not let a call of a hunt group be deflected a second time")


@pytest.mark.parametrize(
    ("where", "target", "terms", "expected"),
    [
        (call(_7000=S.QUEUED), "7001", ONE_DEFLECT, deflect("7000", "7001")),
        (call(_7000=S.QUEUED), "7101", ONE_DEFLECT, ViaPort()),
        (call(_7001=S.ALERTING), "7101", DIVERTED, NotNow()),
        (call(_7001=S.CONNECTED), "7101", DIVERTED, transfer("7001", "7101")),
        (call(_7101=S.ALERTING), "7102", DIVERTED, REFUSED),
        (call(_7101=S.ALERTING), "7001", DIVERTED, REFUSED),
        # After the transfer the call has another name: it is the hunt group's no longer.
        (call(_7101=S.ALERTING), "7102", ONE_DEFLECT, deflect("7101", "7102")),
        (
            call(_7001=S.CONNECTED),
            "7101",
            CONSULTING,
            ConsultationCall(existing_call=ConnectionID("C", "7001"), consulted_device=DeviceID("7101")),
        ),
        (call(_7001=S.CONNECTED), "7002", CONSULTING, transfer("7001", "7002")),
        (
            call(_7001=S.HOLD),
            "7101",
            CONSULTING,
            RetrieveCall(call_to_be_retrieved=ConnectionID("C", "7001")),
        ),
        (call(_7000=S.QUEUED), "7101", CONSULTING, deflect("7000", "7101")),
    ],
)
def test_plan_move_on_terms(where: Call, target: str, terms: Terms, expected: Move) -> None:
    assert plan_move(where, target, DEVICES, terms) == expected


def test_without_any_port_the_pilots_call_is_deflected_straight() -> None:
    devices = Devices(DEVICES.pilots, frozenset(), DEVICES.phones)
    assert plan_move(call(_7000=S.QUEUED), "7101", devices, ONE_DEFLECT) == deflect("7000", "7101")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (S.HOLD, RetrieveCall(call_to_be_retrieved=ConnectionID("C", "7001"))),
        (S.ALERTING, AnswerCall(call_to_be_answered=ConnectionID("C", "7001"))),
        (S.CONNECTED, None),
    ],
)
def test_a_held_caller_is_taken_back(state: S, expected: object) -> None:
    assert plan_take_back(call(_7001=state), "7001") == expected


def test_nobody_is_taken_back_from_a_call_that_is_gone() -> None:
    assert plan_take_back(None, "7001") is None
