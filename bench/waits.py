"""How good the estimated wait is: told against known true waits, beside the formulas of Asterisk and OpenSIPS.

Run it as ``make bench-waits``; it prints a table and writes ``bench/results/waits.json``. Callers come to a small model
of a contact centre (first come first served by 20 to 24 agents, exponential times), and whoever has to wait is told a
wait on arrival. The true wait is known for everybody: a caller who gives up stays in the model's line as a shadow, to
see when they would have been served. The estimator learns all it knows from what happened before, like in the server.

The rivals: Asterisk's moving average of the waits of answered callers, weight 1/4, plus 30 s; OpenSIPS' mean call
duration times callers queued (this one included) over agents logged on. Each case comes in two forms. *Bare*: agents
do nothing but talk, and all who are logged on serve. *Site*: a fifth of an agent's time with a contact is wrap-up, and
one in ten of those who are logged on is not ready, which OpenSIPS' formula does not know of.

*floor* is the error of whoever knows every parameter of the model but not the future: no estimate from the same facts
can be expected to do better. In a bare M/M/s OpenSIPS' formula is nearly the exact one and stands at the floor, so
that *best*, the floor over the better rival, says which ratio is possible at all.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from math import pi, sin, sqrt
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any, Final

from cti_server.queues.estimate import WaitModel
from cti_server.queues.estimate_accuracy import Told
from cti_server.queues.estimate_drain import drain
from cti_server.queues.estimate_share import shares
from cti_server.vocabulary.ids import QueueName

RESULTS: Final = Path(__file__).parent / "results" / "waits.json"
HANDLE: Final = 180.0
"""Mean seconds of an agent with a contact, ring and wrap-up included."""
WARM_UP: Final = 0.1
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A model: agents by the queues that they serve, arrivals per second of each queue, patience in seconds.

    Arrivals swing by a share of their rate in a ``period`` of seconds; an ``urgent`` share has priority 1 instead of 5.
    """

    name: str
    pools: tuple[tuple[tuple[str, ...], int], ...]
    rates: dict[str, float]
    patience: float | None = None
    swing: float = 0.0
    period: float = 4.0 * 3600.0
    wrap_up: float = 0.0
    away: float = 0.0
    urgent: float = 0.0
    handle: Callable[[Random], float] = lambda chance: chance.expovariate(1.0 / HANDLE)

    def rate(self, queue: str, at: float) -> float:
        """Arrivals per second at a time."""
        return self.rates[queue] * (1.0 + self.swing * sin(2.0 * pi * at / self.period))


