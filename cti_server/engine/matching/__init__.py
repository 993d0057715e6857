"""The matching index: pools of free agents and waiting contacts beside the state."""

from cti_server.engine.matching.index import Matching
from cti_server.engine.matching.pool import Pool

__all__ = ["Matching", "Pool"]
