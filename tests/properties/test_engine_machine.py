"""The engine against a PBX and a media service that are late, forgetful and repeat themselves, in free-moving time."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cti_server.contacts.contact import waiting
from cti_server.engine.apply import apply
from cti_server.engine.deadlines import Deadlines
from cti_server.engine.engine import Engine, Outcome
from cti_server.engine.fold.queueing import requirement_of
from cti_server.engine.invariants import check
from cti_server.engine.matching import Matching
from cti_server.engine.state import State, place_of
from cti_server.routing.fitting import meets
from cti_server.storage.codec import decode_event, encode_event
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.ids import (
    AgentId,
    ContactId,
    DeviceNumber,
    GroupName,
    OfferId,
    PartyId,
    QueueName,
    SkillName,
    VerbId,
)
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import (
    Channel,
    Disposition,
    OfferOutcome,
    Origin,
    QueueOutcome,
    ReleasedBy,
    SessionRef,
    SurveyedCall,
    SurveyedConnection,
    SurveyedSession,
    VerbOutcome,
    VerbResult,
)
from tests.properties.random_sites import MAIL, groups, sites, skills
from tests.scenarios.engine.story import DEVICES, LINK, MEDIA, SERVICE, START, call_ref, session_ref, site

AGENTS = st.sampled_from(sorted(DEVICES))
ORIGINS = st.sampled_from([Origin.PHONE, Origin.CONSOLE])
DEVICE_NUMBERS: st.SearchStrategy[DeviceNumber] = st.sampled_from(sorted(DEVICES.values()))
PILOTS = st.sampled_from([DeviceNumber(each) for each in ("7000", "7001", "7009", "7777")])
STATES = st.sampled_from(["alerting", "connected", "queued", "fail", "null"])
PLACES = st.sampled_from([*sorted(DEVICES.values()), *(DeviceNumber(each) for each in ("7000", "7009", "7201"))])
OUTCOMES = st.builds(VerbOutcome, st.sampled_from(list(VerbResult)), st.sampled_from(["", "1", "2", "5", "9"]))
PLANS: list[SitePlan] = [
    site("1"),
    site("2", queues={name: queue for name, queue in site().queues.items() if name != SERVICE}),
    site("3", agents={agent: plan for agent, plan in site().agents.items() if agent != "anna"}),
    site("4", flows={name: flow for name, flow in site().flows.items() if name != "urgent"}, pilots=site().pilots[:2]),
]
SPANS = st.sampled_from([0.0, 0.001, 1.0, 4.999, 5.0, 8.0, 12.0, 30.0, 100.0])


class EngineMachine(RuleBasedStateMachine):
    """Every command goes to an engine and to its twin; a fold of the journal follows."""

    @initialize(plan=st.sampled_from(PLANS) | sites(), up=st.sampled_from([True, True, True, False]))
    def start(self, plan: SitePlan, up: bool) -> None:
        self.engine, self.twin, self.folded = Engine(), Engine(), State()
        self.journal: list[events.Recorded] = []
        self.now, self.calls = START, 0
        self.tell(commands.LoadPlan(plan=plan))
        if up:
            self.tell(commands.ReportLinkUp(link=LINK))
        for agent, device in DEVICES.items():
            self.tell(commands.LogAgentOn(agent=agent, device=device, origin=Origin.PHONE))
            self.tell(commands.SetAgentReady(agent=agent, origin=Origin.PHONE))

    def tell(self, command: commands.Command) -> Outcome:
        outcome = self.engine.handle(command, self.now)
        assert outcome == self.twin.handle(command, self.now), "the same commands give the same outcomes"
        for recorded in outcome.events:
            assert recorded.seq == len(self.journal) + 1
            assert recorded.cause_seq is None or 0 < recorded.cause_seq < recorded.seq
            self.journal.append(recorded)
            apply(self.folded, recorded)
        for effect in outcome.effects:
            assert 0 < effect.cause <= self.engine.state.seq
        if outcome.refusal is not None:
            assert not outcome.events
        self.check_order(outcome)
        return outcome

    def check_order(self, outcome: Outcome) -> None:
        """An agent's offer goes to the first of those that wait and that they fit, and never to one they do not."""
        state = self.engine.state
        for recorded in outcome.events:
            offer = state.offers.get(recorded.event.offer) if isinstance(recorded.event, events.OfferMade) else None
            if offer is None:
                continue
            plan, agent = state.plan.agents.get(offer.agent), state.agents[offer.agent]
            taken = state.contacts[offer.contact]
            assert meets(requirement_of(state, taken), taken.relaxed, plan, agent)
            for contact in state.contacts.values():
                if not waiting(contact) or not state.call_is_certain(contact) or place_of(contact) > place_of(taken):
                    continue
                if contact.channel is taken.channel:
                    assert not meets(requirement_of(state, contact), contact.relaxed, plan, agent)

    def someone(self, data: st.DataObject) -> ContactId:
        """An open contact, or now and then one that is over or never was."""
        numbers = sorted(self.engine.state.contacts)
        return data.draw(st.sampled_from([*numbers, *numbers, ContactId(1), ContactId(99)]), label="contact")

    def some_offer(self, data: st.DataObject) -> OfferId:
        """An open offer, or now and then one of the last few, or one that never was."""
        last = self.engine.state.last_offer
        few = [OfferId(max(last - back, 0)) for back in range(4)]
        return data.draw(st.sampled_from([*sorted(self.engine.state.offers) * 2, *few]), label="offer")

    # what happens as it should

    @rule(
        pilot=st.sampled_from([DeviceNumber("7000"), DeviceNumber("7009"), DeviceNumber("7001")]),
        party=st.none() | st.builds(PartyId, st.integers(min_value=1, max_value=2)),
    )
    def a_call_arrives(self, pilot: DeviceNumber, party: PartyId | None) -> None:
        self.calls += 1
        self.tell(commands.ReportCallArrived(call=call_ref(f"C{self.calls}"), pilot=pilot, party=party))

    @rule(channel=st.sampled_from([Channel.EMAIL, Channel.CHAT, Channel.MESSAGE]))
    def something_is_written(self, channel: Channel) -> None:
        self.tell(commands.OpenContact(channel=channel, destination=MAIL))

    @rule(data=st.data(), by=st.sampled_from(list(ReleasedBy)))
    def something_written_is_done(self, data: st.DataObject, by: ReleasedBy) -> None:
        self.tell(commands.FinishContact(contact=self.someone(data), by=by))

    @rule(agent=AGENTS, wanted=st.none() | groups)
    def an_agent_changes_groups(self, agent: AgentId, wanted: tuple[GroupName, ...] | None) -> None:
        self.tell(commands.ChangeAgentGroups(agent=agent, groups=wanted, origin=Origin.CONSOLE))

    @rule(agent=AGENTS, wanted=st.none() | skills)
    def an_agent_learns(self, agent: AgentId, wanted: dict[SkillName, int] | None) -> None:
        self.tell(commands.ChangeAgentSkills(agent=agent, skills=wanted, origin=Origin.CONSOLE))

    @rule(agent=AGENTS, seconds=st.sampled_from([0.0, 1.0, 30.0]), done=st.booleans())
    def an_agent_wraps_up(self, agent: AgentId, seconds: float, done: bool) -> None:
        if done:
            self.tell(commands.EndWrapUp(agent=agent, origin=Origin.PHONE))
        else:
            self.tell(commands.ExtendWrapUp(agent=agent, seconds=seconds, origin=Origin.PHONE))

    @rule(data=st.data(), priority=st.integers(min_value=0, max_value=10))
    def a_supervisor_changes_a_priority(self, data: st.DataObject, priority: int) -> None:
        contact = self.someone(data)
        self.tell(commands.ChangePriority(contact=contact, priority=priority, origin=Origin.CONSOLE))

    @rule(queue_digit=st.sampled_from(["1", "2"]))
    def a_caller_comes_as_far_as_the_queue(self, queue_digit: str) -> None:
        if any(pilot.number == "7000" for pilot in self.engine.state.plan.pilots):
            self.a_call_arrives(DeviceNumber("7000"), None)
            contact = ContactId(self.engine.state.last_contact)
            self.join(contact, session_ref(f"s{contact}"))
            self.end_verb(contact, VerbOutcome(VerbResult.FINISHED))
            self.end_verb(contact, VerbOutcome(VerbResult.DIGITS, queue_digit))

    @rule(agent=AGENTS, origin=ORIGINS)
    def an_agent_comes_to_work(self, agent: AgentId, origin: Origin) -> None:
        self.tell(commands.LogAgentOn(agent=agent, device=DEVICES[agent], origin=origin))
        self.tell(commands.SetAgentReady(agent=agent, origin=origin))

    @rule(data=st.data(), times=st.integers(min_value=1, max_value=3))
    def media_does_what_it_was_asked(self, data: st.DataObject, times: int) -> None:
        for _ in range(times):
            contact = self.engine.state.contacts.get(self.someone(data))
            if contact is not None and contact.media_requested:
                self.join(contact.id, session_ref(f"s{contact.id}"))
            elif contact is not None and contact.cursor.verb is not None:
                self.end_verb(contact.id, data.draw(OUTCOMES))

    @rule(data=st.data(), answered=st.sampled_from([True, True, False]), alerts=st.booleans())
    def an_offer_rings(self, data: st.DataObject, answered: bool, alerts: bool) -> None:
        offer = self.some_offer(data)
        if alerts:
            self.tell(commands.ReportOfferAlerting(offer=offer))
        if answered:
            self.tell(commands.ReportOfferAnswered(offer=offer))

    @precondition(lambda self: self.engine.state.offers)
    @rule(data=st.data(), wait=st.sampled_from([0.0, 4.999, 12.0]))
    def a_ringing_phone_is_answered(self, data: st.DataObject, wait: float) -> None:
        """In time, or in the moment of the deadline, or when the offer has just ended."""
        offer = data.draw(st.sampled_from(sorted(self.engine.state.offers)))
        self.now += wait
        if wait and data.draw(st.booleans(), label="the wake-up comes first"):
            self.tell(commands.WakeUp())
        self.tell(commands.ReportOfferAnswered(offer=offer))

    @rule(data=st.data(), by=st.sampled_from(list(ReleasedBy)))
    def a_call_ends(self, data: st.DataObject, by: ReleasedBy) -> None:
        contact = self.engine.state.contacts.get(self.someone(data))
        call = contact.call if contact is not None and contact.call is not None else call_ref("C1")
        self.tell(commands.ReportCallEnded(call=call, released_by=by))

    @rule(agent=AGENTS, origin=ORIGINS, wish=st.sampled_from(["ready", "not-ready", "tea", "off", "on"]))
    def an_agent_wishes(self, agent: AgentId, origin: Origin, wish: str) -> None:
        wishes: dict[str, commands.Command] = {
            "ready": commands.SetAgentReady(agent=agent, origin=origin),
            "not-ready": commands.SetAgentNotReady(agent=agent, origin=origin),
            "tea": commands.SetAgentNotReady(agent=agent, origin=origin, reason="tea"),
            "off": commands.LogAgentOff(agent=agent, origin=origin),
            "on": commands.LogAgentOn(agent=agent, device=DEVICES[AgentId("anna")], origin=origin),
        }
        self.tell(wishes[wish])

    @rule(span=SPANS, timely=st.booleans())
    def time_passes(self, span: float, timely: bool) -> None:
        """With wake-ups to the moment, or with one late wake-up for all that was due."""
        end = self.now + span
        turns = 0
        while timely and (deadline := self.engine.next_deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.tell(commands.WakeUp())
            turns += 1
            assert turns < 5000, "deadlines come without end"
        self.now = end
        self.tell(commands.WakeUp())
        deadline = self.engine.next_deadline
        assert deadline is None or deadline > self.now

    # what happens as it should not: late, twice, about the wrong one

    @rule(data=st.data(), kind=st.sampled_from(["refused", "joined", "lost", "verb", "again", "replaced", "failed"]))
    def a_report_is_wrong(self, data: st.DataObject, kind: str) -> None:
        number = self.someone(data)
        contact = self.engine.state.contacts.get(number)
        call = contact.call if contact is not None and contact.call is not None else call_ref("C1")
        match kind:
            case "refused":
                cause = data.draw(st.none() | st.integers(min_value=1, max_value=len(self.journal)))
                self.tell(commands.ReportMediaRefused(contact=number, reason="none free", cause=cause))
            case "joined":
                self.join(number, session_ref(data.draw(st.sampled_from(["s1", "s2", "x"]))))
            case "lost":
                ref = contact.session if contact is not None and contact.session is not None else session_ref("x")
                failed = data.draw(st.booleans(), label="failed")
                self.tell(commands.ReportMediaLost(contact=number, session=ref, reason="gone", failed=failed))
            case "verb":
                outcome = data.draw(OUTCOMES)
                verb = VerbId(f"{number}-{data.draw(st.integers(min_value=0, max_value=9))}")
                self.tell(commands.ReportVerbEnded(contact=number, verb=verb, outcome=outcome))
            case "again":
                self.tell(commands.ReportCallArrived(call=call, pilot=data.draw(PILOTS), party=None))
            case "replaced":
                self.calls += 1
                by = call_ref(f"C{data.draw(st.sampled_from([self.calls, self.calls, 1]))}")
                self.tell(commands.ReportCallReplaced(call=call, by=by))
            case _:
                outcome_word = data.draw(st.sampled_from(list(OfferOutcome)))
                offer = self.some_offer(data)
                self.tell(commands.ReportOfferFailed(offer=offer, outcome=outcome_word, reason="pbx"))

    # what happens around it

    @rule(data=st.data(), kind=st.sampled_from(["down", "up", "calls", "sessions", "plan", "phone", "silent", "start"]))
    def the_world_changes(self, data: st.DataObject, kind: str) -> None:
        match kind:
            case "down":
                self.tell(commands.ReportLinkDown(link=LINK, reason="cable"))
                if data.draw(st.integers(min_value=0, max_value=2), label="comes back"):
                    self.time_passes(data.draw(SPANS), timely=True)
                    self.link_comes_up(data)
            case "up":
                self.link_comes_up(data)
            case "calls":
                self.list_calls(data)
            case "sessions":
                self.list_sessions(data)
            case "plan":
                self.tell(commands.LoadPlan(plan=data.draw(st.sampled_from(PLANS) | sites())))
            case "phone":
                device: DeviceNumber = data.draw(DEVICE_NUMBERS)
                busy: bool = data.draw(st.booleans())
                self.tell(commands.ReportPhoneBusy(device=device, busy=busy))
            case "silent":
                silent: DeviceNumber = data.draw(DEVICE_NUMBERS)
                self.tell(commands.ReportPhoneService(device=silent, in_service=data.draw(st.booleans())))
            case _:
                self.start_again()

    def link_comes_up(self, data: st.DataObject) -> None:
        self.tell(commands.ReportLinkUp(link=LINK))
        if data.draw(st.booleans(), label="time passes before the survey"):
            self.time_passes(data.draw(SPANS), timely=True)
        self.list_calls(data)

    def list_calls(self, data: st.DataObject) -> None:
        """Most calls exist; they are where they should be, or anywhere."""
        found = []
        for contact in self.engine.state.contacts.values():
            if contact.call is None:
                continue
            if not data.draw(st.integers(min_value=0, max_value=4), label=f"{contact.call.call} is gone at 0"):
                continue
            places = data.draw(st.lists(st.builds(SurveyedConnection, PLACES, STATES), max_size=2))
            offers = [self.engine.state.past_offers[each].device for each in contact.past_offers]
            offers += [self.engine.state.offers[contact.offer].device] if contact.offer is not None else []
            if bool(offers) and data.draw(st.booleans(), label="is at an agent's phone"):
                places = [SurveyedConnection(offers[-1], data.draw(STATES))]
            moved = contact.offer is not None and data.draw(st.booleans(), label="has another identifier")
            self.calls += moved
            found.append(SurveyedCall(call_ref(f"C{self.calls}") if moved else contact.call, tuple(places)))
        if data.draw(st.booleans(), label="a call nobody knows"):
            self.calls += 1
            unknown = data.draw(st.lists(st.builds(SurveyedConnection, PLACES, STATES), min_size=1, max_size=2))
            found.append(SurveyedCall(call_ref(f"C{self.calls}"), tuple(unknown)))
        self.tell(commands.ReportCalls(link=LINK, calls=tuple(found)))

    def list_sessions(self, data: st.DataObject) -> None:
        found = []
        for contact in self.engine.state.contacts.values():
            if data.draw(st.booleans(), label=f"session of {contact.id} is there"):
                ref = contact.session if contact.session is not None else session_ref(f"s{contact.id}")
                verb = data.draw(st.sampled_from([contact.cursor.verb, None, VerbId("0-0")]))
                outcome = data.draw(st.none() | OUTCOMES)
                found.append(SurveyedSession(ref, DeviceNumber("7201"), contact.call, verb, outcome))
        self.tell(commands.ReportSessions(service=MEDIA, sessions=tuple(found)))

    def start_again(self) -> None:
        """The state of a new start is the fold of the journal as it is stored."""
        state = State()
        for recorded in self.journal:
            apply(state, replace(recorded, event=decode_event(*encode_event(recorded.event))))
        self.engine = Engine(state)
        assert state == self.twin.state

    def join(self, contact: ContactId, session: SessionRef) -> None:
        self.tell(commands.ReportMediaJoined(contact=contact, session=session, port=DeviceNumber("7201")))

    def end_verb(self, contact: ContactId, outcome: VerbOutcome) -> None:
        known = self.engine.state.contacts.get(contact)  # a call that had come before is no new contact
        verb = None if known is None else known.cursor.verb
        if verb is not None:
            self.tell(commands.ReportVerbEnded(contact=contact, verb=verb, outcome=outcome))

    # what must hold

    @invariant()
    def the_state_is_sound(self) -> None:
        assert check(self.engine.state) == []

    @invariant()
    def the_index_is_what_the_state_says(self) -> None:
        built = Matching(self.engine.state)
        for queue in self.engine.state.plan.queues.values():
            for channel in Channel:
                kept, anew = self.engine.matching.pool_of(queue, channel), built.pool_of(queue, channel)
                assert (kept.present, kept.free) == (anew.present, anew.free)
                assert {k: v for k, v in kept.tally.items() if v} == {k: v for k, v in anew.tally.items() if v}
                assert kept.first(9) == anew.first(9)
        for number in self.engine.state.contacts:
            kept_in, is_in = self.engine.matching.waits_in(number), built.waits_in(number)
            assert (kept_in and kept_in.key) == (is_in and is_in.key)

    @invariant()
    def nothing_that_is_timed_is_forgotten(self) -> None:
        assert self.engine.next_deadline == Deadlines(self.engine.state).next()

    @invariant()
    def replay_equals_live(self) -> None:
        assert self.folded == self.engine.state

    @invariant()
    def counters_equal_a_recount(self) -> None:
        state = self.engine.state
        counts = recount(self.journal)
        for name, line in state.lines.items():
            for word in (*(each.value for each in QueueOutcome), "received", "offers"):
                assert getattr(line.counters, word.replace("-", "_")) == counts[name, word], (name, word)

    def teardown(self) -> None:
        """When every call is over and time has passed, nobody and nothing is left behind."""
        if not hasattr(self, "engine"):
            return
        for contact in list(self.engine.state.contacts.values()):
            if contact.call is not None:
                self.tell(commands.ReportCallEnded(call=contact.call, released_by=ReleasedBy.CUSTOMER))
            else:
                self.tell(commands.FinishContact(contact=contact.id, by=ReleasedBy.CUSTOMER))
        self.time_passes(1000.0, timely=True)
        state = self.engine.state
        assert not state.contacts
        assert not state.offers
        assert not state.past_offers
        assert not state.calls
        assert not state.old_flows
        assert not state.old_queues
        assert {agent.work.value for agent in state.agents.values()} <= {"idle"}
        assert not [name for name, line in state.lines.items() if line.places]
        assert self.engine.next_deadline is None
        assert check(state) == []


def recount(journal: list[events.Recorded]) -> Counter[tuple[QueueName, str]]:
    """What the queues' counters must say, from the journal alone."""
    counts: Counter[tuple[QueueName, str]] = Counter()
    queue_of: dict[ContactId, QueueName] = {}
    for recorded in journal:
        match recorded.event:
            case events.ContactQueued(contact=contact, queue=queue):
                queue_of[contact] = queue
                counts[queue, "received"] += 1
            case events.QueueRefused(queue=queue, outcome=outcome):
                counts[queue, "received"] += 1
                counts[queue, outcome.value] += 1
            case events.QueueLeft(contact=contact, outcome=outcome):
                counts[queue_of.pop(contact), outcome.value] += 1
            case events.OfferMade(contact=contact):
                counts[queue_of[contact], "offers"] += 1
            case events.ContactAnswered(contact=contact):
                counts[queue_of.pop(contact), "answered"] += 1
            case events.ContactReleased(contact=contact, disposition=disposition, left=left):
                if contact in queue_of:
                    assert (disposition is Disposition.ANSWERED) is (left is not None)
                    counts[queue_of.pop(contact), (left or disposition).value] += 1
    return counts


EngineMachine.TestCase.settings = settings(
    max_examples=120, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestEngine = EngineMachine.TestCase
