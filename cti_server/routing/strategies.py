"""Selection rules: which of the fitting free agents gets the contact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cti_server.vocabulary.ids import AgentId


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fitting free agent and the start of their idle clock, Unix seconds."""

    agent: AgentId
    idle_since: float


Strategy = Callable[[Sequence[Candidate]], Candidate]
"""Picks one of at least one candidate, which come in the order of agent ids; must not depend on anything else."""

DEFAULT_STRATEGY: Final = "longest-idle"


def longest_idle(candidates: Sequence[Candidate]) -> Candidate:
    """The agent whose idle clock began first; equal clocks go by agent id, so that replay is exact."""
    return min(candidates, key=lambda candidate: (candidate.idle_since, candidate.agent))


BUILT_IN: Final[Mapping[str, Strategy]] = MappingProxyType({DEFAULT_STRATEGY: longest_idle})
