"""How fast the engine decides: contacts per second and the time of one `handle`, with 250 agents and 20 queues.

Run it as ``python -m bench.engine``; it prints a table and writes ``bench/results/engine.json``. Every contact is
greeted, chooses a queue, hears its position and music, rings, is answered, talks and is wrapped up, in virtual time;
one in twelve rings in vain first. The load is above what the agents can serve, so that queues are long.
"""

import json
import platform
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from time import perf_counter

from cti_server.engine.engine import Engine
from cti_server.flows.steps import MenuStep, MusicStep, PlayStep, PositionStep, QueueStep
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    PromptName,
    QueueName,
    ServiceName,
    SessionId,
    StepId,
)
from cti_server.vocabulary.plan import AgentPlan, FlowPlan, PilotPlan, QueuePlan, SitePlan
from cti_server.vocabulary.values import (
    CallRef,
    Origin,
    ReleasedBy,
    SessionRef,
    Utterance,
    VerbOutcome,
    VerbResult,
)

AGENTS, QUEUES, CONTACTS = 250, 20, 6000
CALLS_PER_SECOND = 2.0
TALK_SECONDS = 120.0
LINK = LinkName("pbx")
RESULTS = Path(__file__).parent / "results" / "engine.json"


def site() -> SitePlan:
    """Each agent serves two neighbouring queues; a pilot's menu leads to each of the queues."""
    groups = tuple(GroupName(f"group-{number}") for number in range(QUEUES))
    say = (Utterance(prompt=PromptName("prompt")),)
    queue_steps = tuple(
        QueueStep(id=StepId(f"q{number}"), queue=QueueName(f"queue-{number}")) for number in range(QUEUES)
    )
    flows = []
    for digit in range(QUEUES):
        menu = MenuStep(
            id=StepId("menu"), utterances=say, choices={"1": queue_steps[digit].id}, otherwise=queue_steps[0].id
        )
        greet = PlayStep(id=StepId("greet"), utterances=say)
        flows.append(FlowPlan(name=FlowName(f"welcome-{digit}"), version="1", steps=(greet, menu, *queue_steps)))
    position = PositionStep(id=StepId("position"), before=say)
    music = MusicStep(id=StepId("music"), music=PromptName("music"), seconds=30.0, next=position.id)
    flows.append(FlowPlan(name=FlowName("waiting"), version="1", steps=(position, music)))
    agents = [
        AgentPlan(id=AgentId(f"a{n:03}"), name=f"Agent {n}", groups=(groups[n % QUEUES], groups[(n + 1) % QUEUES]))
        for n in range(AGENTS)
    ]
    queues = [
        QueuePlan(name=QueueName(f"queue-{n}"), groups=(groups[n],), flow=FlowName("waiting")) for n in range(QUEUES)
    ]
    pilots = [PilotPlan(link=LINK, number=DeviceNumber(f"70{n:02}"), flow=flows[n].name) for n in range(QUEUES)]
    return SitePlan(
        version="bench",
        groups=groups,
        agents={agent.id: agent for agent in agents},
        queues={queue.name: queue for queue in queues},
        pilots=tuple(pilots),
        flows={flow.name: flow for flow in flows},
    )


