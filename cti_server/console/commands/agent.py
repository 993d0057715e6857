"""Console commands that change what an agent does or can, and what a contact comes before."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.command import UsageError
from cti_server.console.operations import Operations
from cti_server.console.submitting import submit
from cti_server.vocabulary.commands import (
    ChangeAgentGroups,
    ChangeAgentSkills,
    ChangePriority,
    EndWrapUp,
    ExtendWrapUp,
    LogAgentOff,
    LogAgentOn,
    SetAgentNotReady,
    SetAgentReady,
)
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, GroupName, SkillName
from cti_server.vocabulary.values import Origin


def log_on(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent logon AGENT DEVICE``."""
    agent, device = words
    command = LogAgentOn(agent=AgentId(agent), device=DeviceNumber(device), origin=Origin.CONSOLE)
    return submit(operations, command, f"{agent} is logged on at {device}, not ready")


def log_off(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent logoff AGENT``."""
    command = LogAgentOff(agent=AgentId(words[0]), origin=Origin.CONSOLE)
    return submit(operations, command, f"{words[0]} is logged off")


def set_ready(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent ready AGENT``."""
    command = SetAgentReady(agent=AgentId(words[0]), origin=Origin.CONSOLE)
    return submit(operations, command, f"{words[0]} is ready")


def set_not_ready(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent not-ready AGENT [REASON]``."""
    reason = words[1] if len(words) > 1 else ""
    command = SetAgentNotReady(agent=AgentId(words[0]), origin=Origin.CONSOLE, reason=reason)
    return submit(operations, command, f"{words[0]} is not ready")


def extend_wrap_up(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent extend AGENT SECONDS``."""
    agent, text = words
    if not text.isdecimal() or len(text) > 5:
        raise UsageError(f"seconds are digits, not {text!r}")
    command = ExtendWrapUp(agent=AgentId(agent), seconds=float(text), origin=Origin.CONSOLE)
    return submit(operations, command, f"{agent} has {text} s more")


def end_wrap_up(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent done AGENT``."""
    command = EndWrapUp(agent=AgentId(words[0]), origin=Origin.CONSOLE)
    return submit(operations, command, f"{words[0]} is done with the contact")


def change_skills(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent skills AGENT [SKILL=LEVEL,...]``."""
    agent, *rest = words
    skills = None if not rest else dict(_skill(part) for part in rest[0].split(",") if part)
    command = ChangeAgentSkills(agent=AgentId(agent), skills=skills, origin=Origin.CONSOLE)
    told = "as planned" if skills is None else ", ".join(f"{name}={level}" for name, level in skills.items()) or "none"
    return submit(operations, command, f"{agent} has these skills now: {told}")


def change_groups(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``agent groups AGENT [GROUP,...]``."""
    agent, *rest = words
    groups = None if not rest else tuple(GroupName(part) for part in rest[0].split(",") if part)
    command = ChangeAgentGroups(agent=AgentId(agent), groups=groups, origin=Origin.CONSOLE)
    told = "as planned" if groups is None else ", ".join(groups) or "none"
    return submit(operations, command, f"{agent} is in these groups now: {told}")


def _skill(text: str) -> tuple[SkillName, int]:
    name, _, level = text.partition("=")
    if not name or not level.isdecimal() or len(level) > 2:
        raise UsageError(f"a skill is written as NAME=LEVEL, not {text!r}")
    return SkillName(name), int(level)


def change_priority(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``priority CONTACT PRIORITY``."""
    if not all(word.isdecimal() and len(word) <= 18 for word in words):
        raise UsageError("contact and priority are numbers")
    contact, priority = ContactId(int(words[0])), int(words[1])
    command = ChangePriority(contact=contact, priority=priority, origin=Origin.CONSOLE)
    return submit(operations, command, f"contact {contact} has priority {priority}")
