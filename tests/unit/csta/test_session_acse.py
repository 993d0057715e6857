"""The login of ACSE: byte for byte as HiPath 3000 has it, and everything that can go wrong with it."""

from dataclasses import replace

import pytest

from csta import (
    Credentials,
    Ending,
    Fault,
    Framing,
    LinkDown,
    LinkUp,
    Phase,
    Role,
    Session,
    SessionError,
    SessionSettings,
    StatusReceived,
    SystemStatusValue,
    framer_for,
)
from csta import messages as m
from csta.codec import ber
from csta.dialects.dialect import CSTA_2
from csta.messages.association import (
    AssociateDiagnostic,
    AssociateRequest,
    AssociateResponse,
    AssociateResult,
    AssociationAbort,
    ReleaseRequest,
)
from tests.unit.csta.wire import WAYS, WHO, ConnectionPair, connected, drain, faults, only_way

HIPATH = replace(WAYS["siemens"], context=CSTA_2, versions=frozenset({3}))
DIALECT = only_way(HIPATH)

# As published by those who talked to real switches: AARQ, the first SystemStatus and its result.
AARQ = bytes.fromhex(
    "26803360 31a10706052b0c00815a8a020680ac15a213a011a00f0406414d484f535404053737373737be0b2809a007a0050303001000"
)
STATUS = bytes.fromhex("26800e a10c020101020200d330030a0102")
STATUS_RESULT = bytes.fromhex("26800d a20b0201013006020200d30500")


def framed(message: m.Message, invoke_id: int | None = None) -> bytes:
    return framer_for(HIPATH.framing).frame(ber.encode(message, invoke_id))


ACCEPTED = framed(AssociateResponse(context=CSTA_2, versions=frozenset({3})))


def hipath_application(settings: SessionSettings | None = None) -> Session:
    application = Session(Role.COMPUTING_FUNCTION, DIALECT, settings, credentials=WHO)
    application.connection_made(0.0)
    return application


def hipath_switch(**arguments: object) -> ConnectionPair:
    pair = ConnectionPair(dialect=DIALECT, credentials=WHO, **arguments)
    pair.switch.connection_made(0.0)
    return pair


def test_application_logs_in_with_the_bytes_that_hipath_knows() -> None:
    application = hipath_application()
    assert application.data_to_send() == AARQ
    application.receive_data(ACCEPTED, 0.0)
    assert drain(application) == []
    assert application.phase is Phase.OPENING
    application.receive_data(STATUS, 0.0)
    assert application.data_to_send() == STATUS_RESULT
    assert drain(application) == [StatusReceived(SystemStatusValue.NORMAL), LinkUp("")]


def test_switch_is_up_only_with_the_answer_to_its_status() -> None:
    switch = hipath_switch().switch
    assert switch.data_to_send() == b""
    switch.receive_data(AARQ, 0.0)
    assert switch.data_to_send() == ACCEPTED + STATUS
    assert switch.phase is Phase.OPENING
    switch.receive_data(STATUS_RESULT, 0.0)
    assert drain(switch) == [LinkUp("")]


@pytest.mark.parametrize("cut", [None, *range(1, len(ACCEPTED + STATUS))])
def test_acceptance_and_status_in_one_segment_or_cut_anywhere(cut: int | None) -> None:
    application = hipath_application()
    application.data_to_send()
    both = ACCEPTED + STATUS
    for part in (both[:cut], both[cut:] if cut else b""):
        application.receive_data(part, 0.0)
    assert application.phase is Phase.UP
    assert application.data_to_send() == STATUS_RESULT


def test_status_without_acceptance_is_answered_but_opens_nothing() -> None:
    application = hipath_application()
    application.data_to_send()
    application.receive_data(STATUS, 0.0)
    assert application.data_to_send() == STATUS_RESULT
    assert application.phase is Phase.OPENING


# --- refusals


@pytest.mark.parametrize("who", [Credentials("AMHOST", "wrong"), Credentials("amhost", "77777"), None])
def test_wrong_credentials_end_the_link_with_a_warning(who: Credentials | None) -> None:
    pair = ConnectionPair(dialect=DIALECT, credentials=who, verify=lambda given: given == WHO)
    pair.connect()
    (down,) = drain(pair.application)
    assert isinstance(down, LinkDown)
    assert down.ending is Ending.CREDENTIALS_REFUSED
    assert "check user and password" in down.reason
    assert pair.switch.close_wanted()
    word = "AUTHENTICATION_REQUIRED" if who is None else "AUTHENTICATION_FAILURE"
    assert word in down.reason
    assert word in drain(pair.switch)[-1].reason


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        (AssociateResponse(context=CSTA_2, result=AssociateResult.REJECTED_TRANSIENT), Ending.RETRY_LATER),
        (AssociateResponse(context=CSTA_2, result=AssociateResult.REJECTED_PERMANENT), Ending.CREDENTIALS_REFUSED),
        (
            AssociateResponse(
                context=CSTA_2,
                result=AssociateResult.REJECTED_TRANSIENT,
                diagnostic=AssociateDiagnostic.AUTHENTICATION_FAILURE,
            ),
            Ending.CREDENTIALS_REFUSED,
        ),
        (AssociateResponse(context=CSTA_2, result=1, diagnostic=2, provider=True), Ending.CREDENTIALS_REFUSED),
    ],
)
def test_rejections_say_whether_trying_again_helps(answer: AssociateResponse, ending: Ending) -> None:
    application = hipath_application()
    application.receive_data(framed(answer), 0.0)
    (down,) = drain(application)
    assert isinstance(down, LinkDown)
    assert down.ending is ending
    assert "rejected the association" in down.reason


