"""The world around the engine in virtual time: callers, agents, and a PBX and media services that do as they are asked.

Media are there at once, a prompt lasts as long as it does (or five seconds), a phone rings after a moment. Nothing
is decided here that the engine decides: callers come, listen, choose, wait, hang up and talk; agents come and go by
their roster, answer or miss, and wrap up.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from cti_server.engine.engine import Engine
from cti_server.flows import steps
from cti_server.flows.component import Component
from cti_server.queues.estimate_accuracy import Accuracy
from cti_server.routing.strategies import BUILT_IN, Strategy
from cti_server.simulation.agenda import Agenda
from cti_server.simulation.day import Arrival, Day
from cti_server.simulation.ledger import Ledger
from cti_server.simulation.listening import Listening
from cti_server.simulation.staff import Staff
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import (
    CallId,
    ContactId,
    DeviceNumber,
    LinkName,
    OfferId,
    PartyId,
    QueueName,
    ServiceName,
    SessionId,
)
from cti_server.vocabulary.outside import CheckPin, RequestOutcome, RequestResult, SendMail
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import CallRef, ReleasedBy, SessionRef

CALLED_PARTIES: Final = 1_000_000_000
"""Those who do not call themselves have numbers from here on."""
ALERT_SECONDS: Final = 0.3
"""How long the PBX takes to let a phone ring."""
OUTSIDE_SECONDS: Final = 0.5
"""How long a database or web service takes to answer."""
FORWARD_SECONDS: Final = 5.0
CUSTOMER_SECONDS: Final = 10.0
"""How long a customer who is called back takes to answer."""
ENDLESS: Final = 86_400.0
"""Nobody waits for so long: patience above it is not put down."""
AFTERWARDS: Final = 7_200.0
"""Seconds after the last caller and the end of the roster at which a day that has not ended is broken off."""
PROGRESS_EVERY: Final = 200

SERVICE: Final = ServiceName("simulated")
PORT: Final = DeviceNumber("media")

Progress = Callable[[int], None]
"""Told how many callers have come, now and then."""


class World:
    """One day under one plan; ``run`` lives through it once.

    ``refused`` counts the commands that the engine refused, by their reason; ``invented`` what had to be answered
    without knowing the answer (look-ups, forwarded calls), by its kind.
    """

    def __init__(
        self,
        plan: SitePlan,
        day: Day,
        *,
        strategies: Mapping[str, Strategy] = BUILT_IN,
        components: Mapping[str, Component] = steps.BUILT_IN,
        progress: Progress | None = None,
    ) -> None:
        self._plan, self._day, self._progress = plan, day, progress
        self._called: dict[str, PartyId] = {}
        self._engine = Engine(strategies=strategies, components=components, identify=self._identify)
        self._agenda = Agenda()
        self._listening = Listening(day.lengths)
        self._callers: dict[ContactId, Arrival] = {}
        self._by_call: dict[CallId, Arrival] = {}
        self._missed: Counter[int] = Counter()
        self._came = 0
        self.ledger = Ledger()
        self.refused: Counter[str] = Counter()
        self.invented: Counter[str] = Counter()
        self._staff = Staff(day, self._agenda, self._tell)

    def run(self) -> Ledger:
        """Live through the day; every open contact is seen to its end, or until long after everybody has gone."""
        now = self._day.start
        self._tell(commands.LoadPlan(plan=self._plan), now)
        for link in sorted({pilot.link for pilot in self._plan.pilots}):
            self._tell(commands.ReportLinkUp(link=LinkName(link)), now)
            self._tell(commands.ReportCalls(link=LinkName(link), calls=()), now)
        self._staff.begin()
        self._expect(0)
        times = [arrival.at for arrival in self._day.arrivals[-1:]] + [entry.at for entry in self._day.roster[-1:]]
        last = max(times, default=now) + AFTERWARDS
        while (due := self._next()) is not None and due <= last:
            now = due
        self.ledger.finish(now)
        return self.ledger

    def told(self) -> dict[QueueName, Accuracy]:
        """For each queue how good the estimated waits were that its callers were told; the others are left out."""
        return {name: model.accuracy for name, model in self._engine.state.waits.items() if model.accuracy.count}

    def _next(self) -> float | None:
        """Do what is due next, an own deadline of the engine before what comes to it in the same moment."""
        due, deadline = self._agenda.next(), self._engine.next_deadline
        if deadline is not None and (due is None or deadline <= due):
            self._tell(commands.WakeUp(), deadline)
            return deadline
        if due is not None:
            self._agenda.do_next()
        return due

    def _later(self, at: float, command: commands.Command, unless: Callable[[], bool] | None = None) -> None:
        def tell(now: float) -> None:
            if unless is None or not unless():
                self._tell(command, now)

        self._agenda.put(at, tell)

    def _tell(self, command: commands.Command, now: float) -> None:
        outcome = self._engine.handle(command, now)
        if outcome.refusal is not None:
            self.refused[outcome.refusal.code.value] += 1
        for recorded in outcome.events:
            self._note(recorded)
        for effect in outcome.effects:
            self._perform(effect, now)

    def _expect(self, index: int) -> None:
        """Let callers come one after the other, so that the agenda stays small."""
        if index >= len(self._day.arrivals):
            return
        arrival = self._day.arrivals[index]
        call = CallRef(arrival.link, CallId(f"caller-{arrival.number}"))
        self._by_call[call.call] = arrival

        def arrive(now: float) -> None:
            self._came += 1
            if self._progress is not None and self._came % PROGRESS_EVERY == 0:
                self._progress(self._came)
            party = PartyId(arrival.number if arrival.party is None else arrival.party)
            self._tell(commands.ReportCallArrived(call=call, pilot=arrival.pilot, party=party), now)
            self._expect(index + 1)

        self._agenda.put(arrival.at, arrive)

    def _note(self, recorded: Recorded) -> None:
        event, now = recorded.event, recorded.at
        match event:
            case events.ContactOpened(contact=contact, call=call) if call is not None:
                self._open(contact, call, now)
            case events.CallbackScheduled(contact=contact, origin_contact=origin) if origin in self._callers:
                self._callers[contact] = self._callers[origin]
            case events.ContactQueued(contact=contact):
                self._wait(contact, now)
            case events.ContactAnswered(contact=contact) if contact in self._callers:
                self._hang_up(contact, now + self._callers[contact].talk)
            case events.WrapUpStarted(contact=contact, agent=agent) if contact in self._callers:
                wrap_up = self._callers[contact].wrap_up
                if wrap_up is not None and now + wrap_up < event.deadline:
                    self._staff.end_wrap_up(agent, contact, now + wrap_up)
            case _:
                pass
        self.ledger.note(recorded)
        self._staff.note(recorded)

    def _open(self, contact: ContactId, call: CallRef, now: float) -> None:
        arrival = self._by_call.get(call.call)
        if arrival is None:
            return
        self._callers[contact] = arrival
        self._listening.open(contact, arrival)
        self.ledger.open(contact, arrival)
        if arrival.flow_patience < ENDLESS:
            self._give_up(contact, now + arrival.flow_patience, lambda life_queued: not life_queued)

    def _wait(self, contact: ContactId, now: float) -> None:
        """The first time in a queue starts the caller's patience."""
        life = self.ledger.life(contact)
        if life is not None and life.queued_at is None and life.arrival.patience < ENDLESS:
            self._give_up(contact, now + life.arrival.patience, lambda _queued: True)

    def _give_up(self, contact: ContactId, at: float, still: Callable[[bool], bool]) -> None:
        def served() -> bool:
            life = self.ledger.life(contact)
            return life is None or life.answered_at is not None or not still(life.queued_at is not None)

        self._hang_up(contact, at, unless=served)

    def _hang_up(self, contact: ContactId, at: float, unless: Callable[[], bool] | None = None) -> None:
        def end(now: float) -> None:
            known = self._engine.state.contacts.get(contact)
            if known is not None and known.call is not None and (unless is None or not unless()):
                self._tell(commands.ReportCallEnded(call=known.call, released_by=ReleasedBy.CUSTOMER), now)

        self._agenda.put(at, end)

    def _identify(self, address: str) -> PartyId:
        """Whoever is to be called back at a number that was keyed in."""
        return self._called.setdefault(address, PartyId(CALLED_PARTIES + len(self._called)))

    def _perform(self, effect: effects.Effect, now: float) -> None:
        match effect:
            case effects.MoveToMedia(contact=contact, cause=cause):
                session = SessionRef(SERVICE, SessionId(f"session-{cause}"))
                self._later(now, commands.ReportMediaJoined(contact=contact, session=session, port=PORT, cause=cause))
            case effects.Treat():
                step = self._listening.answer(self._engine.state, effect)
                if step is not None:
                    seconds, outcome = step
                    ended = commands.ReportVerbEnded(contact=effect.contact, verb=effect.verb, outcome=outcome)
                    self._later(now + seconds, ended)
            case effects.MoveToAgent(contact=contact, offer=offer):
                self._ring(contact, offer, now)
            case effects.ReleaseCall(call=call):
                self._later(now, commands.ReportCallEnded(call=call, released_by=ReleasedBy.SYSTEM))
            case effects.AskOutside():
                self._ask(effect, now)
            case effects.ForwardCall(contact=contact):
                self.invented["call forwarded"] += 1
                self._later(now + FORWARD_SECONDS, commands.ReportForwarded(contact=contact, reached=True))
                arrival = self._callers.get(contact)
                self._hang_up(contact, now + FORWARD_SECONDS + (arrival.talk if arrival is not None else 0.0))
            case effects.DialCustomer(contact=contact, offer=offer):
                self._dial(contact, offer, now)
            case _:
                pass

    def _ring(self, contact: ContactId, offer: OfferId, now: float) -> None:
        self._later(now + ALERT_SECONDS, commands.ReportOfferAlerting(offer=offer), lambda: self._over(offer))
        arrival = self._callers.get(contact)
        if arrival is None:
            return
        self._missed[arrival.number] += 1
        if self._missed[arrival.number] > arrival.missed:
            answered = commands.ReportOfferAnswered(offer=offer)
            self._later(now + max(arrival.ring, ALERT_SECONDS), answered, lambda: self._over(offer))

    def _dial(self, contact: ContactId, offer: OfferId, now: float) -> None:
        """The agent takes the callback after their ring delay, and the customer answers."""
        arrival = self._callers.get(contact)
        ring = arrival.ring if arrival is not None else ALERT_SECONDS
        call = CallRef(self._day.arrivals[0].link, CallId(f"callback-{offer}"))
        dialled = commands.ReportCallbackDialled(offer=offer, call=call)
        self._later(now + ring, dialled, lambda: self._over(offer))
        answered = commands.ReportOfferAnswered(offer=offer)
        self._later(now + ring + CUSTOMER_SECONDS, answered, lambda: self._over(offer))

    def _ask(self, effect: effects.AskOutside, now: float) -> None:
        """Nobody knows what a look-up would have found: it finds nothing; a mail is sent, a PIN is wrong."""
        outside = effect.outside
        self.invented[type(outside).__name__] += 1
        values = {"right": False} if isinstance(outside, CheckPin) else {}
        done = isinstance(outside, CheckPin | SendMail)
        outcome = RequestOutcome(result=RequestResult.DONE if done else RequestResult.NOTHING_FOUND, values=values)
        ended = commands.ReportRequestEnded(contact=effect.contact, request=effect.request, outcome=outcome)
        self._later(now + min(OUTSIDE_SECONDS, effect.timeout), ended)

    def _over(self, offer: OfferId) -> bool:
        return offer not in self._engine.state.offers
