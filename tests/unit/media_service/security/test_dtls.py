"""DTLS-SRTP between two of our own ends: keys, fingerprints, losses, and what others throw in."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_service.engine.interface import SrtpProfile
from media_service.security.dtls import MAX_ATTEMPTS, MAX_DATAGRAMS, MTU, PATIENCE, DtlsState
from media_service.security.profiles import FACTS
from tests.unit.media_service.security.handshakes import Pair, context

GARBAGE = b"\x16\xfe\xfd" + bytes(8) + b"\x00\x20" + b"\xff" * 32
ALERT = b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28"


def assert_agreed(pair: Pair) -> None:
    assert (pair.client.state, pair.server.state) == (DtlsState.SECURE, DtlsState.SECURE)
    one, other = pair.client.keys, pair.server.keys
    assert one is not None
    assert other is not None
    assert (one.profile, one.sending, one.receiving) == (other.profile, other.receiving, other.sending)
    assert one.sending != one.receiving
    assert len(one.sending) == FACTS[one.profile].length


@pytest.mark.parametrize("profile", list(SrtpProfile))
def test_both_ends_have_the_same_keys_in_every_profile(profile: SrtpProfile) -> None:
    pair = Pair(server=context("server", (profile,)))
    assert pair.run() == 0
    assert_agreed(pair)
    assert pair.server.keys is not None
    assert pair.server.keys.profile is profile
    assert all(len(data) <= MTU for data in pair.sent)


def test_the_best_profile_of_both_is_taken() -> None:
    pair = Pair(client=context("client", (SrtpProfile.AES_CM_128_HMAC_SHA1_80, SrtpProfile.AEAD_AES_128_GCM)))
    pair.run()
    assert pair.client.keys is not None
    assert pair.client.keys.profile is SrtpProfile.AEAD_AES_128_GCM


@pytest.mark.parametrize("lost", range(4))
def test_each_datagram_may_be_lost_once(lost: int) -> None:
    pair = Pair(lambda index, _data: int(index != lost))
    assert 0 < pair.run() < 3
    assert_agreed(pair)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=25)
def test_a_third_may_be_lost_and_a_third_come_twice(seed: int) -> None:
    random = Random(seed)
    pair = Pair(lambda index, _data: random.choice([0, 1, 2]) if index < 12 else 1)
    pair.run()
    pair.move()
    # The last flight is sent again only when the one before comes again, which its sender's timer sees to.
    assert_agreed(pair)


def test_a_far_end_that_is_silent_is_given_up() -> None:
    pair = Pair(lambda _index, _data: 0)
    assert pair.run() == PATIENCE
    assert (pair.client.state, pair.server.state) == (DtlsState.FAILED, DtlsState.FAILED)
    assert pair.client.reason == "no DTLS handshake within 30 s"
    assert 8 <= len(pair.sent) <= 14


def test_another_certificate_than_the_described_one_is_refused() -> None:
    pair = Pair(expected="somebody else")
    pair.run()
    assert pair.server.state is DtlsState.FAILED
    assert pair.server.keys is None
    assert "certificate" in pair.server.reason


@pytest.mark.parametrize("data", [GARBAGE, b"\x16" * 13, ALERT, b"\x17" * 40, b"", b"\x16" * 5000])
def test_what_others_throw_in_first_does_not_stop_the_handshake(data: bytes) -> None:
    pair = Pair()
    pair.start()
    pair.server.receive(data, 0.0)
    pair.move()
    assert_agreed(pair)


@pytest.mark.parametrize("data", [ALERT, b"\x17" * 40, b"\x16" * 13, b"\x16\xfe\xfd" + bytes(8) + b"\xff\xff"])
def test_what_others_throw_in_between_does_not_stop_the_handshake(data: bytes) -> None:
    pair = Pair()
    pair.start()
    while pair.wire:
        to_server, real = pair.wire.pop(0)
        for end in (pair.server, pair.client):
            end.receive(data, 0.0)
        (pair.server if to_server else pair.client).receive(real, 0.0)
    assert_agreed(pair)


def test_only_so_much_is_looked_at() -> None:
    pair = Pair()
    pair.server.start(0.0)
    for _ in range(MAX_DATAGRAMS + 1):
        pair.server.receive(b"\x17\xfe\xfd" + bytes(8) + b"\x00\x01\x00", 0.0)
    assert pair.server.state is DtlsState.FAILED
    assert pair.server.get_timer() is None


def test_spoilt_handshakes_begin_anew_but_not_for_ever() -> None:
    pair = Pair()
    pair.server.start(0.0)
    broken = b"\x16\xfe\xff" + bytes(8) + b"\x00\x0c" + b"\x0b" + bytes(11)  # a certificate where a hello must be
    for count in range(1, 4 * MAX_ATTEMPTS):
        pair.server.receive(broken, 0.0)
        if pair.server.state is DtlsState.FAILED:
            assert count >= MAX_ATTEMPTS
            return
    pair.client.start(0.0)
    pair.move()
    assert_agreed(pair)


@given(st.lists(st.binary(max_size=300), max_size=20), st.booleans())
@settings(deadline=None, max_examples=60)
def test_octets_from_anywhere_never_raise(noise: list[bytes], headed: bool) -> None:
    pair = Pair()
    pair.start()
    for data in noise:
        record = b"\x16\xfe\xfd" + bytes(8) + len(data).to_bytes(2) + data if headed else data
        pair.server.receive(record, 0.0)
        pair.client.receive(record, 0.0)
    assert all(end.state in {DtlsState.HANDSHAKE, DtlsState.FAILED} for end in (pair.client, pair.server))


def test_who_leaves_says_so() -> None:
    pair = Pair()
    pair.run()
    pair.client.close()
    pair.move()
    assert (pair.client.state, pair.server.state) == (DtlsState.CLOSED, DtlsState.CLOSED)
    assert pair.server.reason == "the far end has left"
    pair.server.receive(GARBAGE, 1.0)
    pair.server.close()


def test_noise_after_the_handshake_disturbs_nothing() -> None:
    pair = Pair()
    pair.run()
    keys = pair.server.keys
    for data in (GARBAGE, b"\x17" * 60, ALERT, pair.sent[0], pair.sent[2]):
        pair.server.receive(data, 1.0)
    assert pair.server.state is DtlsState.SECURE
    assert pair.server.keys == keys
