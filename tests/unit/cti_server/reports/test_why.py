"""Why a contact waited, from the journal of a story that is known."""

from datetime import UTC

from cti_server.reports.why import Why, why, why_text
from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import AgentId, ContactId, GroupName
from cti_server.vocabulary.plan import QueueLimits
from cti_server.vocabulary.values import Origin
from tests.scenarios.engine.story import ANNA, BEN, Story
from tests.scenarios.engine.test_waiting import CLEO, OVERFLOW, queue_with

WAITED_FOR_BEN = """\
Contact 2 waited 50.0 s in queues and was answered by ben.

13:46:40.000  queued in sales with priority 5
              first in line
              needs group sales (step 1 of 2)
              2 agents fit: 1 not ready, 1 talks
13:46:55.000  anna was offered contact 3 first: it has priority 1, ours 5
13:47:10.000  waited long enough for step 2: more agents fit
              needs group sales, or group service (step 2 of 2)
              3 agents fit: 1 logged off, 1 not ready, 1 talks
13:47:18.000  offered to cleo by longest-idle (the only free agent who fitted, step 2; plan 1)
              anna: talks with contact 3
              ben: not ready: tea
13:47:30.000  cleo did not answer; back at its place in line (ring time is over)
13:47:30.000  offered to ben by longest-idle (the only free agent who fitted, step 2; plan 1)
              anna: talks with contact 3
              cleo: not ready: no-answer
13:47:30.000  ben answered
13:47:35.000  the contact is over: answered, released by customer"""


def long_wait() -> Story:
    """Contact 2 waits for sales: anna talks and is then given contact 3, ben drinks tea, cleo does not answer."""
    story = Story(queue_with(steps=OVERFLOW))
    story.log_on(ANNA, BEN)
    story.not_ready(BEN, "tea")
    story.arrive("C1", "7001")
    story.answer(1)
    story.arrive("C2", "7009")
    story.later(5)
    story.arrive("C3", "7001")
    story.later(10)
    story.hang_up("C1")
    story.ready(ANNA)
    story.later(3)
    story.answer(2)
    story.later(20)
    story.log_on(CLEO)
    story.later(12)
    story.ready(BEN)
    story.answer(4)
    story.later(5)
    story.hang_up("C2")
    story.later(100)
    return story


def said_of(answer: Why, agent: AgentId) -> list[str]:
    return [moment.text for moment in answer.moments if moment.text.startswith(f"{agent}: ")]


def test_a_long_wait_is_told_to_the_word() -> None:
    assert why_text(why(long_wait().journal, ContactId(2)), UTC) == WAITED_FOR_BEN


def test_each_agent_is_told_what_stood_in_the_way() -> None:
    journal = long_wait().journal
    assert said_of(why(journal, ContactId(2), ANNA), ANNA) == [
        "anna: fits, but talks with contact 1",
        "anna: fits, but wraps up contact 1",
        "anna: fits and is free",
        "anna: fits, but is offered contact 3",
        "anna: fits, but talks with contact 3",
    ]
    assert said_of(why(journal, ContactId(2), CLEO), CLEO) == [
        "cleo: does not fit: it needs group sales (step 1 of 2)",
        "cleo: fits, but is logged off",
        "cleo: fits, but not ready",
        "cleo: fits and is free",
        "cleo: is offered this contact",
        "cleo: fits and is free",
        "cleo: fits, but not ready: no-answer",
    ]
    assert said_of(why(journal, ContactId(2), AgentId("zoe")), AgentId("zoe")) == ["zoe: is not in the plan"]


def test_a_queue_that_took_nobody_and_a_contact_that_never_was() -> None:
    story = Story(queue_with(limits=QueueLimits(waiting=0)))
    story.arrive("C1", "7009")
    told = why_text(why(story.journal, ContactId(1)), UTC)
    assert "queue sales did not take it: it is full (0 wait, and 0 may)" in told
    assert why_text(why(story.journal, ContactId(9)), UTC) == "no contact 9"


def test_many_who_are_served_first_are_counted() -> None:
    story = Story(queue_with(wrap_up=0.0))
    story.tell(commands.ChangeAgentGroups(agent=BEN, groups=(GroupName("sales"),), origin=Origin.CONSOLE))
    story.arrive("C1", "7009")
    for number in range(2, 12):
        story.arrive(f"C{number}", "7001")
    story.log_on(BEN)
    for number in range(2, 12):
        story.answer(number - 1)
        story.hang_up(f"C{number}")
    story.answer(11)
    texts = [moment.text for moment in why(story.journal, ContactId(1)).moments]
    assert sum("was offered contact" in text for text in texts) == 5
    assert "10 contacts in all were served first by agents who fitted" in texts


def test_a_contact_that_waits_is_said_to_wait() -> None:
    story = Story(queue_with(steps=OVERFLOW))
    story.arrive("C1", "7001")
    answer = why(story.journal, ContactId(1))
    assert answer.summary == "Contact 1 still waits in a queue."
