"""Every event and every state survive the codec; old versions are upgraded, unknown ones refused."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.engine.state import State
from cti_server.flows.steps import MenuStep, PlayStep, QueueStep
from cti_server.storage import CodecError
from cti_server.storage.codec import KINDS, decode_event, decode_state, encode_event, encode_state
from cti_server.vocabulary.events import Event, LinkWentDown, OfferMade, PlanLoaded, StepEntered
from cti_server.vocabulary.ids import LinkName
from cti_server.vocabulary.plan import FlowPlan, SitePlan
from tests.unit.cti_server.storage.values_of import values_of


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=40)
@given(data=st.data())
def test_every_event_comes_back_equal(kind: str, data: st.DataObject) -> None:
    event = data.draw(values_of(KINDS[kind]))
    encoded = encode_event(event)
    assert encoded[:2] == (kind, 1)
    decoded = decode_event(*encoded)
    assert decoded == event
    assert type(decoded) is KINDS[kind]


def test_all_kinds_of_events_are_known() -> None:
    assert len(KINDS) >= 25
    assert {each.__name__ for each in Event.__subclasses__()} == set(KINDS)


@settings(max_examples=60)
@given(values_of(State))
def test_every_state_comes_back_equal(state: State) -> None:
    digest, body = encode_state(state)
    assert decode_state(State, digest, body) == state


def test_steps_keep_their_classes() -> None:
    steps = (PlayStep(id="a", utterances=()), MenuStep(id="m", utterances=(), choices={"1": "q"}, otherwise="q"))
    flow = FlowPlan(name="f", version="1", steps=(*steps, QueueStep(id="q", queue="s")))
    plan = SitePlan(version="1", flows={"f": flow})
    kind, version, body = encode_event(PlanLoaded(plan=plan))
    assert [each["$type"] for each in json.loads(body)["plan"]["flows"]["f"]["steps"]] == [
        "PlayStep",
        "MenuStep",
        "QueueStep",
    ]
    assert decode_event(kind, version, body) == PlanLoaded(plan=plan)


def test_fields_younger_than_the_row_take_their_defaults() -> None:
    body = '{"contact": 1, "flow": "f", "flow_version": "1", "step": "s"}'
    event = decode_event("StepEntered", 1, body)
    assert event == StepEntered(contact=1, flow="f", flow_version="1", step="s", attempt=1, position=None)
    offer = decode_event("OfferMade", 1, '{"offer":1,"contact":1,"agent":"a","device":"7","deadline":5}')
    assert offer == OfferMade(offer=1, contact=1, agent="a", device="7", deadline=5.0, passed_over=())


def test_fields_younger_than_this_program_are_passed_over() -> None:
    assert decode_event("LinkWentDown", 1, '{"link": "a", "reason": "b", "shade": "blue"}') == LinkWentDown(
        link=LinkName("a"), reason="b"
    )


def test_an_old_version_is_upgraded_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LinkWentDown, "VERSION", 3)

    def name_link(body: dict[str, Any]) -> dict[str, Any]:
        return {"link": body["name"], "why": body["why"]}

    def name_reason(body: dict[str, Any]) -> dict[str, Any]:
        return {"link": body["link"], "reason": body["why"]}

    upgrades = {("LinkWentDown", 1): name_link, ("LinkWentDown", 2): name_reason}
    expected = LinkWentDown(link=LinkName("pbx"), reason="cable")
    assert decode_event("LinkWentDown", 1, '{"name": "pbx", "why": "cable"}', upgrades) == expected
    assert decode_event("LinkWentDown", 2, '{"link": "pbx", "why": "cable"}', upgrades) == expected
    assert decode_event("LinkWentDown", 3, '{"link": "pbx", "reason": "cable"}', upgrades) == expected
    with pytest.raises(CodecError, match="nothing upgrades LinkWentDown from version 2 to 3"):
        decode_event("LinkWentDown", 2, "{}", {})
    with pytest.raises(CodecError, match="nothing upgrades LinkWentDown from version 1 to 2"):
        decode_event("LinkWentDown", 1, "{}", {("LinkWentDown", 2): name_reason})


@pytest.mark.parametrize(
    ("kind", "version", "body", "said"),
    [
        ("Unheard", 1, "{}", "unknown kind 'Unheard'"),
        ("LinkWentDown", 2, "{}", "LinkWentDown version 2 is newer than this program's version 1"),
        ("LinkWentDown", 0, "[]", "nothing upgrades LinkWentDown from version 0 to 1"),
        ("LinkWentDown", 1, "{}", "the body of a LinkWentDown .* cannot be read: .*missing required field"),
        ("LinkWentDown", 1, "\x00", "the body of a LinkWentDown .* cannot be read"),
        ("LinkWentDown", 1, "[" * 100_000, "the body of a LinkWentDown .* cannot be read"),
        ("PlanLoaded", 1, '{"plan": 3}', "the body of a PlanLoaded .* SitePlan must be an object"),
        ("PlanLoaded", 1, '{"plan": {}}', "the body of a PlanLoaded .* 'version'"),
        ("PlanLoaded", 1, "[" * 100_000, "the body of a PlanLoaded .* cannot be read"),
        (
            "PlanLoaded",
            1,
            '{"plan":{"version":"1","flows":{"f":{"name":"f","version":"1","steps":[{"$type":"Sing"}]}}}}',
            "nothing installed reads a Step of kind 'Sing'",
        ),
        ("PlanLoaded", 1, '{"plan":{"version":"1","flows":[]}}', "an object is missing"),
        (
            "PlanLoaded",
            1,
            '{"plan":{"version":"1","flows":{"f":{"name":"f","version":"1","steps":3}}}}',
            "a list is missing",
        ),
    ],
)
def test_what_cannot_be_read_is_a_clear_fault(kind: str, version: int, body: str, said: str) -> None:
    with pytest.raises(CodecError, match=said):
        decode_event(kind, version, body)


def test_an_event_class_from_elsewhere_is_refused() -> None:
    class Elsewhere(Event):
        """Not in the vocabulary."""

    try:
        with pytest.raises(CodecError, match="Elsewhere is no kind of event"):
            encode_event(Elsewhere())
    finally:
        del Elsewhere
