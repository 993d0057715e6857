"""agent_line: let agents log on and off, go ready and not ready, and hear how they stand, from any phone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le

from cti_server.flows.component import AgentGlance, Ask, FlowKind, Hear, Here, Reaction, Release, Result, Wish
from cti_server.flows.steps.pattern import Standard, failed, language, said, text_of
from cti_server.vocabulary.actions import AskDigit, Collect, Play
from cti_server.vocabulary.commands import (
    Command,
    EndWrapUp,
    ExtendWrapUp,
    LogAgentOff,
    LogAgentOn,
    SetAgentNotReady,
    SetAgentReady,
)
from cti_server.vocabulary.ids import AgentId, DeviceNumber, PromptName, QueueName, StepId
from cti_server.vocabulary.outside import CheckPin, RequestOutcome, RequestResult
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import AgentStatus, Origin, Utterance, Value, VerbOutcome, VerbResult, WorkState

PIN_TIMEOUT: Final = 5.0
MOST_QUEUES: Final = 20
"""Queues of which the state is told; nobody listens to more."""
LONGEST_NUMBER: Final = 24
ATTEMPTS: Final = 3
"""How often an agent who keys in nothing is asked the same."""


def _clip(name: str) -> tuple[Utterance, ...]:
    return (Utterance(prompt=PromptName(f"agent_line_{name}")),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLineStep(Step):
    """The agent line: agent number and PIN, then one digit for each wish."""

    attempts: Annotated[int, Ge(1), Le(10)] = 3
    """Wrong PINs after which the call is ended."""
    extension: Annotated[float, Ge(5), Le(3600)] = 60.0
    """Seconds from now on that wrap-up lasts when it is extended."""
    timeout: Annotated[float, Ge(1), Le(60)] = 8.0
    """Seconds to wait for the first digit of each answer."""
    ask_number: tuple[Utterance, ...] = _clip("number")
    """Asks for the agent's number."""
    ask_pin: tuple[Utterance, ...] = _clip("pin")
    """Asks for the PIN."""
    ask_device: tuple[Utterance, ...] = _clip("device")
    """Asks for the phone to work at, where the PBX does not tell from which one the call comes."""
    wrong: tuple[Utterance, ...] = _clip("wrong")
    """Number or PIN is wrong."""
    refused: tuple[Utterance, ...] = _clip("refused")
    """The last attempt was wrong, too; the call is ended."""
    unavailable: tuple[Utterance, ...] = _clip("unavailable")
    """PINs cannot be checked now; the call is ended."""
    ready: tuple[Utterance, ...] = _clip("ready")
    """You are ready."""
    not_ready: tuple[Utterance, ...] = _clip("not_ready")
    """You are not ready."""
    wrap_up: tuple[Utterance, ...] = _clip("wrap_up")
    """You are in wrap-up."""
    choices: tuple[Utterance, ...] = _clip("menu")
    """The menu: 1 ready, 2 not ready, 3 end wrap-up, 4 extend wrap-up, 5 state of the queues, 9 log off."""
    ask_reason: tuple[Utterance, ...] = _clip("reason")
    """Asks for the code of the reason for being not ready."""
    not_possible: tuple[Utterance, ...] = _clip("not_possible")
    """What was wished for is not possible now."""
    queue: tuple[Utterance, ...] = _clip("queue")
    """Said before the number of a queue, counted from 1 in the order of their names."""
    waiting: tuple[Utterance, ...] = _clip("waiting")
    """Said before the number of contacts that wait."""
    longest: tuple[Utterance, ...] = _clip("longest")
    """Said before the longest waiting time."""
    no_queues: tuple[Utterance, ...] = _clip("no_queues")
    """The agent serves no queue."""
    logged_off: tuple[Utterance, ...] = _clip("logged_off")
    """You are logged off; the call is ended."""


class AgentLineComponent(Standard):
    """A dialogue in phases; ``memory`` says which one, and whose."""

    name = "agent_line"
    settings: type[Step] = AgentLineStep
    kinds = frozenset({FlowKind.ROUTING, FlowKind.PART})
    waits = True
    ends = True

    def exits(self, step: AgentLineStep) -> Mapping[str, StepId | None]:  # noqa: ARG002 - it ends the call
        """None: the call ends here."""
        return {}

    def enter(self, step: AgentLineStep, here: Here) -> Reaction:
        """Ask who it is."""
        return _number(step, here, wrong=0)

    def resume(self, step: AgentLineStep, here: Here, result: Result) -> Reaction:
        """Go on from the phase that the dialogue is in."""
        if failed(result):
            return Release()
        return _PHASES[text_of(here.memory.get("phase"))](step, here, result)


Phase = Callable[[AgentLineStep, Here, Result], Reaction]


# --- who it is ------------------------------------------------------------------------------------------------------


