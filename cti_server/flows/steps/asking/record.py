"""record: take a message, and send it by mail (voicemail)."""

from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le

from cti_server.flows.component import FAILED, Ask, Hear, Here, Leave, Reaction, Result
from cti_server.flows.steps.pattern import Standard, Template, failed, filled, language, said
from cti_server.vocabulary.actions import RecordMessage
from cti_server.vocabulary.ids import QueueName, StepId
from cti_server.vocabulary.outside import RequestOutcome, RequestResult, SendMail
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance, Value, VerbOutcome, VerbResult

RECORDING: Final = "recording"
RECORDING_SECONDS: Final = "recording_seconds"
SUBJECT: Final = Template("Message from {source}")
TEXT: Final = Template("{source} called {destination} and left a message of {recording_seconds} seconds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStep(Step):
    """Record what the caller says after a tone, and mail it where there is somebody to mail it to."""

    utterances: tuple[Utterance, ...] = ()
    """Heard before the tone."""
    maximum: Annotated[float, Ge(1), Le(1800)] = 120.0
    """The longest message, seconds."""
    silence: Annotated[float, Ge(1), Le(60)] = 4.0
    """Seconds without speech that end it."""
    shortest: Annotated[float, Ge(0), Le(60)] = 1.0
    """A message of fewer seconds counts as none."""
    terminators: str = "#"
    """Keys that end it."""
    mail_to: tuple[str, ...] = ()
    """Mail addresses that get the message."""
    queue: QueueName | None = None
    """The queue whose voicemail addresses get the message as well."""
    subject: Template = SUBJECT
    """Subject of the mail; {name} stands for a datum or a fact."""
    text: Template = TEXT
    """Text of the mail."""
    timeout: Annotated[float, Ge(1), Le(300)] = 30.0
    """Seconds for the mail to be taken; it is sent later where that takes longer."""
    next: StepId | None = None
    """The step after this one once the message is taken; without it, the one below."""
    no_message: StepId | None = None
    """The step after this one where the caller said nothing; without it, the usual next one."""
    on_failure: StepId | None = None
    """As for play, and where the mail could not be handed over."""


class RecordComponent(Standard):
    """Records into a file named by contact and attempt, then hands the mail over, then goes on."""

    name = "record"
    settings: type[Step] = RecordStep
    waits = True

    def exits(self, step: RecordStep) -> dict[str, StepId | None]:
        """``next``, ``no_message`` and ``on_failure``."""
        return {
            "next": step.next,
            "no_message": step.no_message or step.next,
            FAILED: step.on_failure or step.next,
        }

    def enter(self, step: RecordStep, here: Here) -> Reaction:
        """Record."""
        return Hear(
            action=RecordMessage(
                utterances=said(step.utterances, here),
                name=f"message-{here.contact}-{step.id}-{int(here.now)}",
                maximum=step.maximum,
                silence=step.silence,
                terminators=step.terminators,
                language=language(here),
            )
        )

    def resume(self, step: RecordStep, here: Here, result: Result) -> Reaction:
        """Mail the message; go on when it is taken."""
        if isinstance(result, RequestOutcome):
            done = result.result is RequestResult.DONE
            kept = {name: here.memory.get(name) for name in (RECORDING, RECORDING_SECONDS)}
            return Leave(exit="next" if done else FAILED, keep=kept)
        if failed(result) or not isinstance(result, VerbOutcome):
            return Leave(exit=FAILED)
        if result.result is not VerbResult.RECORDED or result.seconds < step.shortest or not result.file:
            return Leave(exit="no_message")
        kept = {RECORDING: result.file, RECORDING_SECONDS: round(result.seconds)}
        to = _addresses(step, here)
        if not to:
            return Leave(keep=kept)
        return Ask(request=_mail(step, here, to, kept), timeout=step.timeout, memory=kept)


def _addresses(step: RecordStep, here: Here) -> tuple[str, ...]:
    queue = None if step.queue is None else here.queue(step.queue)
    return tuple(dict.fromkeys((*step.mail_to, *(() if queue is None else queue.voicemail))))


def _mail(step: RecordStep, here: Here, to: tuple[str, ...], kept: dict[str, Value]) -> SendMail:
    """The mail, in whose texts the recording's length is known already."""
    texts = [each.replace("{recording_seconds}", str(kept[RECORDING_SECONDS])) for each in (step.subject, step.text)]
    subject, text = (filled(each, here) for each in texts)
    return SendMail(
        to=to,
        subject=" ".join(subject.split()),
        text=text,
        file=str(kept[RECORDING]),
        service=here.media_service,
    )


RECORD = RecordComponent()
