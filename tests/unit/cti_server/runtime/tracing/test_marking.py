"""Moved calls carry their contact where the link wants it, and nothing else is touched."""

from csta.identifiers import ConnectionID, DeviceID
from csta.messages import AnswerCall, DeflectCall
from cti_server.runtime.tracing.marking import LONGEST, contact_of, marker
from cti_server.vocabulary.ids import ContactId
from tests.scenarios.engine.story import ANNA, Story


def story() -> Story:
    told = Story()
    told.log_on(ANNA)
    told.arrive("C1", "7009")
    return told


def deflect(call: str = "C1") -> DeflectCall:
    return DeflectCall(call_to_be_diverted=ConnectionID(call, "7009"), new_destination=DeviceID("7101"))


def test_a_moved_call_of_a_contact_is_marked() -> None:
    mark = marker(lambda: story().state, frozenset({"pbx"}))
    marked = mark("pbx", deflect())
    assert isinstance(marked, DeflectCall)
    assert marked.correlator_data == b"contact=1"
    assert len(f"contact={10**18}") <= LONGEST


def test_other_links_other_calls_and_other_requests_stay_as_they_are() -> None:
    mark = marker(lambda: story().state, frozenset({"pbx"}))
    answer = AnswerCall(call_to_be_answered=ConnectionID("C1", "7009"))
    for link, request in (("other", deflect()), ("pbx", deflect("unknown")), ("pbx", answer)):
        assert mark(link, request) is request
    own = DeflectCall(
        call_to_be_diverted=ConnectionID("C1", "7009"), new_destination=DeviceID("7101"), correlator_data=b"own"
    )
    assert mark("pbx", own) is own


def test_the_contact_of_a_request_is_found_by_its_call() -> None:
    assert contact_of(story().state, "pbx", deflect()) == ContactId(1)
    assert contact_of(story().state, "pbx", deflect("unknown")) is None
