"""A year of a contact centre of 250 agents in virtual time, with faults; what must hold is checked throughout."""

import datetime as dt
import math
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.soak_load.calls import Caller
from bench.soak_load.ground import (
    DIRECT_PILOT,
    MENU_PILOT,
    REASONS,
    TRIAL_PILOT,
    ZONE,
    changed,
    site,
    tuned,
    with_trial,
)
from bench.soak_load.life import Life
from bench.soak_load.operators import Operators
from bench.soak_load.serving import BreachError, Moment
from cti_server.contacts.contact import in_line
from cti_server.engine.engine import Outcome
from cti_server.engine.state import State
from cti_server.vocabulary.events import TrialStopped
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import ContactStage

Row = dict[str, Any]
DAY: Final = 86_400.0
WEEK: Final = (1.25, 1.1, 1.0, 1.0, 0.95, 0.45, 0.25)
"""Callers of a weekday beside the mean, Monday first."""
HOURS: Final = (1, 1, 1, 1, 1, 3, 8, 20, 45, 60, 60, 50, 35, 45, 55, 50, 40, 30, 20, 12, 8, 5, 3, 2)
"""Callers by the local hour, as shares; the first hour and the last are partly outside opening hours."""
SHIFTS: Final = ((6.0, 14.0, 0.42), (9.5, 18.0, 0.25), (14.0, 22.0, 0.28), (22.0, 30.0, 0.05))
"""Local hours of begin and end, and the share of a day's agents."""
FAULTS: Final = {
    "link flap": 2.0,
    "server killed": 1.0,
    "server stopped": 0.25,
    "media crash": 0.5,
    "clock step": 0.2,
    "plan reload": 0.4,
    "trial flow": 0.3,
    "trial ended": 0.1,
    "undo": 0.15,
    "operator acts": 18.0,
    "break": 20.0,
}
"""How many of each come in a day, on average."""
AT_WORK: Final = 0.16
"""Share of the agents who work on a day of mean load."""


