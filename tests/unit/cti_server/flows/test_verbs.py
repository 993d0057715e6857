"""Identities of what steps ask for."""

from cti_server.flows.verbs import request_id, verb_id
from cti_server.vocabulary.ids import ContactId


def test_identities_tell_the_contact_and_its_count() -> None:
    assert verb_id(ContactId(7), 2) == "7-2"
    assert request_id(ContactId(7), 2) == "7-r2"
