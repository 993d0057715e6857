"""Life around a server in virtual time: callers, agents and chats, restarts and outages, and whether all agree."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from bench.soak_load.agreeing import disagreements
from bench.soak_load.along import Along
from bench.soak_load.calls import Caller
from bench.soak_load.ground import LINK, MAIL, devices
from bench.soak_load.outside import Outside
from bench.soak_load.serving import BreachError, KilledError, Service
from bench.soak_load.talks import Talks
from cti_server.engine.invariants import check
from cti_server.runtime.clock import SystemClock
from cti_server.simulation.agenda import Agenda
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, OfferId, PartyId
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import AgentStatus, ChangeKind, Channel, ContactStage, Origin, ReleasedBy

REST_SECONDS: Final = 30.0
"""After a call that they missed, agents are ready again."""
AGAIN_SECONDS: Final = 10.0
"""Who was not heard tries again."""
IDLE_WAKE: Final = 0.05
CHAT_SECONDS: Final = 90.0


class Life:
    """Everybody and everything around one server; ``at`` is true time, the server's clock follows the machine's.

    With ``lively``, agents do in their talks all that a phone can do, as ``acting`` has it.
    """

    def __init__(
        self,
        plan: SitePlan,
        *,
        start: float,
        seed: int,
        keep: bool = False,
        lively: Random | None = None,
        acting: type[Talks] = Talks,
    ) -> None:
        self.at, self.plan = start, plan
        self.plans = [plan]
        """The last that were in force, this one included."""
        self.chance = Random(seed)
        self.agenda = Agenda()
        self.offset = 0.0
        """By how much the machine's clock is wrong, seconds."""
        self.clock = self._new_clock()
        self.outside = Outside(self.agenda, self.report, LINK)
        self.service = Service(self._time, self._perform, address_of=self.outside.numbers.get, keep=keep)
        self.along = self.outside.along = Along(self.outside, self._is_shared, self._takes_answer)
        self.talks = None if lively is None else acting(self.outside, lively, self._phones, self._pilots)
        self.devices = devices(len(plan.agents))
        """Where each agent works."""
        self.breaks: dict[AgentId, tuple[str, float]] = {}
        """Who is away from their desk, for which reason, and until when by true time."""
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
            self._phones_are_looked_at()

    def _phones_are_looked_at(self) -> None:
        """After a survey of the calls: what rings or talks without the server, and who listens no more."""
        state = self.service.state
        self.along.keep(set(state.offers))
        self.outside.look_at_dialled(list(state.offers), self.at)
        if self.talks is None:
            return
        self.talks.look_for_lost(self.at)
        for device in sorted(self.outside.foreign ^ set(state.busy_phones)):
            busy = device in self.outside.foreign
            self.report(commands.ReportPhoneBusy(device=device, busy=busy), self.at)
        listening = [(one.id, each) for one in state.contacts.values() for each in one.talk.supervisors]
        self.talks.tell_forgotten(listening, self.at)

    def _is_shared(self, offer: OfferId) -> bool:
        found = self.service.state.offers.get(offer)
        return found is not None and found.shared

    def _takes_answer(self, offer: OfferId, number: ContactId) -> bool:
        """As the voice channel has it: a late answer counts, too, while nobody else is offered the contact."""
        contact = self.service.state.contacts.get(number)
        if contact is None or contact.leaving or contact.stage not in {ContactStage.QUEUED, ContactStage.OFFERED}:
            return False
        return not contact.offers or offer in contact.offers

    def _phones(self) -> list[DeviceNumber]:
        return sorted(self.service.state.devices)

    def _pilots(self) -> list[DeviceNumber]:
        return [pilot.number for pilot in self.service.state.plan.pilots]

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

    def goes_on_break(self, agent: AgentId, reason: str, seconds: float) -> None:
        """The agent is away from their desk for so long, and says so."""
        self.breaks[agent] = reason, self.at + seconds

        def back(_at: float) -> None:
            if self.breaks.get(agent, ("", 0.0))[1] <= self.at + 0.01:
                self.breaks.pop(agent, None)
            self._look(agent)

        self._look(agent)
        self.later(seconds, back)

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
            reason, until = self.breaks.get(agent, ("", 0.0))
            if until > self.at:
                self.report(commands.SetAgentNotReady(agent=agent, origin=Origin.PHONE, reason=reason), self.at)
            elif status is not AgentStatus.READY:
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
            found += disagreements(self.service.state, self.outside, self.talks, self.clock.now())
        if found:
            raise BreachError(f"at {self.at}: {found[:10]}")

    def everybody_goes(self, most: float = 3 * 86_400.0) -> None:
        """Nobody calls any more and all agents are there; a breach where somebody is left in the end."""
        self._share_desks()
        for agent in self.devices:
            self.duty(agent, on=True)
        end = self.at + most
        while (self.service.state.contacts or self.outside.calls) and self.at < end:
            self.run_until(self.at + 600.0)
        self.check()
        left = [(one.id, one.channel.value, one.stage.value) for one in self.service.state.contacts.values()]
        if left:
            raise BreachError(f"left behind: {left[:10]}")

    def _share_desks(self) -> None:
        """There is a desk for everybody: who is not at work yet does not sit down where somebody is."""
        agents = self.service.state.agents
        coming = [one for one in self.devices if one not in agents or agents[one].device is None]
        free = set(devices(len(self.devices)).values()) - set(self.service.state.devices)
        for agent in coming:
            desk = self.devices[agent] if self.devices[agent] in free else min(free)
            self.devices[agent] = desk
            free.discard(desk)
