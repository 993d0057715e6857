"""Certificates of one start, and fingerprints that are compared."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from media_service.security.identity import Fingerprint, Identity, is_one_of, read_fingerprints
from tests.unit.media_service.security.handshakes import identity

NOW = 1_800_000_000.0


def der(one: Identity) -> bytes:
    return one.certificate.public_bytes(Encoding.DER)


def test_every_start_has_a_key_and_certificate_of_its_own() -> None:
    one, other = Identity.make(NOW), Identity.make(NOW)
    assert one.fingerprint != other.fingerprint
    assert one.certificate.not_valid_before_utc.timestamp() < NOW < one.certificate.not_valid_after_utc.timestamp()
    assert "key" not in repr(one).partition("certificate")[0]


def test_a_fingerprint_is_as_others_write_it() -> None:
    ours = identity("us")
    assert ours.fingerprint.value == f"sha-256 {ours.fingerprint.text}"
    assert ours.fingerprint.text == ours.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    assert is_one_of(der(ours), [identity("other").fingerprint, ours.fingerprint])
    assert not is_one_of(der(ours), [identity("other").fingerprint])
    assert not is_one_of(der(ours), [])


@pytest.mark.parametrize("algorithm", ["sha-1", "sha-256", "sha-384", "sha-512"])
def test_every_hash_that_is_known_is_checked(algorithm: str) -> None:
    theirs = Fingerprint.of(der(identity("us")), algorithm)
    (found,) = read_fingerprints([theirs.value.lower()])
    assert found == theirs
    assert is_one_of(der(identity("us")), [found])


def test_of_several_hashes_the_best_alone_counts() -> None:
    weak, strong = (Fingerprint.of(der(identity("us")), name) for name in ("sha-1", "sha-512"))
    assert read_fingerprints([weak.value, strong.value, weak.value]) == (strong,)


@pytest.mark.parametrize(
    "value", ["", "sha-256", "sha-256 AB", "sha-256 XY:", "md5 " + ":".join(["AB"] * 16), "sha-256 " + "AB" * 32]
)
def test_what_is_no_fingerprint_is_passed_over(value: str) -> None:
    assert read_fingerprints([value]) == ()
