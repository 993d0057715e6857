"""Masked digits have a name for ten minutes, and nobody sees them by accident."""

from cti_server.channels.secrets import KEPT, MOST, Vault
from cti_server.vocabulary.ids import ContactId, SecretId
from tests.fakes.virtual_time import VirtualClock

ONE, TWO = ContactId(1), ContactId(2)


def test_a_secret_is_told_to_who_has_its_name() -> None:
    vault = Vault(VirtualClock())
    name = vault.keep(ONE, "4711")
    assert vault.reveal(name) == "4711"
    assert vault.keep(ONE, "4711") != name
    assert vault.reveal(SecretId("another")) is None
    assert "4711" not in repr(vault)
    assert "4711" not in name


def test_a_secret_is_forgotten_after_a_while_or_with_its_contact() -> None:
    clock = VirtualClock()
    vault = Vault(clock)
    first = vault.keep(ONE, "11")
    clock.advance(KEPT / 2)
    second, third = vault.keep(ONE, "22"), vault.keep(TWO, "33")
    clock.advance(KEPT / 2)
    assert (vault.reveal(first), vault.reveal(second)) == (None, "22")
    vault.forget(ONE)
    assert (vault.reveal(second), vault.reveal(third)) == (None, "33")


def test_the_oldest_secret_makes_room() -> None:
    vault = Vault(VirtualClock())
    first, *_, last = [vault.keep(ONE, str(number)) for number in range(MOST + 1)]
    assert vault.reveal(first) is None
    assert vault.reveal(last) == str(MOST)