def _number(step: AgentLineStep, here: Here, *, wrong: int, first: tuple[Utterance, ...] = ()) -> Reaction:
    memory: dict[str, Value] = {"phase": "number", "agent": "", "wrong": wrong, "asked": _asked(here, "number")}
    return _collect(step, here, (*first, *step.ask_number), memory)


def _number_given(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    digits = _digits(result)
    if not digits:
        wrong = _count(here, "wrong")
        return Release() if _count(here, "asked") >= ATTEMPTS else _number(step, here, wrong=wrong)
    agent = here.agent_by_number(digits)
    # An unknown number is told from a wrong PIN by nobody: both are asked for, then both are wrong.
    known = "" if agent is None else agent.plan.id
    return _collect(step, here, step.ask_pin, {"phase": "pin", "agent": known}, masked=True)


def _pin_given(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    agent = _agent(here)
    if agent is None or not isinstance(result, VerbOutcome) or result.secret is None or not result.count:
        return _wrong(step, here)
    request = CheckPin(agent=agent.plan.id, secret=result.secret)
    return Ask(request=request, timeout=PIN_TIMEOUT, memory={**here.memory, "phase": "checked"})


def _checked(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    if not isinstance(result, RequestOutcome) or result.result in {RequestResult.FAILED, RequestResult.TIMED_OUT}:
        return _last_words(here, step.unavailable)
    if result.result is not RequestResult.DONE or result.values.get("right") is not True:
        return _wrong(step, here)
    return _take_place(step, here)


def _wrong(step: AgentLineStep, here: Here) -> Reaction:
    """Ask anew, or end the call; that it ended so is kept with the contact."""
    wrong = _count(here, "wrong") + 1
    if wrong < step.attempts:
        return _number(step, here, wrong=wrong, first=step.wrong)
    keep: dict[str, Value] = {"agent_line_refused": wrong, "agent_line_agent": here.memory.get("agent") or "unknown"}
    return _last_words(here, step.refused, keep=keep)


# --- where they work ------------------------------------------------------------------------------------------------


def _take_place(step: AgentLineStep, here: Here) -> Reaction:
    """The phone that calls becomes the agent's, whoever was logged on there (hot desking)."""
    agent, device = _agent(here), here.caller_device()
    if agent is None:
        return Release()
    if device is not None:
        return _work_at(step, here, agent, device)
    if agent.status is not AgentStatus.LOGGED_OFF:
        return _status(step, here)
    return _collect(step, here, step.ask_device, {"phase": "device"})


def _device_given(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    agent, digits = _agent(here), _digits(result)
    if agent is None or not digits:
        return Release()
    return _work_at(step, here, agent, DeviceNumber(digits))


def _work_at(step: AgentLineStep, here: Here, agent: AgentGlance, device: DeviceNumber) -> Reaction:
    if agent.status is AgentStatus.LOGGED_OFF:
        return _wish(
            here, LogAgentOn(agent=agent.plan.id, device=device, origin=Origin.AGENT_LINE), "on", device=device
        )
    if agent.device != device:
        return _wish(here, LogAgentOff(agent=agent.plan.id, origin=Origin.AGENT_LINE), "moved", device=device)
    return _status(step, here)


def _moved(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    """The phone that they left, or whoever was at the one that they take, is out of the way."""
    agent, device = _agent(here), text_of(here.memory.get("device"))
    if isinstance(result, Refusal) or agent is None:
        return _menu(step, here, step.not_possible)
    return _wish(here, LogAgentOn(agent=agent.plan.id, device=DeviceNumber(device), origin=Origin.AGENT_LINE), "on")


def _on(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    if isinstance(result, Refusal):
        other = result.facts.get("agent")
        if result.code is RefusalCode.DEVICE_TAKEN and isinstance(other, str):
            return _wish(here, LogAgentOff(agent=AgentId(other), origin=Origin.AGENT_LINE), "moved")
        return _last_words(here, step.not_possible)
    return _status(step, here)


# --- what they wish -------------------------------------------------------------------------------------------------


def _status(step: AgentLineStep, here: Here) -> Reaction:
    agent = _agent(here)
    if agent is None or agent.status is AgentStatus.LOGGED_OFF:
        return _last_words(here, step.logged_off, served=True)
    told = step.ready if agent.status is AgentStatus.READY else step.not_ready
    return _menu(step, here, (*told, *(step.wrap_up if agent.work is WorkState.WRAP_UP else ())))


def _menu(step: AgentLineStep, here: Here, first: tuple[Utterance, ...] = (), asked: int = 1) -> Reaction:
    action = AskDigit(utterances=said((*first, *step.choices), here), timeout=step.timeout, language=language(here))
    return Hear(action=action, memory={**here.memory, "phase": "menu", "asked": asked})


def _chosen(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    agent, digit = _agent(here), _digits(result)
    if agent is None:
        return Release()
    if not digit:
        asked = _count(here, "asked")
        return Release(served=True) if asked >= ATTEMPTS else _menu(step, here, asked=asked + 1)
    number, origin = agent.plan.id, Origin.AGENT_LINE
    if digit == "2" and here.reasons():
        return _collect(step, here, step.ask_reason, {"phase": "reason"})
    if digit == "5":
        return _menu(step, here, _queues(step, here, agent))
    wishes: dict[str, Command] = {
        "1": SetAgentReady(agent=number, origin=origin),
        "2": SetAgentNotReady(agent=number, origin=origin),
        "3": EndWrapUp(agent=number, origin=origin),
        "4": ExtendWrapUp(agent=number, seconds=step.extension, origin=origin),
        "9": LogAgentOff(agent=number, origin=origin),
    }
    wish = wishes.get(digit)
    return _menu(step, here, step.not_possible) if wish is None else _wish(here, wish, "done")


def _reason_given(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    agent, digits = _agent(here), _digits(result)
    if agent is None:
        return Release()
    reason = here.reasons().get(digits, "")
    if digits and not reason:
        return _menu(step, here, step.not_possible)
    return _wish(here, SetAgentNotReady(agent=agent.plan.id, origin=Origin.AGENT_LINE, reason=reason), "done")


def _done(step: AgentLineStep, here: Here, result: Result) -> Reaction:
    """Tell how the agent stands now; what changes nothing was granted, too."""
    if isinstance(result, Refusal) and result.code is not RefusalCode.NO_CHANGE:
        return _menu(step, here, step.not_possible)
    return _status(step, here)


def _queues(step: AgentLineStep, here: Here, agent: AgentGlance) -> tuple[Utterance, ...]:
    names = sorted(here.queues_of(agent.plan.id))[:MOST_QUEUES]
    told = [each for index, name in enumerate(names, 1) for each in _queue(step, here, index, name)]
    return tuple(told) or step.no_queues


def _queue(step: AgentLineStep, here: Here, index: int, name: QueueName) -> tuple[Utterance, ...]:
    waiting, longest = here.value(f"queues.{name}.waiting"), here.value(f"queues.{name}.longest")
    count = int(waiting) if isinstance(waiting, (int, float)) else 0
    told = (*step.queue, Utterance(number=index), *step.waiting, Utterance(number=count))
    if count and isinstance(longest, (int, float)):
        told = (*told, *step.longest, Utterance(wait=float(longest)))
    return told


def _over(step: AgentLineStep, here: Here, result: Result) -> Reaction:  # noqa: ARG001 - one of the phases
    return Release(served=bool(here.memory.get("served")))


_PHASES: Final[Mapping[str, Phase]] = {
    "number": _number_given,
    "pin": _pin_given,
    "checked": _checked,
    "device": _device_given,
    "moved": _moved,
    "on": _on,
    "menu": _chosen,
    "reason": _reason_given,
    "done": _done,
    "over": _over,
}


# --- small parts ----------------------------------------------------------------------------------------------------


def _collect(
    step: AgentLineStep,
    here: Here,
    utterances: tuple[Utterance, ...],
    memory: dict[str, Value],
    *,
    masked: bool = False,
) -> Reaction:
    action = Collect(
        utterances=said(utterances, here),
        maximum=LONGEST_NUMBER,
        first=step.timeout,
        masked=masked,
        language=language(here),
    )
    return Hear(action=action, memory={**here.memory, **memory})


def _last_words(
    here: Here,
    utterances: tuple[Utterance, ...],
    *,
    served: bool = False,
    keep: Mapping[str, Value] | None = None,
) -> Reaction:
    action = Play(utterances=said(utterances, here), language=language(here))
    return Hear(action=action, keep=keep or {}, memory={**here.memory, "phase": "over", "served": served})


def _wish(here: Here, command: Command, phase: str, *, device: DeviceNumber | None = None) -> Reaction:
    memory: dict[str, Value] = {**here.memory, "phase": phase}
    return Wish(command=command, memory=memory if device is None else {**memory, "device": device})


def _agent(here: Here) -> AgentGlance | None:
    agent = here.memory.get("agent")
    return here.agent(AgentId(agent)) if isinstance(agent, str) and agent else None


def _digits(result: Result) -> str:
    if isinstance(result, VerbOutcome) and result.result in {VerbResult.DIGITS, VerbResult.TIMEOUT}:
        return result.digits
    return ""


def _count(here: Here, name: str) -> int:
    value = here.memory.get(name)
    return int(value) if isinstance(value, (int, float)) else 0


def _asked(here: Here, phase: str) -> int:
    return _count(here, "asked") + 1 if here.memory.get("phase") == phase else 1


AGENT_LINE = AgentLineComponent()