class Year:
    """Days from ``first`` on in a zone with daylight saving.

    Args:
        first: the first local day.
        days: how many.
        calls: mean callers a day.
        agents: how many the site has.
        seed: of all chance.
        harder: how many times as many faults there are as on a usual day.
        keep: whether the server keeps all rows of its journal.
    """

    def __init__(
        self,
        *,
        first: dt.date,
        days: int,
        calls: float,
        told: Callable[[str], None],
        agents: int = 250,
        seed: int = 1,
        harder: float = 1.0,
        keep: bool = False,
    ) -> None:
        self.first, self.days, self.calls, self.seed, self._told = first, days, calls, seed, told
        self.harder = harder
        self.zone = ZoneInfo(ZONE)
        self.chance = Random(seed)
        self.plan = site(agents=agents, year=first.year)
        start = self._moment(first, 0.0)
        self.life = Life(self.plan, start=start, seed=seed, keep=keep, lively=Random(seed + 2))
        self.desks = sorted(self.life.devices.values())
        self.life.service.on_outcome = self._look_cheaply
        self.operators = Operators(self.life, Random(seed + 1))
        self.faults: Counter[str] = Counter()
        self.clock_changes: list[str] = []
        self.months: list[Row] = []
        self.callers = self.chats = self.cheap = self.versions = 0
        self.longest_line = self.stopped_by_guard = 0

    def run(self) -> Row:
        """Live through it; a `BreachError` where something does not hold.

        Returns:
            What came of it.
        """
        began = time.perf_counter()
        for number in range(self.days):
            day = self.first + dt.timedelta(days=number)
            self._day(day)
            tomorrow = day + dt.timedelta(days=1)
            if tomorrow.day == 1 or number + 1 == self.days:
                self.months.append(self._month(day))
                self._told(f"{day}: {self.callers} callers, {self.life.service.rows} rows, {self.months[-1]}")
        self.life.everybody_goes()
        return self._came_of_it(time.perf_counter() - began)

    # --- a day ------------------------------------------------------------------------------------------------------

    def _day(self, day: dt.date) -> None:
        begin, end = self._moment(day, 0.0), self._moment(day + dt.timedelta(days=1), 0.0)
        if end - begin != DAY:
            self.clock_changes.append(day.isoformat())
        load = WEEK[day.weekday()] * (1.0 + 0.25 * math.sin(2 * math.pi * day.timetuple().tm_yday / 365.0))
        self._roster(day, load)
        for at in self._arrivals(day, load):
            self.life.agenda.put(at, self._caller)
        for kind, rate in FAULTS.items():
            for _ in range(self._poisson(rate * self.harder)):
                self.life.agenda.put(begin + self.chance.random() * (end - begin), self._fault_of(kind))
        at = begin
        while at < end:
            at = min(at + 3600.0, end)
            self.life.run_until(at)
            self.life.check()

    def _moment(self, day: dt.date, hour: float) -> float:
        return (dt.datetime.combine(day, dt.time(), self.zone) + dt.timedelta(hours=hour)).timestamp()

    def _arrivals(self, day: dt.date, load: float) -> Iterator[float]:
        whole = sum(HOURS)
        for hour, share in enumerate(HOURS):
            burst = 6.0 if self.chance.random() < 0.01 else 1.0
            for _ in range(self._poisson(self.calls * load * burst * share / whole)):
                yield self._moment(day, hour + self.chance.random())

    def _roster(self, day: dt.date, load: float) -> None:
        """Other agents each day, in shifts; they come and go one after the other."""
        everybody = sorted(self.life.devices)
        wanted = max(4, round(len(everybody) * AT_WORK * load))
        today = self.chance.sample(everybody, min(wanted, len(everybody)))
        for begin, end, share in SHIFTS:
            count = max(1, round(wanted * share))
            for agent in [today.pop() for _ in range(min(count, len(today)))]:
                for hour, on in ((begin, True), (end, False)):
                    at = self._moment(day, hour + self.chance.random() * 0.2)
                    self.life.agenda.put(at, self._duty(agent, on=on))

    def _duty(self, agent: AgentId, *, on: bool) -> Callable[[float], None]:
        def come_or_go(_at: float) -> None:
            if on and agent not in self.life.on_duty:
                self._choose_desk(agent)
            self.life.duty(agent, on=on)

        return come_or_go

    def _choose_desk(self, agent: AgentId) -> None:
        """Two in three sit down where they sat last, the others anywhere; never where somebody is."""
        devices, state = self.life.devices, self.life.service.state
        known = state.agents.get(agent)
        if known is not None and known.device is not None:
            return
        taken = {devices[one] for one in self.life.on_duty} | set(state.devices)
        if devices[agent] in taken or self.chance.random() < 1 / 3:
            devices[agent] = self.chance.choice([desk for desk in self.desks if desk not in taken])

    def _caller(self, _at: float) -> None:
        self.callers += 1
        chance = self.chance
        pilots = [MENU_PILOT, MENU_PILOT, MENU_PILOT, DIRECT_PILOT]
        if any(pilot.number == TRIAL_PILOT for pilot in self.life.service.state.plan.pilots):
            pilots.append(TRIAL_PILOT)
        caller = Caller(
            number=self.callers,
            pilot=chance.choice(pilots),
            key=str(chance.randint(1, 9)),
            patience=30.0 + chance.expovariate(1 / 240.0),
            talk=max(5.0, chance.lognormvariate(5.6, 0.8)),
            ring=2.0 + chance.random() * 8.0,
            misses=int(chance.random() < 0.04) + int(chance.random() < 0.01),
        )
        self.life.caller_comes(caller)
        if chance.random() < 0.05:
            self.chats += 1
            self.life.chat_comes(500_000_000 + self.chats)

    # --- faults -----------------------------------------------------------------------------------------------------

    def _fault_of(self, kind: str) -> Callable[[float], None]:
        def strike(_at: float) -> None:
            self.faults[kind] += 1
            getattr(self, "_" + kind.replace(" ", "_"))()

        return strike

    def _link_flap(self) -> None:
        self.life.link_goes_down(self.chance.choice([0.5, 5.0, 30.0, 600.0]))

    def _server_killed(self) -> None:
        """At the next batch or one of those that follow, before, in or after it."""
        self.life.away = self.chance.choice([0.0, 2.0, 5.0, 60.0, 1800.0])
        at, moment = self.life.service.batches + self.chance.randint(1, 40), self.chance.choice(list(Moment))

        def kill(batch: int) -> Moment | None:
            if batch < at:
                return None
            self.life.service.kill = lambda _batch: None
            return moment

        self.life.service.kill = kill

    def _server_stopped(self) -> None:
        if self.life.outside.server_up:
            self.life.away = self.chance.choice([3.0, 30.0])
            self.life.kill()

    def _media_crash(self) -> None:
        self.life.media_crashes(self.chance.choice([3.0, 10.0, 120.0]))

    def _clock_step(self) -> None:
        self.life.clock_steps(self.chance.choice([-3600.0, -60.0, -1.0, 0.5, 10.0, 3600.0]))
        if abs(self.life.offset) > 3600.0:
            self.life.clock_steps(-self.life.offset)

    def _plan_reload(self) -> None:
        """Now and then a queue and its group are given up, or are there again."""
        self.versions += 1
        queues = self.chance.choice((8, 8, 7))
        plan = self.plan if queues == 8 else site(agents=len(self.plan.agents), queues=queues, year=self.first.year)
        plan = changed(plan, f"r{self.versions}", without=self.chance.choice([0, 0, 5]))
        self.life.load(tuned(plan, self.chance) if self.chance.random() < 0.7 else plan)

    def _break(self) -> None:
        at_work = sorted(self.life.on_duty - self.life.breaks.keys())
        if at_work:
            reason = self.chance.choice(sorted(REASONS))
            self.life.goes_on_break(self.chance.choice(at_work), reason, self.chance.choice((60.0, 600.0, 1800.0)))

    def _trial_flow(self) -> None:
        self.versions += 1
        self.life.load(with_trial(self.plan, f"t{self.versions}", self.chance.choice([5.0, 20.0, 50.0])))

    def _trial_ended(self) -> None:
        self.operators.end_trial()

    def _undo(self) -> None:
        self.operators.undo()

    def _operator_acts(self) -> None:
        self.operators.act()

    # --- what must hold ---------------------------------------------------------------------------------------------

    def _look_cheaply(self, outcome: Outcome) -> None:
        """After every batch: those whom it was about stand somewhere, and their queues add up."""
        state = self.life.service.state
        for recorded in outcome.events:
            self.cheap += 1
            self.stopped_by_guard += isinstance(recorded.event, TrialStopped) and not recorded.event.by
            contact = getattr(recorded.event, "contact", None)
            if contact is not None:
                self._contact(state, contact)
        if len(state.offers) > 2 * len(state.agents):
            raise BreachError(f"{len(state.offers)} offers for {len(state.agents)} agents")

    def _contact(self, state: State, number: ContactId) -> None:
        contact = state.contacts.get(number)
        if contact is None:
            return
        if (contact.stage is ContactStage.OFFERED) != bool(contact.offers):
            raise BreachError(f"contact {number} is {contact.stage} with offers {contact.offers}")
        if contact.queue is not None and contact.queue in state.lines:
            line = state.lines[contact.queue]
            self.longest_line = max(self.longest_line, len(line.places))
            if line.counters.received != line.counters.ended + len(line.places):
                raise BreachError(f"queue {contact.queue} does not add up")
            if in_line(contact) != any(place[2] == number for place in line.places):
                raise BreachError(f"contact {number} has no place, or one too many, in {contact.queue}")

    def _month(self, day: dt.date) -> Row:
        state, service = self.life.service.state, self.life.service
        return {
            "day": day.isoformat(),
            "contacts": service.recount.contacts,
            "open": len(state.contacts),
            "state_bytes": service.size(),
            "agents_known": len(state.agents),
            "changes_known": len(state.changes),
            "old_flows": sum(len(each) for each in state.old_flows.values()),
            "served": sum(len(each) for each in state.served.values()),
        }

    def _came_of_it(self, seconds: float) -> Row:
        life, service = self.life, self.life.service
        ends = Counter(word for fates in service.recount.fates.values() for word, _ in fates)
        return {
            "seed": self.seed,
            "agents": len(life.devices),
            "days": self.days,
            "callers": self.callers,
            "chats": self.chats,
            "contacts": service.recount.contacts,
            "closed": service.recount.closed,
            "ends": dict(sorted(ends.items())),
            "calls_ended": len(life.outside.ended),
            "commands": service.commands,
            "journal_rows": service.rows,
            "faults": dict(sorted(self.faults.items())),
            "operators": dict(sorted(self.operators.done.items())),
            "operators_refused": dict(sorted(self.operators.refused.items())),
            "talks": dict(sorted(life.talks.done.items())) if life.talks is not None else {},
            "rang_along": life.along.answered,
            "trials_stopped_by_guard": self.stopped_by_guard,
            "restarts": service.restarts,
            "clock_changes": self.clock_changes,
            "checked_after_events": self.cheap,
            "checked_in_full": life.checks,
            "breaches": 0,
            "longest_line": self.longest_line,
            "months": self.months,
            "wall_seconds": round(seconds, 1),
            "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }

    def _poisson(self, mean: float) -> int:
        """Knuth's way, in parts where the mean is large."""
        count = 0
        while mean > 0.0:
            limit, product = math.exp(-min(mean, 20.0)), self.chance.random()
            while product > limit:
                count, product = count + 1, product * self.chance.random()
            mean -= 20.0
        return count
