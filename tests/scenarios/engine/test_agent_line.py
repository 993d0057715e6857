"""The agent line: from any phone, by digits; PINs are secrets, and three wrong ones end the call."""

import pytest

from cti_server.flows.steps.agent_line import AgentLineStep
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.actions import Collect
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, FlowName, PartyId, SecretId, StepId
from cti_server.vocabulary.outside import CheckPin, RequestOutcome, RequestResult
from cti_server.vocabulary.plan import AgentPlan, FlowPlan, PilotPlan
from cti_server.vocabulary.values import AgentStatus, Origin, VerbOutcome, VerbResult, WorkState
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, LINK, Story, call_ref, site

LINE = FlowPlan(name=FlowName("agent-line"), version="a1", steps=(AgentLineStep(id=StepId("line"), extension=60.0),))
PIN = SecretId("s-1")
DESK = DeviceNumber("7105")


def plan() -> object:
    before = site()
    agents = {
        one: AgentPlan(id=one, name=one.title(), groups=each.groups, number=number)
        for (one, each), number in zip(before.agents.items(), ("11", "12", "13"), strict=True)
    }
    pilots = (*before.pilots, PilotPlan(link=LINK, number=DeviceNumber("7008"), flow=LINE.name, agent_line=True))
    return {"agents": agents, "pilots": pilots, "flows": {**before.flows, LINE.name: LINE}, "reasons": {"1": "lunch"}}


class Line(Story):
    """Somebody calls the agent line from a phone."""

    def __init__(self) -> None:
        super().__init__(site("2", **plan()))  # type: ignore[arg-type]  # parts of a plan by name
        self.contact = ContactId(0)

    def call(self, device: str = DESK, call: str = "line") -> None:
        self.addresses[PartyId(7)] = f"tel:{device}"
        self.tell(commands.ReportCallArrived(call=call_ref(call), pilot=DeviceNumber("7008"), party=PartyId(7)))
        self.contact = ContactId(self.state.last_contact)
        self.join(self.contact, call)

    def key_in(self, digits: str) -> None:
        self.press(self.contact, digits)

    def masked(self, count: int = 4) -> None:
        verb = self.state.contacts[self.contact].cursor.verb
        assert verb is not None
        outcome = VerbOutcome(VerbResult.DIGITS, secret=PIN, count=count)
        self.tell(commands.ReportVerbEnded(contact=self.contact, verb=verb, outcome=outcome))

    def checked(self, *, right: bool) -> None:
        (asked,) = [one for one in self.effects if isinstance(one, effects.AskOutside)]
        assert isinstance(asked.outside, CheckPin)
        outcome = RequestOutcome(result=RequestResult.DONE, values={"right": right})
        self.tell(commands.ReportRequestEnded(contact=self.contact, request=asked.request, outcome=outcome))

    def identify(self, number: str = "11") -> None:
        self.key_in(number)
        self.masked()
        self.checked(right=True)

    def said(self) -> list[str]:
        """What is being said, without ``agent_line_``."""
        treats = [one for one in self.effects if isinstance(one, effects.Treat)]
        spoken = treats[-1].action.utterances if treats else ()  # type: ignore[union-attr]  # they all speak
        return [str(one.prompt or one.number or one.wait).removeprefix("agent_line_") for one in spoken]


@pytest.fixture
def line() -> Line:
    """An agent line that somebody calls from the phone 7105."""
    made = Line()
    made.call()
    return made


def test_an_agent_logs_on_at_the_phone_that_they_call_from(line: Line) -> None:
    assert line.said() == ["number"]
    line.key_in("11")
    assert line.said() == ["pin"]
    (treat,) = [one for one in line.effects if isinstance(one, effects.Treat)]
    assert isinstance(treat.action, Collect)
    assert treat.action.masked
    line.masked()
    line.checked(right=True)
    anna = line.state.agents[ANNA]
    assert (anna.device, anna.status) == (DESK, AgentStatus.NOT_READY)
    assert line.said() == ["not_ready", "menu"]
    line.key_in("1")
    assert line.state.agents[ANNA].status is AgentStatus.READY
    assert line.said() == ["ready", "menu"]
    line.key_in("9")
    assert line.state.agents[ANNA].status is AgentStatus.LOGGED_OFF
    assert line.said() == ["logged_off"]
    line.verb(line.contact)
    assert "ReleaseCall" in line.kinds()


