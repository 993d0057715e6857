"""Life around a server in virtual time: callers, agents and chats, restarts and outages, and whether all agree."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from bench.soak_load.ground import LINK, MAIL, devices
from bench.soak_load.outside import Caller, Outside
from bench.soak_load.serving import BreachError, KilledError, Service
from cti_server.contacts.contact import standing
from cti_server.engine.invariants import check
from cti_server.runtime.clock import SystemClock
from cti_server.simulation.agenda import Agenda
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId, PartyId
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import AgentStatus, ChangeKind, Channel, ContactStage, Origin, ReleasedBy

REST_SECONDS: Final = 30.0
"""After a call that they missed, agents are ready again."""
AGAIN_SECONDS: Final = 10.0
"""Who was not heard tries again."""
IDLE_WAKE: Final = 0.05
CHAT_SECONDS: Final = 90.0


class Life:
    """Everybody and everything around one server; ``at`` is true time, the server's clock follows the machine's."""

    def __init__(self, plan: SitePlan, *, start: float, seed: int, keep: bool = False) -> None:
        self.at, self.plan = start, plan
        self.plans = [plan]
        """The last that were in force, this one included."""
        self.chance = Random(seed)
        self.agenda = Agenda()
        self.offset = 0.0
        """By how much the machine's clock is wrong, seconds."""
        self.clock = self._new_clock()
        self.outside = Outside(self.agenda, self.report, LINK)
        self.service = Service(self._time, self._perform, keep=keep)
        self.devices = devices(len(plan.agents))
        self.on_duty: set[AgentId] = set()
        self.chats: set[ContactId] = set()
        self.away = 0.0
        """How long a killed server is away before it is there again, seconds."""
        self.kills = self.checks = 0
        self.recovering = False
        """Whether a new process is finding its way."""
        self._wake: float | None = None
        self._idle = False
        self._start()

    # --- time -------------------------------------------------------------------------------------------------------

    def run_until(self, end: float) -> None:
        """Let everything happen that is due until then."""
        while True:
            due = self.agenda.next()
            if self._wake is not None and (due is None or self._wake <= due):
                if self._wake > end:
                    break
                self.at = max(self.at, self._wake)
                self.report(commands.WakeUp(), self.at)
            elif due is not None and due <= end:
                self.at = max(self.at, due)
                self.agenda.do_next()
            else:
                break
        self.at = max(self.at, end)

    def later(self, seconds: float, action: Callable[[float], object]) -> None:
        """Do something in so many seconds."""

        def act(at: float) -> None:
            action(at)

        self.agenda.put(self.at + seconds, act)

    def _time(self) -> float:
        return self.clock.now()

    def _new_clock(self) -> SystemClock:
        reactor: Any = None  # delays are this life's own
        return SystemClock(reactor, wall=lambda: self.at + self.offset, steady=lambda: self.at)

    def _arm(self) -> None:
        deadline = self.service.engine.next_deadline
        if deadline is None or not self.outside.server_up:
            self._wake = None
            return
        self._wake = self.at + max(IDLE_WAKE if self._idle else 0.0, deadline - self.clock.now())

    # --- the server -------------------------------------------------------------------------------------------------

    def report(self, command: commands.Command, _at: float) -> bool:
        """Tell the server; False where it refuses, or dies of it."""
        if not self.outside.server_up:
            return False
        before = self.service.rows
        try:
            granted = self.service.handle(command)
        except KilledError:
            self.kill()
            return False
        self._idle = isinstance(command, commands.WakeUp) and self.service.rows == before
        self._arm()
        return granted

    def kill(self) -> None:
        """The server is dead now, and there again after ``away`` seconds."""
        self.kills += 1
        self.outside.server_up = False
        self._wake = None
        self.agenda.put(self.at + self.away, lambda _at: self.come_back())

    def come_back(self) -> None:
        """A new process on the same journal: recover, then follow what became of the calls meanwhile."""
        if self.outside.server_up:
            return
        self.service.start_again()
        self.clock = self._new_clock()
        self.clock.not_before(self.service.state.at)
        self.outside.server_up = self.recovering = True
        if self.service.state.link_up(LINK):
            self.report(commands.ReportLinkDown(link=LINK, reason="server restarted"), self.at)
        self._start()
        self.recovering = False

    def _start(self) -> None:
        self.report(commands.LoadPlan(plan=self.plan, kind=ChangeKind.START, by="server", why="start"), self.at)
        self.link_comes_up()
        if self.outside.media_up:
            self.report(self.outside.surveyed_sessions(), self.at)
        self.people_look()

    # --- outages ----------------------------------------------------------------------------------------------------

    def link_goes_down(self, seconds: float) -> None:
        """The CSTA link is away for so long."""
        if not self.outside.link_up:
            return
        self.report(commands.ReportLinkDown(link=LINK, reason="cable"), self.at)
        self.outside.link_up = False

        def back(_at: float) -> None:
            self.outside.link_up = True
            self.link_comes_up()
            self.people_look()

        self.agenda.put(self.at + seconds, back)

    def link_comes_up(self) -> None:
        """The link carries requests, and the PBX lists its calls."""
        if self.outside.link_up and self.outside.server_up:
            self.report(commands.ReportLinkUp(link=LINK), self.at)
            self.report(self.outside.surveyed_calls(taken=LINK not in self.service.state.draining), self.at)

    def media_crashes(self, seconds: float) -> None:
        """The media service dies and is there again after so long; its callers count as lost by it at once."""
        if not self.outside.media_up:
            return
        self.outside.media_crash()
        self.report(commands.ReportSessions(service=self.outside.surveyed_sessions().service, sessions=()), self.at)

        def back(_at: float) -> None:
            self.outside.media_up = True
            self.report(self.outside.surveyed_sessions(), self.at)

        self.agenda.put(self.at + seconds, back)

    def clock_steps(self, seconds: float) -> None:
        """The machine's clock is set."""
        self.offset += seconds
        self._arm()

    def load(self, plan: SitePlan, kind: ChangeKind = ChangeKind.APPLY, back_to: int | None = None) -> None:
        """The files have changed and the server is told so, or what was in force is brought back by its number."""
        self.plan = plan
        self.plans = [*self.plans[-1:], plan]
        self.report(commands.LoadPlan(plan=plan, kind=kind, back_to=back_to), self.at)

    # --- people -----------------------------------------------------------------------------------------------------

    def caller_comes(self, caller: Caller) -> None:
        """A customer calls now."""
        self.outside.call_in(caller, self.at)

    def chat_comes(self, party: int) -> None:
        """A customer writes now, and again until somebody takes it in."""
        if party in self.service.recount.parties:
            return
        command = commands.OpenContact(channel=Channel.CHAT, destination=MAIL, party=PartyId(party))
        if not self.report(command, self.at):
            self.later(AGAIN_SECONDS, lambda _at: self.chat_comes(party))

    def duty(self, agent: AgentId, *, on: bool) -> None:
        """The agent comes to work, or goes as soon as they can."""
        (self.on_duty.add if on else self.on_duty.discard)(agent)
        self._look(agent)

    def people_look(self) -> None:
        """After an outage everybody looks whether their phone shows what they want, and the writers go on."""
        for agent in self.devices:
            self._look(agent)
        for offer in list(self.service.state.offers.values()):
            contact = self.service.state.contacts[offer.contact]
            if contact.channel is Channel.CHAT:
                self._show(contact.id, offer.id)
        for contact in list(self.service.state.contacts.values()):
            if contact.channel is Channel.CHAT and contact.stage is ContactStage.TALKING:
                self._write(contact.id)

    def _look(self, agent: AgentId) -> None:
        if not (self.outside.server_up and self.outside.link_up):
            return
        known = self.service.state.agents.get(agent)
        status = AgentStatus.LOGGED_OFF if known is None else known.status
        if agent in self.on_duty:
            if agent not in self.service.state.plan.agents:
                return
            if known is not None and status is AgentStatus.NOT_READY and known.origin is Origin.SYSTEM:
                rest = known.status_since + REST_SECONDS - self.clock.now()
                if rest > 0.1:
                    self.later(rest, lambda _at: self._look(agent))
                    return
            if status is AgentStatus.LOGGED_OFF:
                device = self.devices[agent]
                self.report(commands.LogAgentOn(agent=agent, device=device, origin=Origin.PHONE), self.at)
            if status is not AgentStatus.READY:
                self.report(commands.SetAgentReady(agent=agent, origin=Origin.PHONE), self.at)
            return
        off = commands.LogAgentOff(agent=agent, origin=Origin.PHONE)
        if status is not AgentStatus.LOGGED_OFF and not self.report(off, self.at):
            self.later(60.0, lambda _at: self._look(agent))

    def _perform(self, effect: effects.Effect) -> None:
        match effect:
            case effects.ShowAgentStatus(agent=agent, status=AgentStatus.NOT_READY):
                self.later(REST_SECONDS, lambda _at: self._look(agent))
            case effects.ShowContact(contact=contact, offer=offer):
                self._show(contact, offer)
            case _:
                self.outside.perform(effect, self.at)

    def _show(self, contact: ContactId, offer: OfferId) -> None:
        def take(at: float) -> None:
            if self.report(commands.ReportOfferAnswered(offer=offer), at):
                self._write(contact)

        self.later(5.0, take)

    def _write(self, contact: ContactId) -> None:
        if contact not in self.chats:
            self.chats.add(contact)
            self.later(CHAT_SECONDS, lambda _at: self._finish(contact))

    def _finish(self, contact: ContactId) -> None:
        """Done, and said again until somebody has heard it."""
        finished = self.report(commands.FinishContact(contact=contact, by=ReleasedBy.AGENT), self.at)
        if finished or (self.outside.server_up and contact not in self.service.state.contacts):
            self.chats.discard(contact)
        else:
            self.later(AGAIN_SECONDS, lambda _at: self._finish(contact))

    # --- whether all agree ------------------------------------------------------------------------------------------

    def check(self) -> None:
        """A breach where the state is unsound, its counters are wrong, or it does not agree with the outside."""
        if not self.outside.server_up:
            return
        self.checks += 1
        found = check(self.service.state) + self.service.recount.compare(self.service.state)
        if self.outside.link_up:
            found += self._disagreements()
        if found:
            raise BreachError(f"at {self.at}: {found[:10]}")

    def _disagreements(self) -> list[str]:
        state, wrong = self.service.state, []
        for call in self.outside.calls.values():
            contact = state.contact_of(call.ref)
            if contact is None:
                if call.seen:
                    wrong.append(f"call {call.ref.call} at {call.places} is nobody's")
                continue
            if call.talking is not None and contact.stage is not ContactStage.TALKING:
                wrong.append(
                    f"call {call.ref.call} talks at {call.talking}, its contact {contact.id} is {contact.stage}"
                )
            if call.talking is None and contact.stage is ContactStage.TALKING:
                wrong.append(f"contact {contact.id} talks, its call {call.ref.call} is at {call.places}")
        wrong += [
            f"contact {contact.id} is {contact.stage} in call {contact.call.call}, which is over"
            for contact in state.contacts.values()
            if contact.call is not None and standing(contact) and contact.call not in self.outside.calls
        ]
        longest = {name: queue.ring_time for name, queue in state.plan.queues.items()}
        for offer in state.offers.values():
            queue, left = state.contacts[offer.contact].queue, offer.deadline - self.clock.now()
            if queue in longest and state.contacts[offer.contact].callback is None and left > longest[queue]:
                wrong.append(f"offer {offer.id} rings for another {left:.0f} s")
        return wrong

    def everybody_goes(self, most: float = 3 * 86_400.0) -> None:
        """Nobody calls any more and all agents are there; a breach where somebody is left in the end."""
        for agent in self.devices:
            self.duty(agent, on=True)
        end = self.at + most
        while (self.service.state.contacts or self.outside.calls) and self.at < end:
            self.run_until(self.at + 600.0)
        self.check()
        left = [(one.id, one.channel.value, one.stage.value) for one in self.service.state.contacts.values()]
        if left:
            raise BreachError(f"left behind: {left[:10]}")
