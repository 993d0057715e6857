"""ACSE: log-in, release and abort, octet by octet, and what others write there."""

import pytest

from csta.codec import ber
from csta.errors import EncodeError, MessageError
from csta.messages import Message
from csta.messages.association import (
    AbortDiagnostic,
    AssociateDiagnostic,
    AssociateRequest,
    AssociateResponse,
    AssociateResult,
    AssociationAbort,
    ReleaseReason,
    ReleaseRequest,
    ReleaseResponse,
)

CSTA_2 = "1.3.12.0.218"
CSTA_3 = "1.3.12.0.285"
HIPATH = frozenset({3})

VECTORS: dict[str, tuple[Message, str]] = {
    "log-in without user": (
        AssociateRequest(context=CSTA_3, versions=HIPATH),
        "6016 a107 06052b0c00821d be0b 2809 a007 a005 0303001000",
    ),
    "log-in as in ECMA-218": (
        AssociateRequest(context=CSTA_2, versions=frozenset({1}), old_definition=True),
        "601a a107 06052b0c00815a be0f 280d a00b 3009 0303004000 3000 3000",
    ),
    "later versions need more octets": (
        AssociateRequest(context=CSTA_3, versions=frozenset({2, 18})),
        "6017 a107 06052b0c00821d be0c 280a a008 a006 030400200020",
    ),
    "accepted": (
        AssociateResponse(context=CSTA_2, versions=HIPATH),
        "6122 a107 06052b0c00815a a203 020100 a305 a103 020100 be0b 2809 a007 a005 0303001000",
    ),
    "accepted by HiPath": (
        AssociateResponse(context=CSTA_2, versions=HIPATH, stamp=b"AB", system_version=b"V9"),
        """6136 a107 06052b0c00815a a203 020100 a305 a103 020100 8802 0680 aa0e a20c a00a a108 04024142 04025639
        be0b 2809 a007 a005 0303001000""",
    ),
    "wrong password": (
        AssociateResponse(
            context=CSTA_3,
            result=AssociateResult.REJECTED_PERMANENT,
            diagnostic=AssociateDiagnostic.AUTHENTICATION_FAILURE,
            versions=HIPATH,
        ),
        "6122 a107 06052b0c00821d a203 020101 a305 a103 02010d be0b 2809 a007 a005 0303001000",
    ),
    "release": (ReleaseRequest(), "6203 800100"),
    "release without a reason": (ReleaseRequest(reason=None), "6200"),
    "urgent": (ReleaseRequest(reason=ReleaseReason.URGENT), "6203 800101"),
    "released": (ReleaseResponse(), "6303 800100"),
    "abort": (AssociationAbort(), "6403 800100"),
    "abort by ACSE": (
        AssociationAbort(by_provider=True, diagnostic=AbortDiagnostic.PROTOCOL_ERROR),
        "6406 800101 810102",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_octet_by_octet(name: str) -> None:
    message, text = VECTORS[name]
    octets = bytes.fromhex(text)
    assert ber.encode(message, None).hex() == octets.hex()
    found = ber.decode(octets)
    assert found.message == message
    assert found.invoke_id is None
    assert not found.findings


def test_credentials_are_utf_8_and_never_shown() -> None:
    message = AssociateRequest(context=CSTA_3, user="Jürgen", password="geheim€")
    octets = ber.encode(message, None)
    assert "Jürgen".encode() in octets
    assert ber.decode(octets).message == message
    assert "geheim" not in repr(message)


def test_other_octets_than_utf_8_are_kept() -> None:
    octets = ber.encode(AssociateRequest(context=CSTA_3, user="u", password="abc"), None).replace(b"abc", b"a\xffc")
    found = ber.decode(octets)
    assert isinstance(found.message, AssociateRequest)
    assert ber.encode(found.message, None) == octets


def test_what_a_rejection_is_about() -> None:
    def rejected(diagnostic: int, *, provider: bool = False) -> AssociateResponse:
        return AssociateResponse(
            context=CSTA_3, result=AssociateResult.REJECTED_PERMANENT, diagnostic=diagnostic, provider=provider
        )

    assert AssociateResponse(context=CSTA_3).accepted
    assert not rejected(1).accepted
    assert rejected(AssociateDiagnostic.AUTHENTICATION_REQUIRED).about_credentials
    assert not rejected(AssociateDiagnostic.CONTEXT_NOT_SUPPORTED).about_credentials
    assert not rejected(13, provider=True).about_credentials


def test_an_external_with_its_own_tag_is_understood() -> None:
    plain = "a213a011a00f 0406414d484f5354 04053737373737"
    octets = bytes.fromhex(
        "6033 a107 06052b0c00815a 8a020680 ac17 a215 2813" + plain[4:] + "be0b2809a007a0050303001000"
    )
    message = ber.decode(octets).message
    assert isinstance(message, AssociateRequest)
    assert (message.user, message.password) == ("AMHOST", "77777")


@pytest.mark.parametrize(
    ("octets", "finding"),
    [
        ("600d a107 06052b0c00821d ac02 8000", "authentication value"),
        ("600d a107 06052b0c00821d be02 2800", "without CSTAVersion"),
    ],
)
def test_unknown_forms_are_told(octets: str, finding: str) -> None:
    found = ber.decode(bytes.fromhex(octets))
    assert isinstance(found.message, AssociateRequest)
    assert finding in found.findings[0]


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("6000", "AARQ lacks an application context"),
        ("6100", "AARE lacks a result"),
        ("6004 a102 0500", "AARQ lacks an application context"),
        ("6003 a10106", "ends"),
        ("6500", "neither ROSE nor ACSE"),
        ("6202 8000", "number of 0 octets"),
    ],
)
def test_refused(octets: str, why: str) -> None:
    with pytest.raises(MessageError, match=why):
        ber.decode(bytes.fromhex(octets))


@pytest.mark.parametrize("name", [name for name in VECTORS if len(VECTORS[name][1]) > 8])
def test_cut_off_anywhere(name: str) -> None:
    octets = bytes.fromhex(VECTORS[name][1])
    for cut in range(len(octets)):
        with pytest.raises(MessageError):
            ber.decode(octets[:cut])


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (AssociateRequest(context="csta"), "no object identifier"),
        (AssociateRequest(context=CSTA_3, user="u" * 257), "more than 256"),
        (AssociateRequest(context=CSTA_3, versions=frozenset({-1})), "no bits"),
    ],
)
def test_not_sent(message: Message, why: str) -> None:
    with pytest.raises(EncodeError, match=why):
        ber.encode(message, None)
