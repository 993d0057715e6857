"""Console commands that change what an agent does."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.operations import Operations
from cti_server.vocabulary.commands import Command, LogAgentOff, LogAgentOn, SetAgentNotReady, SetAgentReady
from cti_server.vocabulary.ids import AgentId, DeviceNumber
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.values import Origin


def log_on(operations: Operations, words: Sequence[str]) -> Deferred[str]:
    """``agent logon AGENT DEVICE``."""
    agent, device = words
    command = LogAgentOn(agent=AgentId(agent), device=DeviceNumber(device), origin=Origin.CONSOLE)
    return _submit(operations, command, f"{agent} is logged on at {device}, not ready")


def log_off(operations: Operations, words: Sequence[str]) -> Deferred[str]:
    """``agent logoff AGENT``."""
    command = LogAgentOff(agent=AgentId(words[0]), origin=Origin.CONSOLE)
    return _submit(operations, command, f"{words[0]} is logged off")


def set_ready(operations: Operations, words: Sequence[str]) -> Deferred[str]:
    """``agent ready AGENT``."""
    command = SetAgentReady(agent=AgentId(words[0]), origin=Origin.CONSOLE)
    return _submit(operations, command, f"{words[0]} is ready")


def set_not_ready(operations: Operations, words: Sequence[str]) -> Deferred[str]:
    """``agent not-ready AGENT [REASON]``."""
    reason = words[1] if len(words) > 1 else ""
    command = SetAgentNotReady(agent=AgentId(words[0]), origin=Origin.CONSOLE, reason=reason)
    return _submit(operations, command, f"{words[0]} is not ready")


def _submit(operations: Operations, command: Command, done: str) -> Deferred[str]:
    def told(refusal: Refusal | None) -> str:
        return done if refusal is None else f"refused: {refusal.text} ({refusal.code})"

    return operations.submit(command).addCallback(told)