@pytest.mark.parametrize(
    "request_",
    [
        AssociateRequest(context="1.2.3.4", versions=frozenset({3}), user=WHO.user, password=WHO.password),
        AssociateRequest(context=CSTA_2, versions=frozenset({0}), user=WHO.user, password=WHO.password),
    ],
)
def test_switch_rejects_what_it_does_not_speak(request_: AssociateRequest) -> None:
    switch = hipath_switch().switch
    switch.receive_data(framed(request_), 0.0)
    answer = ber.decode(switch.data_to_send()[3:]).message
    assert isinstance(answer, AssociateResponse)
    assert not answer.accepted
    assert switch.close_wanted()


def test_no_report_shows_a_password() -> None:
    switch = hipath_switch().switch
    damaged = bytearray(AARQ)
    damaged[-1:] = b""
    damaged[2] -= 1
    damaged[4] -= 1
    switch.receive_data(bytes(damaged), 0.0)
    events = drain(switch)
    assert [type(event) for event in events] == [Fault]
    assert "77777" not in repr(events)
    assert "77777" not in repr(WHO)


# --- release and abort


def test_release_is_asked_for_and_answered() -> None:
    pair = connected(profile="siemens")
    pair.application.close(1.0)
    assert pair.application.phase is Phase.CLOSING
    pair.move(1.0)
    assert drain(pair.switch) == [LinkDown("released by the peer", Ending.CLOSED)]
    assert drain(pair.application) == [LinkDown("closed by us", Ending.CLOSED)]


def test_both_release_at_the_same_time() -> None:
    pair = connected(profile="siemens")
    pair.application.close(1.0)
    pair.switch.close(1.0)
    pair.move(1.0)
    for session in (pair.application, pair.switch):
        (down,) = drain(session)
        assert isinstance(down, LinkDown)
        assert down.ending is Ending.CLOSED


def test_abort_ends_the_link_with_its_diagnostic() -> None:
    pair = connected(profile="siemens")
    pair.application.receive_data(framed(AssociationAbort(by_provider=True, diagnostic=2)), 1.0)
    assert drain(pair.application) == [LinkDown("the peer's ACSE aborted the association, diagnostic 2")]


def test_messages_of_acse_out_of_place_disturb_nothing() -> None:
    pair = connected(profile="siemens")
    pair.switch.receive_data(framed(AssociateRequest(context=CSTA_2)), 1.0)
    assert faults(pair.switch) == ["AARQ within the association was ignored"]
    pair.application.receive_data(ACCEPTED + framed(AssociateRequest(context=CSTA_2)), 1.0)
    assert [text.partition(" ")[0] for text in faults(pair.application)] == ["AssociateResponse", "AssociateRequest"]
    assert pair.application.phase is pair.switch.phase is Phase.UP


def test_release_before_the_association_is_answered() -> None:
    switch = hipath_switch().switch
    switch.receive_data(framed(ReleaseRequest()), 0.0)
    assert switch.data_to_send()
    assert drain(switch) == [LinkDown("released by the peer", Ending.CLOSED)]


def test_refused_first_status_ends_the_switch_s_side() -> None:
    switch = hipath_switch().switch
    switch.receive_data(AARQ, 0.0)
    switch.receive_data(framed(m.ErrorResponse(category="operation", value="serviceNotSupported"), 1), 0.0)
    (down,) = drain(switch)
    assert isinstance(down, LinkDown)
    assert down.reason == "SystemStatus failed: refused: operation/serviceNotSupported"


# --- sniffing


@pytest.mark.parametrize("way", ["siemens", "length16", "tpkt", "bare", "xml-session"])
@pytest.mark.parametrize("size", [None, 1])
def test_switch_that_sniffs_follows_the_application(way: str, size: int | None) -> None:
    auto = replace(WAYS["siemens"], framing=Framing.SNIFFED)
    pair = ConnectionPair(size=size, profile=way, credentials=WHO)
    pair.switch = Session(
        Role.SWITCHING_FUNCTION, only_way(auto, WAYS["xml-session"]), verify=lambda given: given == WHO
    )
    pair.connect()
    assert pair.application.phase is pair.switch.phase is Phase.UP
    assert pair.switch.profile.login is WAYS[way].login


def test_switch_without_a_profile_for_the_sniffed_encoding_says_so() -> None:
    auto = replace(WAYS["siemens"], framing=Framing.SNIFFED)
    pair = ConnectionPair(profile="xml-session", credentials=WHO)
    pair.switch = Session(Role.SWITCHING_FUNCTION, only_way(auto))
    pair.connect()
    (fault, down) = drain(pair.switch)
    assert isinstance(fault, Fault)
    assert isinstance(down, LinkDown)
    assert down.reason == "not CSTA: frames of xml-header, but the profile speaks BER"


def test_application_that_speaks_first_cannot_sniff() -> None:
    auto = replace(WAYS["siemens"], framing=Framing.SNIFFED)
    with pytest.raises(SessionError, match="nothing to sniff"):
        Session(Role.COMPUTING_FUNCTION, only_way(auto))


def test_application_may_sniff_where_the_switch_speaks_first() -> None:
    way = "length16-without-acse"
    auto = replace(WAYS[way], framing=Framing.SNIFFED)
    pair = ConnectionPair(profile=way, size=1)
    pair.application = Session(Role.COMPUTING_FUNCTION, only_way(auto))
    pair.connect()
    assert pair.application.phase is pair.switch.phase is Phase.UP
