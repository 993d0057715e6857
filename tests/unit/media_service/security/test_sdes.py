"""Keys in the description: what is taken, what is refused, and when keys change."""

from base64 import b64encode
from itertools import count

import pytest

from media_service.engine.interface import SrtpProfile
from media_service.security.sdes import Sdes, read

# The example of RFC 4568 6.1 has these forms; the key is 30 octets.
KEY = b64encode(bytes(range(30))).decode()
CM80 = SrtpProfile.AES_CM_128_HMAC_SHA1_80
CM32 = SrtpProfile.AES_CM_128_HMAC_SHA1_32
GCM = SrtpProfile.AEAD_AES_256_GCM


def line(rest: str = "", *, tag: int = 1, suite: str = CM80, key: str = KEY) -> str:
    return f"{tag} {suite} inline:{key}{rest}"


def sdes(*profiles: SrtpProfile) -> Sdes:
    numbers = count(1)
    return Sdes(lambda length: bytes([next(numbers)]) * length, profiles or (CM80, CM32, GCM))


def test_an_offered_key_is_taken_and_answered_by_one_of_ours_under_the_same_tag() -> None:
    answered = sdes().answer([line(tag=7)])
    assert answered is not None
    value, keys = answered
    assert value == f"7 {CM80} inline:{b64encode(bytes([1]) * 30).decode()}"
    assert (keys.profile, keys.sending, keys.receiving) == (CM80, bytes([1]) * 30, bytes(range(30)))


@pytest.mark.parametrize(("profile", "length"), [(CM80, 30), (CM32, 30), (GCM, 44), (SrtpProfile.AEAD_AES_128_GCM, 28)])
def test_every_profile_has_its_own_length(profile: SrtpProfile, length: int) -> None:
    for size in (length - 1, length, length + 1):
        read_line = read(line(suite=profile, key=b64encode(bytes(size)).decode()))
        assert (read_line is not None) == (size == length)


@pytest.mark.parametrize("rest", ["", "|2^31", "|2^48", "|1048576", " WSH=64", " KDR=0", "|2^20 WSH=64 -x=1"])
def test_what_changes_nothing_is_tolerated(rest: str) -> None:
    assert read(line(rest)) is not None


@pytest.mark.parametrize(
    "text",
    [
        line("|2^31|1:1"),
        line("|1:4"),
        line("|2^10"),
        line("|2^64"),
        line("|100"),
        line(";inline:" + KEY),
        line(" UNENCRYPTED_SRTP"),
        line(" UNENCRYPTED_SRTCP"),
        line(" UNAUTHENTICATED_SRTP"),
        line(" KDR=24"),
        line(" FEC_ORDER=FEC_SRTP"),
        line(suite="F8_128_HMAC_SHA1_80"),
        line(suite="AES_CM_128_NULL_AUTH"),
        line(key="!!!"),
        line(key=KEY[:-1]),
        line(key="A" * 5000),
        "",
        "1",
        "x AES_CM_128_HMAC_SHA1_80 inline:" + KEY,
        "1 AES_CM_128_HMAC_SHA1_80 uri:" + KEY,
    ],
)
def test_what_is_not_done_is_passed_over(text: str) -> None:
    assert read(text) is None
    assert sdes().answer([text]) is None
    assert sdes().answer([text, line(tag=2)]) is not None


def test_the_offerers_order_counts_among_what_the_engine_can_do() -> None:
    gcm = line(tag=1, suite=GCM, key=b64encode(bytes(44)).decode())
    answered = sdes(CM80, CM32).answer([gcm, line(tag=2, suite=CM32), line(tag=3)])
    assert answered is not None
    assert answered[1].profile is CM32


def test_a_key_that_comes_again_keeps_ours_and_a_new_one_renews_both() -> None:
    ours = sdes()
    first, again = ours.answer([line()]), ours.answer([line(tag=2)])
    assert first is not None
    assert again is not None
    assert again[1] == first[1]
    renewed = ours.answer([line(key=b64encode(bytes(30)).decode())])
    assert renewed is not None
    assert renewed[1].sending != first[1].sending


def test_two_ends_agree_by_offer_and_answer_and_again() -> None:
    one, other = sdes(), Sdes(lambda length: b"\x7f" * length, (CM32,))
    answered = other.answer(one.offer())
    assert answered is not None
    accepted = one.accept([answered[0]])
    assert accepted is not None
    assert (accepted.sending, accepted.receiving) == (answered[1].receiving, answered[1].sending)
    assert accepted.profile is CM32
    again = other.answer(one.offer())
    assert again is not None
    assert again[1] == answered[1]  # nothing is renewed where nothing has changed


@pytest.mark.parametrize("values", [[], [line(tag=4)], [line(tag=0)], [line(tag=2)], [line(), line(tag=2, suite=CM32)]])
def test_answers_to_what_was_not_offered_are_refused(values: list[str]) -> None:
    ours = sdes()
    ours.offer()
    assert ours.accept(values) is None


def test_keys_do_not_show_where_things_are_shown() -> None:
    assert KEY not in repr(read(line()))
