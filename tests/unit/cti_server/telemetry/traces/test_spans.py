"""A contact's trace: which spans it has, how long they are, how they hang together, and what bounds it."""

from collections.abc import Sequence

import pytest

from cti_server.telemetry.traces import spans as module
from cti_server.telemetry.traces.identity import ROOT, span_id, trace_id, traceparent
from cti_server.telemetry.traces.spans import Span, SpanFold
from cti_server.vocabulary.commands import ReportMediaJoined
from cti_server.vocabulary.ids import ContactId, DeviceNumber
from program.trace_context import TraceContext
from tests.scenarios.engine.story import Story, session_ref
from tests.unit.cti_server.reports.test_why import long_wait

SITE = "here"
FIRST = ContactId(1)


def spans_of(contact: int, fold: SpanFold | None = None) -> list[Span]:
    fold = fold or SpanFold(SITE)
    return [span for span in fold.take(long_wait().journal) if span.trace == trace_id(SITE, ContactId(contact))]


def test_a_contact_is_one_trace_of_its_waits_rings_talk_and_wrap_up() -> None:
    told = [(span.name, round(span.ended - span.started, 3), span.failed) for span in spans_of(2)]
    names = [name for name, _, _ in told]
    assert names.count("queue sales") == 1
    assert ("offer", 12.0, "no-answer") in told
    assert ("offer", 0.0, "") in told
    assert ("talk", 5.0, "") in told
    assert ("queue sales", 50.0, "") in told
    assert ("wrap-up", 8.0, "") in told
    assert names[-1] == ROOT


def test_every_span_hangs_below_the_contact_and_lies_within_it() -> None:
    spans = spans_of(2)
    root = spans[-1]
    assert root.parent is None
    assert root.attributes["callwright.disposition"] == "answered"
    assert root.attributes["callwright.agent"] == "ben"
    assert {span.parent for span in spans[:-1]} == {root.span}
    assert len({span.span for span in spans}) == len(spans)
    assert all(root.started <= span.started <= span.ended <= root.ended for span in spans)


def test_identifiers_are_the_same_after_a_restart_and_others_at_another_site() -> None:
    assert spans_of(2) == spans_of(2)
    assert trace_id(SITE, FIRST) != trace_id("there", FIRST)
    trace = trace_id(SITE, FIRST)
    assert traceparent(SITE, FIRST) == f"00-{trace:032x}-{span_id(trace, ROOT):016x}-01"


def test_a_share_takes_the_same_contacts_everywhere() -> None:
    journal = long_wait().journal
    some = {span.trace for span in SpanFold(SITE, 0.5).take(journal)}
    all_of_them = {span.trace for span in SpanFold(SITE, 1.0).take(journal)}
    assert some == {one for one in all_of_them if one & ((1 << 64) - 1) < 1 << 63}
    assert SpanFold(SITE, 0.0).take(journal) == []
    assert len(all_of_them) == 3


def test_a_contact_from_before_a_restart_goes_on() -> None:
    journal = long_wait().journal
    middle = next(index for index, row in enumerate(journal) if type(row.event).__name__ == "OfferMade")
    fold = SpanFold(SITE)
    fold.begin(FIRST, journal[0].at)
    spans = [span for span in fold.take(journal[middle:]) if span.trace == trace_id(SITE, FIRST)]
    assert spans[-1].name == ROOT
    assert spans[-1].attributes["callwright.resumed"] is True


def test_a_request_to_the_pbx_hangs_below_what_goes_on() -> None:
    journal = long_wait().journal
    ringing = next(index for index, row in enumerate(journal) if type(row.event).__name__ == "OfferMade")
    fold = SpanFold(SITE)
    before = fold.take(journal[: ringing + 1])
    asked = fold.request(FIRST, "CSTA DeflectCall", 1.0, 1.2, "refused")
    offer = next(span for span in fold.take(journal[ringing + 1 :]) if span.name == "offer")
    assert asked is not None
    assert (asked.parent, asked.outward, asked.failed) == (offer.span, True, "refused")
    assert asked not in before
    assert fold.request(ContactId(99), "CSTA DeflectCall", 1.0, 1.2) is None


def callers(spans: Sequence[str]) -> tuple[TraceContext, ...]:
    """The links of a contact whose sessions brought these one after the other."""
    story = Story()
    contact = story.arrive("C1")
    for number, brought in enumerate(spans):
        session = session_ref(f"s{number}")
        joins = ReportMediaJoined(contact=contact, session=session, port=DeviceNumber("7201"), traceparent=brought)
        assert story.refused(joins) is None
    story.hang_up("C1")
    root = SpanFold(SITE).take(story.journal)[-1]
    assert (root.name, root.parent, root.trace) == (ROOT, None, trace_id(SITE, contact))
    return root.links


def test_a_contact_is_linked_to_the_span_that_its_caller_brought() -> None:
    assert callers([f"00-{0xA:032x}-{0xB:016x}-00"]) == (TraceContext(0xA, 0xB, 0),)
    assert callers(["", "nonsense"]) == ()


def test_several_sessions_link_several_spans_each_once_and_not_without_end() -> None:
    brought = [f"00-{trace:032x}-{0xB:016x}-01" for trace in (1, 2, 1)] + [f"00-{1:032x}-{0xC:016x}-01"]
    assert [(link.trace, link.span) for link in callers(brought)] == [(1, 0xB), (2, 0xB), (1, 0xC)]
    many = callers([f"00-{trace:032x}-{1:016x}-01" for trace in range(1, 12)])
    assert [link.trace for link in many] == list(range(1, module.MOST_LINKS + 1))


def test_a_trace_of_our_own_that_comes_back_is_no_link() -> None:
    assert callers([traceparent(SITE, FIRST)]) == ()
    assert [link.trace for link in callers([traceparent(SITE, ContactId(2))])] == [trace_id(SITE, ContactId(2))]


def test_contacts_and_spans_beyond_the_limits_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CONTACTS", 1)
    monkeypatch.setattr(module, "MOST_SPANS", 3)
    fold = SpanFold(SITE)
    spans = fold.take(long_wait().journal)
    assert fold.passed_over > 2
    assert all(sum(other.trace == span.trace for other in spans) <= 4 for span in spans)