@dataclass
class Site:
    """A PBX and a media service that do what they are asked, after fixed times, on a virtual clock."""

    engine: Engine = field(default_factory=Engine)
    agenda: list[tuple[float, int, commands.Command]] = field(default_factory=list)
    number: int = 0
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    longest_line: int = 0

    def plan(self, at: float, command: commands.Command) -> None:
        """Let a command come at a time."""
        self.number += 1
        heappush(self.agenda, (at, self.number, command))

    def tell(self, command: commands.Command, now: float) -> None:
        """Hand a command to the engine, with the clock on it."""
        start = perf_counter()
        outcome = self.engine.handle(command, now)
        self.times[type(command).__name__].append(perf_counter() - start)
        for recorded in outcome.events:
            self.counts[type(recorded.event).__name__] += 1
            if isinstance(recorded.event, events.ContactAnswered):
                call = self.engine.state.contacts[recorded.event.contact].call
                ended = commands.ReportCallEnded(call=call, released_by=ReleasedBy.CUSTOMER)
                self.plan(now + TALK_SECONDS, ended)
            elif isinstance(recorded.event, events.AgentBecameNotReady):
                self.plan(now + 30.0, commands.SetAgentReady(agent=recorded.event.agent, origin=Origin.PHONE))
        for effect in outcome.effects:
            self.obey(effect, now)

    def obey(self, effect: effects.Effect, now: float) -> None:
        """Answer an effect after the time that it takes outside."""
        match effect:
            case effects.MoveToMedia(contact=contact):
                session = SessionRef(ServiceName("media"), SessionId(f"s{contact}"))
                self.plan(
                    now + 0.2, commands.ReportMediaJoined(contact=contact, session=session, port=DeviceNumber("1"))
                )
            case effects.Play(contact=contact, verb=verb):
                done = VerbOutcome(VerbResult.FINISHED)
                self.plan(now + 4.0, commands.ReportVerbEnded(contact=contact, verb=verb, outcome=done))
            case effects.AskDigit(contact=contact, verb=verb):
                done = VerbOutcome(VerbResult.DIGITS, "1")
                self.plan(now + 3.0, commands.ReportVerbEnded(contact=contact, verb=verb, outcome=done))
            case effects.MoveToAgent(offer=offer):
                self.plan(now + 0.3, commands.ReportOfferAlerting(offer=offer))
                if offer % 12:
                    self.plan(now + 6.0, commands.ReportOfferAnswered(offer=offer))
            case _:
                pass

    def run(self) -> float:
        """Live through the day; returns the wall-clock seconds of all `handle` calls."""
        self.tell(commands.LoadPlan(plan=site()), 0.0)
        self.tell(commands.ReportLinkUp(link=LINK), 0.0)
        for number in range(AGENTS):
            agent = AgentId(f"a{number:03}")
            device = DeviceNumber(f"8{number:03}")
            self.tell(commands.LogAgentOn(agent=agent, device=device, origin=Origin.PHONE), 0.0)
            self.tell(commands.SetAgentReady(agent=agent, origin=Origin.PHONE), 0.0)
        for number in range(CONTACTS):
            call = CallRef(LINK, CallId(f"C{number}"))
            pilot = DeviceNumber(f"70{number % QUEUES:02}")
            arrived = commands.ReportCallArrived(call=call, pilot=pilot, party=None)
            self.plan(number / CALLS_PER_SECOND, arrived)
        while self.agenda or self.engine.next_deadline is not None:
            deadline = self.engine.next_deadline
            if deadline is not None and (not self.agenda or deadline <= self.agenda[0][0]):
                self.tell(commands.WakeUp(), deadline)
            else:
                at, _, command = heappop(self.agenda)
                self.tell(command, at)
            waiting = sum(len(line.places) for line in self.engine.state.lines.values())
            self.longest_line = max(self.longest_line, waiting)
        return sum(sum(times) for times in self.times.values())


def quantile(times: list[float], share: float) -> float:
    """The time that ``share`` of ``times`` do not exceed, in microseconds."""
    ordered = sorted(times)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1e6


def main() -> None:
    """Run, print, write."""
    day = Site()
    seconds = day.run()
    everything = [each for times in day.times.values() for each in times]
    rows = {"all": everything, **{name: day.times[name] for name in sorted(day.times)}}
    figures = {
        name: {
            "count": len(times),
            "p50_us": round(quantile(times, 0.5), 1),
            "p99_us": round(quantile(times, 0.99), 1),
            "max_us": round(max(times) * 1e6, 1),
        }
        for name, times in rows.items()
    }
    result = {
        "python": platform.python_version(),
        "agents": AGENTS,
        "queues": QUEUES,
        "contacts": day.counts["ContactClosed"],
        "events": sum(day.counts.values()),
        "longest_line": day.longest_line,
        "contacts_per_second": round(CONTACTS / seconds, 1),
        "commands_per_second": round(len(everything) / seconds, 1),
        "handle": figures,
    }
    print(f"{AGENTS} agents, {QUEUES} queues, {CONTACTS} contacts, up to {day.longest_line} waiting at once")
    print(f"{result['contacts_per_second']} contacts/s, {result['commands_per_second']} commands/s\n")
    print(f"{'command':24}{'count':>9}{'p50 us':>10}{'p99 us':>10}{'max us':>10}")
    for name, row in figures.items():
        print(f"{name:24}{row['count']:>9}{row['p50_us']:>10}{row['p99_us']:>10}{row['max_us']:>10}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
