"""What a component sees: facts of its contact, figures of queues, agents, calendars."""

from dataclasses import replace

from cti_server.engine.matching import Matching
from cti_server.engine.treatment.surroundings import Surroundings
from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import AgentId, CalendarName, ContactId, DeviceNumber, QueueName
from cti_server.vocabulary.plan import CalendarPlan, Transition
from cti_server.vocabulary.values import AgentStatus, Origin
from tests.scenarios.engine.story import ANNA, BEN, SALES, SERVICE, START, WELCOME, Story, call_ref, site

ZONE = CalendarPlan(name=CalendarName("a"), zone="x", hours=(), transitions=(Transition(at=0.0, offset=7200),))


def seen(story: Story, contact: ContactId, source: str | None = None) -> Surroundings:
    state = story.state
    return Surroundings(state, Matching(state), state.contacts[contact], story.now, WELCOME.steps[0], 1, {}, source)


def waiting() -> tuple[Story, Surroundings]:
    plan = site(calendars={ZONE.name: ZONE}, reasons={"1": "break"})
    plan = replace(plan, agents={**plan.agents, ANNA: replace(plan.agents[ANNA], number="101")})
    story = Story(plan)
    story.tell(
        commands.ReportCallArrived(
            call=call_ref("C1"), pilot=DeviceNumber("7009"), party=None, data={"source": "4711", "queue": "mine"}
        )
    )
    story.arrive("C2", "7009")
    story.later(40)
    return story, seen(story, ContactId(1), "7101")


def test_facts_of_a_waiting_contact() -> None:
    _, here = waiting()
    names = ("source", "destination", "channel", "queue", "priority", "waited", "age", "hour", "minute", "weekday")
    assert [here.value(name) for name in names] == ["7101", "7009", "voice", "sales", 5, 40, 40, 15, 47, 0]
    assert here.told_position is None
    assert (here.value("position"), here.told_position) == (1, 1)
    assert [here.value(name) for name in ("nobody", "queues", "queues.sales")] == [None] * 3
    low, likely, high = (here.value(f"wait_{name}") for name in ("low", "likely", "high"))
    assert isinstance(low, float)
    assert isinstance(likely, float)
    assert isinstance(high, float)
    assert 0 < low <= likely <= high
    told = here.told_estimate
    assert told is not None
    assert (told.low, told.likely, told.high, told.position, told.basis) == (low, likely, high, 1, "head-of-line")
    assert (here.queued, here.media_service, here.caller_device()) == (True, "", "7101")


def test_facts_of_a_contact_in_its_flow() -> None:
    story = Story()
    here = seen(story, story.arrive("C1"))
    names = ("source", "queue", "priority", "position", "waited", "wait_likely")
    assert [here.value(name) for name in names] == [None] * 6
    assert (here.queued, here.caller_device()) == (False, None)
    assert here.value("hour") == 13  # UTC where the plan has no calendar


def test_figures_of_queues() -> None:
    story, _ = waiting()
    story.tell(commands.LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.CONSOLE))
    here = seen(story, ContactId(1))
    figures = ("waiting", "longest", "staffed", "ready", "free", "service_level", "nonsense")
    assert [here.value(f"queues.sales.{name}") for name in figures] == [2, 40, 1, 0, 0, 0.0, None]
    assert [here.value(f"queues.service.{name}") for name in figures] == [0, 0.0, 1, 0, 0, None, None]
    assert here.value("queues.nowhere.waiting") is None
    joining, nobody_yet = (here.value(f"queues.{name}.wait_likely") for name in ("sales", "service"))
    assert isinstance(joining, float)
    assert joining > 0
    assert nobody_yet is None


def test_agents_by_name_and_number() -> None:
    story, here = waiting()
    glance = here.agent_by_number("101")
    assert glance is not None
    assert (glance.plan.id, glance.status, glance.device) == (ANNA, AgentStatus.LOGGED_OFF, None)
    assert here.agent_by_number("") is None
    assert here.agent(AgentId("nobody")) is None
    assert list(here.queues_of(ANNA)) == [SALES, SERVICE]
    assert list(here.queues_of(BEN)) == [SALES]
    assert list(here.queues_of(AgentId("nobody"))) == []
    assert here.reasons() == {"1": "break"}
    assert here.queue(QueueName("nowhere")) is None
    assert here.is_open(ZONE.name) == (False, "outside hours")
    assert here.is_open(CalendarName("nowhere"))[0]
    story.log_on(ANNA)
    glance = seen(story, ContactId(1)).agent(ANNA)
    assert glance is not None
    assert (glance.status, glance.since) == (AgentStatus.READY, START + 40)
