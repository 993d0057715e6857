"""Identities of what a contact's steps ask for."""

from cti_server.vocabulary.ids import ContactId, RequestId, VerbId


def verb_id(contact: ContactId, number: int) -> VerbId:
    """Identity of a contact's media verb, counted from 1: ``<contact>-<n>``."""
    return VerbId(f"{contact}-{number}")


def request_id(contact: ContactId, number: int) -> RequestId:
    """Identity of a contact's request to the outside, counted from 1: ``<contact>-r<n>``."""
    return RequestId(f"{contact}-r{number}")
