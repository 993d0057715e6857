"""A day made up from a profile: Poisson arrivals by half-hour, all of chance out of one seed."""

from collections.abc import Iterator
from datetime import date, datetime, time, tzinfo
from math import inf, log, sqrt
from random import Random
from typing import Final

from cti_server.simulation.day import Arrival, Day, Duty, RosterEntry
from cti_server.simulation.profile import Profile, Shift, Source, Times, minutes
from cti_server.vocabulary.ids import AgentId, DeviceNumber, LinkName
from cti_server.vocabulary.plan import SitePlan

HALF_HOUR: Final = 1800.0
MOST_MISSED: Final = 20
"""So many offers in a row are missed at the most."""


class ProfileError(Exception):
    """The profile names what the site does not have, or the site has nowhere to call."""


def make_day(profile: Profile, plan: SitePlan, *, day: date, zone: tzinfo | None, contacts: int, seed: int) -> Day:
    """Make a day up: about ``contacts`` callers (a Poisson number of that mean), the same for the same arguments.

    Raises:
        ProfileError: a pilot or agent of the profile is not in the plan, or the plan has no pilot.
    """
    midnight = datetime.combine(day, time(), zone).timestamp()
    chance = Random(seed)  # noqa: S311 - chance of a model, not of a secret
    sources = _sources(profile, plan)
    weights = [source.share for source, _ in sources]
    arrivals = []
    for number, at in enumerate(_times(profile, midnight, contacts, chance), 1):
        source, link = chance.choices(sources, weights)[0]
        arrivals.append(_arrival(profile, source, chance, number=number, at=at, link=link))
    return Day(
        name=f"{day.isoformat()}, made up, seed {seed}",
        start=midnight,
        arrivals=tuple(arrivals),
        roster=roster_of(profile, plan, midnight),
        lengths=dict(profile.prompts),
        return_after=profile.return_after,
    )


def roster_of(profile: Profile, plan: SitePlan, midnight: float) -> tuple[RosterEntry, ...]:
    """The profile's shifts for the agents of a plan; ``midnight`` (Unix seconds) is the day's.

    Raises:
        ProfileError: a shift names an agent whom the plan does not have.
    """
    return tuple(sorted(_duties_of_all(profile, plan, midnight), key=lambda entry: (entry.at, entry.agent)))


def draw(times: Times, chance: Random) -> float:
    """One duration in seconds."""
    match times.distribution:
        case "exponential":
            return chance.expovariate(1.0 / times.mean)
        case "constant":
            return times.mean
        case "lognormal":
            relative = (times.deviation if times.deviation is not None else times.mean) / times.mean
            variance = log(1.0 + relative * relative)
            return times.mean * chance.lognormvariate(-variance / 2.0, sqrt(variance))


def _times(profile: Profile, midnight: float, contacts: int, chance: Random) -> Iterator[float]:
    """Poisson arrivals, the rate of each half-hour its share of the whole."""
    opening = midnight + 60.0 * minutes(profile.opening)
    whole = sum(profile.half_hours)
    for index, share in enumerate(profile.half_hours):
        begin, rate = opening + index * HALF_HOUR, contacts * share / whole / HALF_HOUR
        at = begin
        while rate > 0.0:
            at += chance.expovariate(rate)
            if at >= begin + HALF_HOUR:
                break
            yield at


def _arrival(profile: Profile, source: Source, chance: Random, *, number: int, at: float, link: LinkName) -> Arrival:
    missed = 0
    while missed < MOST_MISSED and chance.random() < profile.missed:
        missed += 1
    return Arrival(
        number=number,
        at=at,
        link=link,
        pilot=DeviceNumber(source.pilot),
        digits=source.keys,
        patience=inf if profile.patience is None else draw(profile.patience, chance),
        talk=draw(profile.talk, chance),
        wrap_up=None if profile.wrap_up is None else draw(profile.wrap_up, chance),
        ring=draw(profile.ring, chance),
        missed=missed,
    )


def _sources(profile: Profile, plan: SitePlan) -> list[tuple[Source, LinkName]]:
    links = {pilot.number: pilot.link for pilot in plan.pilots}
    if not links:
        raise ProfileError("the site has no pilot: nobody can call")
    unknown = sorted({source.pilot for source in profile.sources} - set(links))
    if unknown:
        raise ProfileError(f"no pilot {', '.join(unknown)}; there are {', '.join(sorted(links))}")
    sources = profile.sources or tuple(Source(pilot=number) for number in sorted(links))
    return [(source, links[DeviceNumber(source.pilot)]) for source in sources]


def _duties_of_all(profile: Profile, plan: SitePlan, midnight: float) -> Iterator[RosterEntry]:
    named = {agent for shift in profile.shifts for agent in shift.agents}
    unknown = sorted(named - set(plan.agents))
    if unknown:
        raise ProfileError(f"no agent {', '.join(unknown)}")
    devices = {agent: DeviceNumber(f"desk-{agent}") for agent in plan.agents}
    for shift in profile.shifts:
        agents = shift.agents or tuple(agent for agent in sorted(plan.agents) if agent not in named)
        for agent in agents:
            yield from _duties(shift, AgentId(agent), devices[AgentId(agent)], midnight)


def _duties(shift: Shift, agent: AgentId, device: DeviceNumber, midnight: float) -> Iterator[RosterEntry]:
    def entry(clock_minutes: int, duty: Duty, reason: str = "") -> RosterEntry:
        return RosterEntry(at=midnight + 60.0 * clock_minutes, agent=agent, duty=duty, device=device, reason=reason)

    yield entry(minutes(shift.start), Duty.READY)
    for each in shift.breaks:
        yield entry(minutes(each.at), Duty.AWAY, each.reason)
        yield entry(minutes(each.at) + each.minutes, Duty.READY)
    yield entry(minutes(shift.end), Duty.OFF)
