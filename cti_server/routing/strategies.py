"""Strategies: in which order the fitting free agents are taken, each as an ordering key that an index can hold."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from cti_server.vocabulary.ids import AgentId


class Candidate(NamedTuple):
    """A fitting free agent, with what strategies go by.

    ``idle_since`` is the start of their idle clock, Unix seconds. ``last_offer`` is the number of the last offer made
    to them; ``handled`` and ``talked`` (seconds) count since they logged on. ``levels`` is the sum of their levels in
    the skills that are needed (in all of theirs where none is); ``place`` is where they stand in the queue's own order
    of agents, behind all of it where they do not.
    """

    agent: AgentId
    idle_since: float
    last_offer: int = 0
    handled: int = 0
    talked: float = 0.0
    levels: int = 0
    place: int = 0


Key = tuple[float, ...]
"""What candidates are ordered by, the least first; equal keys go by agent id, so that replay is exact."""

Strategy = Callable[[Candidate], Key]
"""The order of a candidate; must not depend on anything but it."""

DEFAULT_STRATEGY: Final = "longest-idle"


def longest_idle(candidate: Candidate) -> Key:
    """The agent whose idle clock began first."""
    return (candidate.idle_since,)


def round_robin(candidate: Candidate) -> Key:
    """The agent whose last offer is the longest ago, whatever became of it."""
    return (candidate.last_offer,)


def fewest_contacts(candidate: Candidate) -> Key:
    """The agent who has answered the fewest contacts since they logged on; equal ones by their idle clocks."""
    return (candidate.handled, candidate.idle_since)


def least_talk_time(candidate: Candidate) -> Key:
    """The agent who has talked the least since they logged on; equal ones by their idle clocks."""
    return (candidate.talked, candidate.idle_since)


def most_skilled(candidate: Candidate) -> Key:
    """The agent with the highest levels in what is needed; equal ones by their idle clocks."""
    return (-candidate.levels, candidate.idle_since)


def least_skilled(candidate: Candidate) -> Key:
    """The agent with the lowest sufficient levels, so that experts stay free; equal ones by their idle clocks."""
    return (candidate.levels, candidate.idle_since)


def top_down(candidate: Candidate) -> Key:
    """The first free agent of the queue's own order, then those outside it by id."""
    return (candidate.place,)


def drawn(candidate: Candidate) -> Key:
    """Any of them alike: the index holds them by id, and `draw` says which one it is."""
    del candidate
    return ()


def draw(seed: int, number: int, count: int) -> int:
    """Which of ``count`` agents the decision ``number`` falls on: as good as random, and the same in every replay.

    The mixing function is SplitMix64's (Steele, Lea and Flood 2014).
    """
    mask = 0xFFFF_FFFF_FFFF_FFFF
    mixed = (seed * 0x9E37_79B9_7F4A_7C15 + number * 0xD1B5_4A32_D192_ED03) & mask
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9) & mask
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & mask
    return (mixed ^ (mixed >> 31)) % count


BUILT_IN: Final[Mapping[str, Strategy]] = MappingProxyType(
    {
        DEFAULT_STRATEGY: longest_idle,
        "round-robin": round_robin,
        "fewest-contacts": fewest_contacts,
        "least-talk-time": least_talk_time,
        "most-skilled": most_skilled,
        "least-skilled": least_skilled,
        "top-down": top_down,
        "random": drawn,
    }
)
