"""The world around a server that is killed (SIGKILL) at random under load, again and again."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any, Final

from bench.soak_load.calls import Caller
from bench.soak_load.ground import DIRECT_PILOT, LINK, MENU_PILOT, devices, site
from bench.soak_load.outside import Outside
from bench.soak_load.serving import BreachError, Recount
from bench.soak_load.wire import Frames, framed
from cti_server.engine.apply import apply
from cti_server.engine.state import State
from cti_server.simulation.agenda import Agenda
from cti_server.storage.store import Store
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import AgentId, CallId
from cti_server.vocabulary.values import AgentStatus, Origin

FACTOR: Final = 30.0
"""How much faster than real time it all goes."""
AGENTS: Final = 12
QUEUES: Final = 3
ROOT: Final = Path(__file__).parents[2]
START_SECONDS: Final = 30.0

Row = dict[str, Any]


class Killing:
    """Callers, agents and a PBX around a child process.

    Args:
        url: the database, a new one.
        kills: how often the server is killed.
        seed: of all chance.
        rate: callers a second of real time.
    """

    def __init__(self, url: str, *, kills: int, seed: int, rate: float = 12.0) -> None:
        self._url, self._kills, self._rate = url, kills, rate
        self.chance = Random(seed)
        self.epoch = time.time()
        self.agenda = Agenda()
        self.outside = Outside(self.agenda, self._tell, LINK)
        self.plan = site(agents=AGENTS, queues=QUEUES, year=2026, music=20.0, ring=12.0, wrap_up=6.0)
        self.devices = devices(AGENTS)
        self.callers = self.told = self.killed = 0
        self.acknowledged: dict[int, commands.Command] = {}
        self.arrived: set[CallId] = set()
        self.restart_seconds: list[float] = []
        self.routed_seconds: list[float] = []
        self._waiting: dict[int, commands.Command] = {}
        self._before: dict[Any, Any] = {}
        self._child: subprocess.Popen[bytes] | None = None
        self._frames = Frames()
        self._spawned = 0.0
        self._routed, self._routing = True, False

    def run(self) -> Row:
        """Kill as often as asked, then let everybody finish; a breach where something is lost or doubled."""
        began = time.monotonic()
        self._spawn()
        self._come()
        while self.killed < self._kills:
            self._live(self.chance.uniform(0.02, 0.6))
            self._kill()
            self._spawn()
        self._rate = 0.0
        self._finish()
        found = self._read_journal()
        return found | {
            "kills": self.killed,
            "callers": self.callers,
            "restart_s": quantiles(self.restart_seconds),
            "first_routed_s": quantiles(self.routed_seconds),
            "first_routed_samples": len(self.routed_seconds),
            "commands_acknowledged": self.told - len(self._waiting),
            "wall_seconds": round(time.monotonic() - began, 1),
        }

    def now(self) -> float:
        """Unix seconds of the fast time."""
        return self.epoch + (time.time() - self.epoch) * FACTOR

    # --- the child --------------------------------------------------------------------------------------------------

    def _spawn(self) -> None:
        self._spawned = time.monotonic()
        self._frames = Frames()
        command = [sys.executable, "-m", "bench.soak_load.child", self._url, str(self.epoch), str(FACTOR)]
        # It ends with its parent, however that ends.
        guarded = ["setpriv", "--pdeathsig", "KILL", *command]
        self._child = subprocess.Popen(guarded, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        limit = self._spawned + START_SECONDS
        while not self._routing:
            if time.monotonic() > limit or self._child.poll() is not None:
                raise BreachError("the server does not start again")
            self._step(limit)

    def _kill(self) -> None:
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            return
        self.killed += 1
        child.kill()
        child.wait()
        # What it had said is known to the world, what it had not said is not.
        while data := child.stdout.read(65536):
            for frame in self._frames.take(data):
                self._heard(frame)
        child.stdin.close()
        child.stdout.close()
        self._waiting.clear()
        self.outside.server_up = self._routing = False

    def _tell(self, command: commands.Command, _at: float) -> bool:
        self._write(("tell", self.told, command))
        self._waiting[self.told] = command
        self.told += 1
        return True

    def _write(self, frame: object) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.write(framed(frame))
            self._child.stdin.flush()

    def _live(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._step(end)

    def _step(self, limit: float) -> None:
        """Do what is due, then hear the server until the next thing is, or ``limit`` (monotonic seconds)."""
        now = self.now()
        while (due := self.agenda.next()) is not None and due <= now:
            self.agenda.do_next()
        due = self.agenda.next()
        wait = limit - time.monotonic() if due is None else min(limit - time.monotonic(), (due - now) / FACTOR)
        child = self._child
        if child is None or child.stdout is None:
            return
        readable, _, _ = select.select([child.stdout], [], [], max(0.0, min(wait, 0.5)))
        if readable:
            data = os.read(child.stdout.fileno(), 1 << 20)
            if not data:
                raise BreachError("the server has ended by itself")
            for frame in self._frames.take(data):
                self._heard(frame)

    def _heard(self, frame: tuple[Any, ...]) -> None:
        match frame:
            case ("effect", effect):
                self._perform(effect)
            case ("done", number, _granted):
                command = self._waiting.pop(number, None)
                if isinstance(command, commands.ReportCallArrived):
                    self.arrived.add(command.call.call)
            case ("ready", found):
                self._ready(found)
            case ("summary", found):
                self._before = found
            case ("failed", number, trace):
                raise BreachError(f"command {number} met a defect: {trace}")

    def _perform(self, effect: effects.Effect) -> None:
        if isinstance(effect, effects.MoveToAgent | effects.DialCustomer) and not self._routed:
            self._routed = True
            self.routed_seconds.append(time.monotonic() - self._spawned)
        match effect:
            case effects.ShowAgentStatus(agent=agent, status=AgentStatus.NOT_READY):
                self.agenda.put(self.now() + 30.0, lambda _at: self._press_ready(agent))
            case _:
                self.outside.perform(effect, self.now())

    # --- after a start ----------------------------------------------------------------------------------------------

    def _ready(self, found: Row) -> None:
        """What it knows is what it had said before; then it is told what is so now."""
        self.restart_seconds.append(time.monotonic() - self._spawned)
        if found["breaches"]:
            raise BreachError(f"after kill {self.killed}: {found['breaches'][:5]}")
        calls = [row[0] for row in found["contacts"].values() if row[0] is not None]
        if len(calls) != len(set(calls)):
            raise BreachError(f"after kill {self.killed} two contacts have one call")
        for call in self.outside.calls.values():
            if call.ref.call in self.arrived and call.ref not in calls:
                raise BreachError(f"after kill {self.killed} call {call.ref.call} at {call.places} is lost")
        known = self._before.get("contacts", {}) if self._before else {}
        for number, row in known.items():
            now = found["contacts"].get(number)
            if now is not None and (row[3], row[5], row[6]) != (now[3], now[5], now[6]):
                raise BreachError(f"contact {number} had {row} and has {now}")
        self._before = found
        self.outside.server_up, self._routed = True, False
        at = self.now()
        self._tell(commands.LoadPlan(plan=self.plan), at)
        self._tell(commands.ReportLinkUp(link=LINK), at)
        self._tell(self.outside.surveyed_calls(), at)
        self._tell(self.outside.surveyed_sessions(), at)
        for agent, device in self.devices.items():
            self._tell(commands.LogAgentOn(agent=agent, device=device, origin=Origin.PHONE), at)
            self._press_ready(agent)
        self._routing = True

    def _press_ready(self, agent: AgentId) -> None:
        self.outside.tell_pbx(commands.SetAgentReady(agent=agent, origin=Origin.PHONE), self.now())

    def _come(self) -> None:
        """One caller after the other, as long as there is a rate."""
        if self._rate <= 0.0:
            return
        self.callers += 1
        caller = Caller(
            number=self.callers,
            pilot=MENU_PILOT if self.callers % 3 else DIRECT_PILOT,
            key=str(1 + self.callers % QUEUES),
            patience=20.0 + self.chance.expovariate(1 / 60.0),
            talk=5.0 + self.chance.expovariate(1 / 20.0),
            ring=1.0 + 3.0 * self.chance.random(),
            misses=int(self.chance.random() < 0.03),
        )
        self.outside.call_in(caller, self.now())
        pause = self.chance.expovariate(self._rate) * FACTOR
        self.agenda.put(self.now() + pause, lambda _at: self._come())

    # --- the end ----------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Nobody is killed any more; a breach where somebody is left after a while."""
        limit = time.monotonic() + 120.0
        while time.monotonic() < limit:
            self._write(("summary", 0, None))
            self._live(0.3)
            if not self.outside.calls and not self._before["contacts"]:
                break
        else:
            raise BreachError(f"left behind: {list(self._before['contacts'].items())[:5]}")
        child = self._child
        if child is not None and child.stdin is not None and child.stdout is not None:
            child.stdin.close()
            child.stdout.read()
            child.wait(30)
            child.stdout.close()

    def _read_journal(self) -> Row:
        """The whole journal: nobody doubled, nobody lost, the counters as counted anew."""
        recount, state = Recount(), State()
        with Store.open(self._url) as store:
            for row in store.journal.read():
                recount.note(row)
                apply(state, row)
        found = recount.compare(state)
        lost = sorted(self.arrived - set(recount.opened))
        if found or lost or state.contacts:
            raise BreachError(f"{found[:5]}; lost {lost[:5]}; open {len(state.contacts)}")
        return {"journal_rows": state.seq, "contacts": recount.contacts, "arrivals_acknowledged": len(self.arrived)}


def quantiles(values: list[float]) -> Row:
    """Seconds: the middle, the worst of a hundred, the worst."""
    ordered = sorted(values)
    if not ordered:
        return {}
    picked = {name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in SHARES.items()}
    return {name: round(value, 3) for name, value in picked.items()}


SHARES: Final = {"p50": 0.5, "p99": 0.99, "max": 1.0}
