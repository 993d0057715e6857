"""The console command that tells why a contact waited."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.command import UsageError
from cti_server.console.operations import Operations
from cti_server.vocabulary.ids import AgentId, ContactId


def tell_why(operations: Operations, words: Sequence[str]) -> Deferred[str]:
    """``why CONTACT [AGENT]``."""
    if not words[0].isdecimal() or len(words[0]) > 18:
        raise UsageError(f"a contact's number is digits, not {words[0]!r}")
    agent = AgentId(words[1]) if len(words) > 1 else None
    return operations.why(ContactId(int(words[0])), agent)
