"""Effects: requests to the outside, carried out once the events that ask for them are durable.

``cause`` is the sequence number of the event that asks for the effect; the answering command carries it back.
An effect may be carried out twice after a crash: each names the offer, verb or call that makes a repeat harmless.
"""

from dataclasses import dataclass

from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, OfferId, PromptName, VerbId
from cti_server.vocabulary.values import AgentStatus, CallRef, SessionRef, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Root of all effects."""

    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToMedia(Effect):
    """Bring the call to a free media port, from wherever it is (pilot or alerting agent)."""

    contact: ContactId
    call: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToAgent(Effect):
    """Let the call ring at the agent's device, from wherever it is (pilot, media port or another agent's phone)."""

    contact: ContactId
    call: CallRef
    offer: OfferId
    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCall(Effect):
    """End the customer's call."""

    contact: ContactId
    call: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaEffect(Effect):
    """Root of what is asked of a media session."""

    contact: ContactId
    session: SessionRef
    verb: VerbId


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(MediaEffect):
    """Play to the end, or to the first digit where ``barge_in`` allows it."""

    utterances: tuple[Utterance, ...]
    barge_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigit(MediaEffect):
    """Play and wait for one digit, at most ``timeout`` seconds after the prompt; the digit stops the prompt."""

    utterances: tuple[Utterance, ...]
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMusic(MediaEffect):
    """Play hold music in a loop until the next verb."""

    music: PromptName


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAgentStatus(Effect):
    """Tell the PBX what the agent's status is now, where the link can show it."""

    agent: AgentId
    device: DeviceNumber
    status: AgentStatus
    reason: str = ""
