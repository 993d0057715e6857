"""A contact's stages: what the table has, and that nothing else is allowed."""

from itertools import product

import pytest

from cti_server.contacts.stages import TRANSITIONS, ContactMove, next_stage
from cti_server.vocabulary.faults import IllegalTransitionError, RoutingError
from cti_server.vocabulary.values import ContactStage

ABSENT = sorted(set(product(ContactStage, ContactMove)) - set(TRANSITIONS))


@pytest.mark.parametrize(("stage", "move"), ABSENT)
def test_what_is_absent_is_illegal(stage: ContactStage, move: ContactMove) -> None:
    with pytest.raises(IllegalTransitionError, match=f"no move '{move}' from state '{stage}'") as raised:
        next_stage(stage, move)
    assert isinstance(raised.value, RoutingError)


def test_a_contact_s_way() -> None:
    stage = ContactStage.TREATED
    way = []
    for move in (ContactMove.QUEUE, ContactMove.OFFER, ContactMove.RETURN, ContactMove.OFFER, ContactMove.ANSWER):
        stage = next_stage(stage, move)
        way.append(stage)
    assert way == ["queued", "offered", "queued", "offered", "talking"]


def test_every_stage_leads_to_the_end() -> None:
    reach = {ContactStage.CLOSED}
    for _ in ContactStage:
        reach |= {stage for (stage, _), after in TRANSITIONS.items() if after in reach}
    assert reach == set(ContactStage)


def test_only_a_talk_is_wrapped_up() -> None:
    before = {stage for (stage, _), after in TRANSITIONS.items() if after is ContactStage.WRAP_UP}
    assert before == {ContactStage.TALKING}