def one(agents: int, load: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on as they are
    """One queue with so many agents, at a load that is a share of what they can do."""
    return {"pools": ((("a",), agents),), "rates": {"a": load * agents / HANDLE}, **more}


def lognormal(chance: Random) -> float:
    """A handle time of the usual mean, with the coefficient of variation 0.8 that call centres see."""
    return HANDLE * chance.lognormvariate(-0.2473, 0.7033)


BARE: Final = (
    Case(name="M/M/s", **one(20, 0.95)),
    Case(name="M/G/s, lognormal", **one(20, 0.95, handle=lognormal)),
    Case(name="M/M/s+M, load 1.2", **one(20, 1.2, patience=180.0)),
    Case(name="M/M/s+M, load 1.5", **one(20, 1.5, patience=300.0)),
    Case(name="changing arrivals", **one(20, 0.85, swing=0.3)),
    Case(name="changing arrivals, giving up", **one(20, 1.0, swing=0.4, patience=300.0)),
    Case(name="two priorities", **one(20, 0.93, urgent=0.3)),
    Case(
        name="two skills",
        pools=((("a",), 8), (("b",), 8), (("a", "b"), 8)),
        rates={"a": 0.95 * 12 / HANDLE, "b": 0.95 * 12 / HANDLE},
    ),
    Case(
        name="two skills, uneven",
        pools=((("a",), 6), (("b",), 8), (("a", "b"), 10)),
        rates={"a": 0.94 * 16 / HANDLE, "b": 0.94 * 8 / HANDLE},
    ),
)
SITE: Final = tuple(replace(case, wrap_up=0.2, away=0.1) for case in BARE)
CASES: Final = BARE + SITE


@dataclass
class Caller:
    """One caller and what they are told by each way; whoever is served at once is told nothing."""

    number: int
    queue: str
    at: float
    handle: float
    priority: int = 5
    gone: bool = False
    told: Told | None = None
    by: dict[str, float] = field(default_factory=dict)
    true: float | None = None


class Centre:
    """The model at work; every chance comes from the seed."""

    def __init__(self, case: Case, seed: int, callers: int) -> None:
        self.case, self.chance, self.wanted = case, Random(seed), callers
        self.idle = [count for _, count in case.pools]
        self.lines: dict[str, list[tuple[int, float, int, Caller]]] = {queue: [] for queue in case.rates}
        self.live: Counter[tuple[str, int]] = Counter()
        self.models = {queue: WaitModel() for queue in case.rates}
        self.average = dict.fromkeys(case.rates, 0.0)
        self.calls = {queue: [0.0, 0.0] for queue in case.rates}
        self.agenda: list[tuple[float, int, Callable[[float], None]]] = []
        self.number = 0
        self.told: list[Caller] = []

    def run(self) -> list[Caller]:
        """Let the callers come and go; gives those who were told a wait, after the warm-up."""
        for queue in self.case.rates:
            self._next_arrival(queue, 0.0)
        while self.agenda:
            at, _, action = heappop(self.agenda)
            action(at)
        known = [caller for caller in self.told if caller.true is not None]
        return [caller for caller in known if caller.number > WARM_UP * self.wanted]

    def _at(self, at: float, action: Callable[[float], None]) -> None:
        heappush(self.agenda, (at, len(self.agenda) + self.number * 1_000_000, action))

    def _next_arrival(self, queue: str, now: float) -> None:
        """Poisson arrivals of a changing rate, by thinning."""
        peak = self.case.rates[queue] * (1.0 + self.case.swing)
        while self.number < self.wanted:
            now += self.chance.expovariate(peak)
            if self.chance.random() * peak <= self.case.rate(queue, now):
                self._at(now, lambda at: self._arrive(queue, at))
                return

    def _arrive(self, queue: str, now: float) -> None:
        self.number += 1
        self._next_arrival(queue, now)
        priority = 1 if self.case.urgent and self.chance.random() < self.case.urgent else 5
        caller = Caller(self.number, queue, now, self.case.handle(self.chance), priority)
        self.models[queue].arrived(now, priority)
        fitting = [
            (len(queues), index)
            for index, (queues, _) in enumerate(self.case.pools)
            if queue in queues and self.idle[index]
        ]
        if fitting:
            self._serve(caller, min(fitting)[1], now)
            return
        self._tell(caller, now)
        heappush(self.lines[queue], (priority, now, caller.number, caller))
        self.live[queue, priority] += 1
        if self.case.patience is not None:
            self._at(now + self.chance.expovariate(1.0 / self.case.patience), lambda at: self._give_up(caller, at))

    def _tell(self, caller: Caller, now: float) -> None:
        queue = caller.queue
        waiting = {each: self.live[each, 1] + self.live[each, 5] for each in self.case.rates}
        ahead = waiting[queue] if caller.priority == 5 else self.live[queue, 1]
        load = {QueueName(each): float(count + (each == queue)) for each, count in waiting.items()}
        pools = [(tuple(map(QueueName, queues)), float(count)) for queues, count in self.case.pools]
        model = self.models[queue]
        model.agents(shares(pools, load)[QueueName(queue)], 0.0, now)
        estimate = model.estimate(ahead + 1, 0.0, now, priority=caller.priority)
        if not estimate.known:
            return
        caller.told = Told(
            at=now,
            low=estimate.low,
            likely=estimate.likely,
            high=estimate.high,
            position=ahead + 1,
            eligible=model.eligible,
            handle=model.handle_mean,
        )
        count, seconds = self.calls[queue]
        agents = sum(each for queues, each in self.case.pools if queue in queues)
        caller.by = {
            "callwright": estimate.likely,
            "asterisk": abs(self.average[queue] + 30.0),
            "opensips": (seconds / count if count else 0.0) * (waiting[queue] + 1) * (1.0 - self.case.away) / agents,
        }
        if len(self.case.rates) == 1 and not self.case.urgent:
            giving_up = 0.0 if self.case.patience is None else 1.0 / self.case.patience
            caller.by["floor"] = drain(ahead=ahead, completions=agents / HANDLE, giving_up=giving_up).mean
        self.told.append(caller)

    def _give_up(self, caller: Caller, now: float) -> None:
        if caller.true is None:
            caller.gone = True
            self.live[caller.queue, caller.priority] -= 1
            self.models[caller.queue].abandoned(now - caller.at, now, caller.told)

    def _serve(self, caller: Caller, pool: int, now: float) -> None:
        wait, model = now - caller.at, self.models[caller.queue]
        caller.true = wait
        self.idle[pool] -= 1
        model.started(wait, now, caller.told)
        self.average[caller.queue] += 0.25 * (wait - self.average[caller.queue])

        def done(at: float) -> None:
            model.handled(caller.handle, at)
            talked = self.calls[caller.queue]
            talked[0], talked[1] = talked[0] + 1, talked[1] + caller.handle * (1.0 - self.case.wrap_up)
            self.idle[pool] += 1
            self._take_next(pool, at)

        self._at(now + caller.handle, done)

    def _take_next(self, pool: int, now: float) -> None:
        queues, _ = self.case.pools[pool]
        while True:
            heads = [(self.lines[queue][0][:3], queue) for queue in queues if self.lines[queue]]
            if not heads:
                return
            caller = heappop(self.lines[min(heads)[1]])[3]
            if not caller.gone:
                self.live[caller.queue, caller.priority] -= 1
                self._serve(caller, pool, now)
                return
            caller.true = now - caller.at


def measure(case: Case, seeds: Sequence[int], callers: int) -> Row:
    """All seeds of a case: RMSE and bias of each way, coverage of the range, and the ratio to the better rival."""
    told = [caller for seed in seeds for caller in Centre(case, seed, callers).run()]
    true = [caller.true or 0.0 for caller in told]
    row: Row = {
        "case": case.name,
        "form": "site" if case.away else "bare",
        "told": len(told),
        "mean_wait_s": round(fmean(true), 1),
    }
    for way in told[0].by:
        errors = [caller.by[way] - wait for caller, wait in zip(told, true, strict=True)]
        row[f"{way}_rmse_s"] = round(sqrt(fmean(error * error for error in errors)), 2)
        row[f"{way}_bias_s"] = round(fmean(errors), 2)
    inside = [
        each.told is not None and each.told.low <= wait <= each.told.high for each, wait in zip(told, true, strict=True)
    ]
    row["coverage"] = round(fmean(inside), 4)
    row["ratio"] = round(row["callwright_rmse_s"] / min(row["asterisk_rmse_s"], row["opensips_rmse_s"]), 3)
    if "floor_rmse_s" in row:
        row["best_possible_ratio"] = round(row["floor_rmse_s"] / min(row["asterisk_rmse_s"], row["opensips_rmse_s"]), 3)
    return row


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    print(
        f"{'case':30}{'form':6}{'told':>8}{'wait':>8}{'RMSE':>8}{'bias':>7}{'cover':>7}{'Aster.':>8}{'OpenS.':>8}",
        end="",
    )
    print(f"{'floor':>8}{'ratio':>7}{'best':>7}")
    for row in rows:
        print(
            f"{row['case']:30}{row['form']:6}{row['told']:>8}{row['mean_wait_s']:>8}{row['callwright_rmse_s']:>8}"
            f"{row['callwright_bias_s']:>7}{row['coverage']:>7.1%}{row['asterisk_rmse_s']:>8}"
            f"{row['opensips_rmse_s']:>8}{row.get('floor_rmse_s', '-'):>8}{row['ratio']:>7}"
            f"{row.get('best_possible_ratio', '-'):>7}"
        )


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--callers", type=int, default=20_000, help="callers of each run (20000)")
    parser.add_argument("--seeds", type=int, default=4, help="runs of each case (4)")
    options = parser.parse_args()
    rows = [measure(case, range(1, options.seeds + 1), options.callers) for case in CASES]
    show(rows)
    RESULTS.parent.mkdir(exist_ok=True)
    result = {"callers": options.callers, "seeds": options.seeds, "handle_s": HANDLE, "rows": rows}
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
