"""Stories of agents: log-on and log-off, ready and not ready, and wrap-up."""

from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import AgentId, DeviceNumber
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import AgentStatus, Origin, WorkState
from tests.scenarios.engine.story import ANNA, BEN, SERVICE, START, Story


def log_on(agent: AgentId, device: str) -> commands.LogAgentOn:
    return commands.LogAgentOn(agent=agent, device=DeviceNumber(device), origin=Origin.CONSOLE)


def talking(story: Story, digit: str = "1") -> None:
    story.log_on(ANNA)
    story.waiting_caller("C1", digit)
    story.answer(1)


def test_wishes_that_cannot_be_granted() -> None:
    story = Story()
    story.log_on(ANNA)
    ready = commands.SetAgentReady(agent=BEN, origin=Origin.CONSOLE)
    nobody = AgentId("nobody")
    assert [
        story.refused(log_on(nobody, "7103")),
        story.refused(log_on(ANNA, "7101")),
        story.refused(log_on(ANNA, "7102")),
        story.refused(log_on(BEN, "7101")),
        story.refused(ready),
        story.refused(commands.SetAgentReady(agent=nobody, origin=Origin.CONSOLE)),
        story.refused(commands.SetAgentReady(agent=ANNA, origin=Origin.PHONE)),
        story.refused(commands.LogAgentOff(agent=BEN, origin=Origin.CONSOLE)),
        story.refused(commands.SetAgentNotReady(agent=BEN, origin=Origin.CONSOLE)),
    ] == [
        RefusalCode.UNKNOWN_AGENT,
        RefusalCode.NO_CHANGE,
        RefusalCode.LOGGED_ON_ELSEWHERE,
        RefusalCode.DEVICE_TAKEN,
        RefusalCode.NOT_LOGGED_ON,
        RefusalCode.UNKNOWN_AGENT,
        RefusalCode.NO_CHANGE,
        RefusalCode.NOT_LOGGED_ON,
        RefusalCode.NOT_LOGGED_ON,
    ]


def test_a_device_is_free_again_after_log_off() -> None:
    story = Story()
    story.log_on(ANNA)
    story.log_off(ANNA)
    assert story.tell(log_on(BEN, "7101")).refusal is None


def test_not_ready_while_talking_lets_the_contact_end_in_peace() -> None:
    story = Story()
    talking(story)
    story.waiting_caller("C2")
    story.transcript()
    story.not_ready(ANNA, "lunch")
    assert story.state.agents[ANNA].work is WorkState.BUSY
    story.hang_up("C1")
    story.later(8)
    assert [line for line in story.transcript() if "StepEntered" not in line] == [
        "0 AgentBecameNotReady anna lunch",
        "0 ContactReleased 1 answered",
        "0 WrapUpStarted 1 anna 8",
        "8 WrapUpEnded 1 anna",
        "8 ContactClosed 1",
    ]
    assert story.state.offers == {}
    story.ready(ANNA)
    assert len(story.state.offers) == 1


def test_log_off_while_talking_is_refused() -> None:
    story = Story()
    talking(story)
    assert story.refused(commands.LogAgentOff(agent=ANNA, origin=Origin.CONSOLE)) is RefusalCode.AGENT_TALKING


def test_ready_ends_a_wrap_up_and_the_next_caller_rings() -> None:
    story = Story()
    talking(story)
    story.waiting_caller("C2")
    story.hang_up("C1")
    story.later(3)
    story.transcript()
    story.ready(ANNA)
    assert story.transcript() == ["3 WrapUpEnded 1 anna", "3 ContactClosed 1", "3 OfferMade 2 2 anna 15"]


def test_not_ready_ends_a_wrap_up_at_once() -> None:
    story = Story()
    talking(story)
    story.hang_up("C1")
    story.later(3)
    story.transcript()
    story.not_ready(ANNA, "tea")
    story.later(60)
    assert story.transcript() == ["3 WrapUpEnded 1 anna", "3 ContactClosed 1", "3 AgentBecameNotReady anna tea"]


def test_log_off_ends_a_wrap_up() -> None:
    story = Story()
    talking(story)
    story.hang_up("C1")
    story.transcript()
    story.log_off(ANNA)
    assert story.transcript() == ["0 WrapUpEnded 1 anna", "0 ContactClosed 1", "0 AgentLoggedOff anna"]
    assert story.kinds() == ["ShowAgentStatus"]


def test_a_queue_without_wrap_up_frees_its_agent_with_the_call() -> None:
    story = Story()
    talking(story, "2")
    assert story.state.lines[SERVICE].counters.answered == 1
    story.later(7)
    story.transcript()
    story.hang_up("C1")
    assert story.transcript() == ["7 ContactReleased 1 answered", "7 ContactClosed 1"]
    agent = story.state.agents[ANNA]
    assert (agent.work, agent.idle_since) == (WorkState.IDLE, START + 7)


def test_another_reason_is_a_change_and_none_is_not() -> None:
    story = Story()
    story.log_on(ANNA)
    story.not_ready(ANNA, "tea")
    assert story.not_ready(ANNA, "lunch").refusal is None
    assert story.not_ready(ANNA).refusal is not None
    assert (story.state.agents[ANNA].reason, story.state.agents[ANNA].status) == ("lunch", AgentStatus.NOT_READY)


def test_the_idle_clock_restarts_on_becoming_ready_and_not_on_ringing() -> None:
    story = Story()
    story.log_on(ANNA)
    story.later(5)
    story.not_ready(ANNA)
    story.later(5)
    story.ready(ANNA)
    assert story.state.agents[ANNA].idle_since == START + 10
