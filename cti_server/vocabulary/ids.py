"""Names for the identifiers that travel through the engine, so that one kind is never passed for another."""

from typing import NewType

ContactId = NewType("ContactId", int)
"""Number of a contact, counted from 1 by the engine; never used twice in one journal."""

OfferId = NewType("OfferId", int)
"""Number of an offer, counted from 1 by the engine; never used twice in one journal."""

VerbId = NewType("VerbId", str)
"""Identity of one media verb, ``<contact>-<n>``; the media service carries it out at most once."""

AgentId = NewType("AgentId", str)
"""Configured log-on name of an agent."""

QueueName = NewType("QueueName", str)
GroupName = NewType("GroupName", str)
FlowName = NewType("FlowName", str)

StepId = NewType("StepId", str)
"""Name of a step, unique within its flow."""

PromptName = NewType("PromptName", str)
"""Name of a prompt: ``prompts/<language>/<name>.wav``."""

LinkName = NewType("LinkName", str)
"""Configured name of a CSTA link to a PBX."""

DeviceNumber = NewType("DeviceNumber", str)
"""Number of a device as the dialect normalises it, for example ``7001`` or ``+4989123456``."""

CallId = NewType("CallId", str)
"""The PBX's call identifier in the PBX's own spelling (ECMA-269 12.3.5, call identifier)."""

PartyId = NewType("PartyId", int)
"""Row of the erasable ``parties`` table; stands for a customer's address in the journal."""

ServiceName = NewType("ServiceName", str)
"""Configured name of a media service."""

SessionId = NewType("SessionId", str)
"""A media service's name for one call that it answers."""

SkillName = NewType("SkillName", str)
RequestId = NewType("RequestId", str)
"""Identity of one request of a flow to the outside, ``<contact>-r<n>``; its answer carries it back."""

SecretId = NewType("SecretId", str)
"""Stands for masked digits in state, journal and logs; only the edges can tell what they are, and only for a while."""

CalendarName = NewType("CalendarName", str)
RuleName = NewType("RuleName", str)
"""Name of a contact-handling rule."""
TrialName = NewType("TrialName", str)
"""Where a flow is on trial: a queue's name, or ``<link>/<number>`` of a pilot."""