def test_not_ready_takes_a_reason(line: Line) -> None:
    line.identify()
    line.key_in("1")
    line.key_in("2")
    assert line.said() == ["reason"]
    line.key_in("7")
    assert line.said() == ["not_possible", "menu"]
    line.key_in("2")
    line.key_in("1")
    assert (line.state.agents[ANNA].status, line.state.agents[ANNA].reason) == (AgentStatus.NOT_READY, "lunch")


@pytest.mark.parametrize("number", ["11", "99"])
def test_three_wrong_pins_end_the_call_and_are_kept(line: Line, number: str) -> None:
    for attempt in range(3):
        assert line.said() == (["number"] if attempt == 0 else ["wrong", "number"])
        line.key_in(number)
        line.masked()
        if number == "11":
            line.checked(right=False)
    assert line.said() == ["refused"]
    kept = {
        name: value
        for one in line.journal
        if isinstance(one.event, events.DataSet)
        for name, value in one.event.values.items()
    }
    assert kept["agent_line_refused"] == 3
    line.verb(line.contact)
    assert "ReleaseCall" in line.kinds()
    assert not any(isinstance(one.event, events.AgentLoggedOn) for one in line.journal)


def test_hot_desking_moves_the_agent_and_whoever_was_there_is_logged_off(line: Line) -> None:
    line.tell(commands.LogAgentOn(agent=ANNA, device=DEVICES[ANNA], origin=Origin.CONSOLE))
    line.tell(commands.LogAgentOn(agent=BEN, device=DESK, origin=Origin.CONSOLE))
    line.identify()
    assert line.state.agents[ANNA].device == DESK
    assert line.state.agents[BEN].status is AgentStatus.LOGGED_OFF


def test_where_pins_cannot_be_checked_the_call_is_ended(line: Line) -> None:
    line.key_in("11")
    line.masked()
    line.later(10)
    assert line.said() == ["unavailable"]


def test_the_state_of_the_queues_is_told(line: Line) -> None:
    line.arrive("c1", "7009")
    line.later(30)
    line.identify()
    line.key_in("5")
    assert line.said()[:4] == ["queue", "1", "waiting", "1"]
    assert line.said()[4] == "longest"


def test_wrap_up_is_extended_and_ended(line: Line) -> None:
    line.identify()
    line.key_in("1")
    line.hang_up("line")
    contact = line.arrive("c1", "7009")
    offer = line.state.last_offer
    line.alert(offer)
    line.answer(offer)
    line.hang_up("c1")
    line.call(call="line-2")
    line.identify()
    assert line.said() == ["ready", "wrap_up", "menu"]
    line.key_in("4")
    line.later(7)
    assert line.state.agents[ANNA].work is WorkState.WRAP_UP
    line.key_in("3")
    assert line.state.agents[ANNA].work is WorkState.IDLE
    assert contact not in line.state.contacts


def test_silence_ends_the_call(line: Line) -> None:
    for _ in range(3):
        line.verb(line.contact, VerbResult.TIMEOUT)
    assert "ReleaseCall" in line.kinds()


def test_an_agent_who_is_not_of_the_plan_is_nobody(line: Line) -> None:
    line.tell(commands.LoadPlan(plan=site("3", **{**plan(), "agents": {}})))  # type: ignore[arg-type, dict-item]
    line.key_in("11")
    line.masked()
    assert line.said() == ["wrong", "number"]
    assert AgentId("anna") not in line.state.agents
