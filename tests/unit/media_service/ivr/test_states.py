import pytest

from media_service.ivr.states import ANSWERED, TRANSITIONS, TRIGGER_OF, State, Trigger


def test_every_state_can_be_reached_and_every_call_can_end() -> None:
    beginnings = [State.RINGING, State.CALLING]
    reached, todo = set(beginnings), beginnings
    while todo:
        state = todo.pop()
        for following in {after for (before, _), after in TRANSITIONS.items() if before is state} - reached:
            reached.add(following)
            todo.append(following)
    assert reached == set(State)
    assert all(TRANSITIONS[state, Trigger.GONE] is State.OVER for state in set(State) - {State.OVER})
    assert not [before for before, _ in TRANSITIONS if before is State.OVER]


@pytest.mark.parametrize("trigger", sorted(set(TRIGGER_OF.values()) - {Trigger.PROGRESS}))
def test_every_verb_may_follow_every_other_once_answered(trigger: Trigger) -> None:
    assert all((state, trigger) in TRANSITIONS for state in ANSWERED)
