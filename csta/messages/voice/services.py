"""Voice services: messages, prompts, recognition (ECMA-269, voice services)."""

from typing import ClassVar

from csta.identifiers import ConnectionID
from csta.messages.base import Part, Request, Response
from csta.messages.enumerations import RecognitionMode
from csta.messages.structures import Volume
from csta.schema.elements import chosen, element, message, structure, structured
from csta.schema.kinds import (
    Boolean,
    Connection,
    Enumerated,
    Flags,
    Identifier,
    Integer,
    Need,
    Nothing,
    Sequence,
    Text,
    Wire,
)
from csta.words import Word


class TerminatingCondition(Word):
    """What ends playing or recording."""

    DURATION_EXCEEDED = "durationExceeded", 0
    DTMF_DIGIT_DETECTED = "dTMFDigitDetected", 1
    END_OF_MESSAGE_DETECTED = "endOfMessageDetected", 2
    SPEECH_DETECTED = "speechDetected", 3


class AttributeToQuery(Word):
    """The attributes of messages and resources."""

    ENCODING_ALGORITHM = "encodingAlgorithm", 0
    SAMPLING_RATE = "samplingRate", 1
    DURATION = "duration", 2
    FILENAME = "filename", 3
    CURRENT_POSITION = "currentPosition", 4
    CURRENT_SPEED = "currentSpeed", 5
    CURRENT_VOLUME = "currentVolume", 6
    CURRENT_LEVEL = "currentLevel", 7
    CURRENT_STATE = "currentState", 8
    GRAMMARS = "grammars", 9
    LANGUAGE = "language", 10
    MODE = "mode", 11
    RETAIN_AUDIO = "retainAudio", 12
    SILENCE_TIMEOUT = "silenceTimeout", 13
    MAX_TIMEOUT = "maxTimeout", 14
    BABBLE_TIMEOUT = "babbleTimeout", 15
    END_SILENCE = "endSilence", 16
    REJECTION_THRESHOLD = "rejectionThreshold", 17
    AUTO_INTERRUPTIBLE = "autoInterruptible", 18
    INNER_XML = "innerXml", 19
    INTERDIGIT_TIMEOUT = "interdigitTimeout", 20
    PREFLUSH = "preflush", 21


class CurrentState(Word):
    """The state of a message or resource."""

    STOP = "stop", 0
    PLAY = "play", 1
    RECORD = "record", 2
    SUSPEND_PLAY = "suspendPlay", 3
    SUSPEND_RECORD = "suspendRecord", 4
    REVIEW = "review", 5
    DTMF_DETECTED = "dtmfDetected", 6
    FORMED = "formed", 7
    PLAYING = "playing", 8
    READY = "ready", 9
    SPEECH_DETECTED = "speechDetected", 10
    STARTED = "started", 11


class EncodingAlgorithm(Word):
    """How a message is encoded."""

    ADPCM6_K = "aDPCM6K", 0
    ADPCM8_K = "aDPCM8K", 1
    MU_LAW_PCM6_K = "muLawPCM6K", 2
    A_LAW_PCM6_K = "aLawPCM6K", 3


class AbsolutePosition(Word):
    """One end of a message."""

    START_OF_MESSAGE = "startOfMessage", 0
    END_OF_MESSAGE = "endOfMessage", 1


class Gender(Word):
    """The gender of a voice."""

    MALE = "male", 0
    FEMALE = "female", 1


@structure
class AttributeInfo:
    """The value of one attribute; exactly one field. Volume and gain in per cent."""

    current_gain: int | None = element(Integer(100), tag=7, default=None)
    current_position: int | None = element(Integer(), tag=4, default=None)
    current_speed: int | None = element(Integer(), tag=5, default=None)
    current_state: CurrentState | None = element(Enumerated(CurrentState), tag=8, default=None)
    current_volume: int | None = element(Integer(100), tag=6, default=None)
    duration: int | None = element(Integer(), tag=2, default=None)
    encoding_algorithm: EncodingAlgorithm | None = element(Enumerated(EncodingAlgorithm), tag=0, default=None)
    filename: str | None = element(Text(), tag=3, default=None)
    sampling_rate: int | None = element(Integer(), tag=1, default=None)


@structure
class Period:
    """Where to move in a message: to an end, or by a stretch of time; exactly one of the two."""

    absolute_position: AbsolutePosition | None = element(Enumerated(AbsolutePosition), default=None)
    relative_position: int | None = element(Integer(), default=None)


@structure
class PeriodToReview:
    """How much to play: a stretch of time, or from the start; exactly one of the two."""

    length_of_review: int | None = element(Integer(), default=None)
    start_of_message: bool | None = element(Nothing(), default=None)


@structure
class AttributeToSet:
    """The new value of one attribute; exactly one field."""

    auto_interruptible: bool | None = element(Boolean(), tag=12, default=None)
    babble_timeout: int | None = element(Integer(), tag=9, default=None)
    current_gain: int | None = element(Integer(100), tag=2, default=None)
    current_speed: int | None = element(Integer(), tag=0, default=None)
    current_volume: Volume | None = element(chosen(Volume), tag=1, default=None)
    end_silence: int | None = element(Integer(), tag=10, default=None)
    grammars: str | None = element(Text(), tag=3, wire=Wire.BER, default=None)
    interdigit_timeout: int | None = element(Integer(), tag=14, default=None)
    language: str | None = element(Text(), tag=4, default=None)
    max_timeout: int | None = element(Integer(), tag=8, default=None)
    mode: RecognitionMode | None = element(Enumerated(RecognitionMode), tag=5, default=None)
    preflush: bool | None = element(Boolean(), tag=15, default=None)
    rejection_threshold: int | None = element(Integer(), tag=11, default=None)
    retain_audio: bool | None = element(Boolean(), tag=6, default=None)
    silence_timeout: int | None = element(Integer(), tag=7, default=None)


@structure
class VoiceControl(Part):
    """How a synthesised voice sounds."""

    gender: Gender = element(Enumerated(Gender))
    language: str = element(Text(64, octets=True))


@message(operation=500)
class ConcatenateMessageResponse(Response):
    """Positive answer to ConcatenateMessage: the new message."""

    concatenated_message: str = element(Identifier())


@message(operation=500)
class ConcatenateMessage(Request):
    """Make one message of several (operation 500)."""

    response: ClassVar[type[Response]] = ConcatenateMessageResponse
    messages_to_concatenate: tuple[str, ...] = element(
        Sequence("messageIDItem", Identifier()), need=Need.TO_SEND, default=()
    )


@message(operation=501, no_data=True)
class DeleteMessageResponse(Response):
    """Positive answer to DeleteMessage."""


@message(operation=501)
class DeleteMessage(Request):
    """Delete a message (operation 501)."""

    response: ClassVar[type[Response]] = DeleteMessageResponse
    message_to_be_deleted: str = element(Identifier())


@message(operation=502, no_data=True)
class PlayMessageResponse(Response):
    """Positive answer to PlayMessage."""


@message(operation=502)
class PlayMessage(Request):
    """Play a message over a connection (operation 502), until it ends or one of the conditions holds."""

    response: ClassVar[type[Response]] = PlayMessageResponse
    message_to_be_played: str = element(Identifier())
    over_connection: ConnectionID = element(Connection())
    duration: int | None = element(Integer(), default=None)
    termination: frozenset[TerminatingCondition] | None = element(Flags(TerminatingCondition), default=None)


@message(operation=503)
class QueryVoiceAttributeResponse(Response):
    """Positive answer to QueryVoiceAttribute."""

    attribute: AttributeInfo = element(chosen(AttributeInfo))


@message(operation=503, ber_order=("message_to_query", "attribute_to_query", "resource", "connection"))
class QueryVoiceAttribute(Request):
    """Ask for one attribute of a message or a resource (operation 503)."""

    response: ClassVar[type[Response]] = QueryVoiceAttributeResponse
    message_to_query: str = element(Identifier())
    resource: str | None = element(Text(), tag=0, default=None)
    attribute_to_query: AttributeToQuery = element(Enumerated(AttributeToQuery))
    connection: ConnectionID | None = element(Connection(), default=None)


@message(operation=504, no_data=True)
class RepositionResponse(Response):
    """Positive answer to Reposition."""


@message(operation=504, ber_order=("connection", "period_of_reposition", "message_to_reposition", "resource"))
class Reposition(Request):
    """Move the position in a message (operation 504)."""

    response: ClassVar[type[Response]] = RepositionResponse
    connection: ConnectionID = element(Connection())
    message_to_reposition: str | None = element(Identifier(), default=None)
    resource: str | None = element(Text(), tag=0, default=None)
    period_of_reposition: Period = element(chosen(Period))


@message(operation=505, no_data=True)
class ResumeResponse(Response):
    """Positive answer to Resume."""


@message(operation=505)
class Resume(Request):
    """Go on with a suspended message (operation 505)."""

    response: ClassVar[type[Response]] = ResumeResponse
    connection: ConnectionID = element(Connection())
    message_to_resume: str | None = element(Identifier(), default=None)
    resource: str | None = element(Text(), tag=0, default=None)
    duration: int | None = element(Integer(), default=None)


@message(operation=506, no_data=True)
class ReviewResponse(Response):
    """Positive answer to Review."""


@message(operation=506, ber_order=("connection", "period_to_review", "message_to_review", "resource"))
class Review(Request):
    """Play the last part of a message that is being recorded (operation 506)."""

    response: ClassVar[type[Response]] = ReviewResponse
    connection: ConnectionID = element(Connection())
    message_to_review: str | None = element(Identifier(), default=None)
    resource: str | None = element(Text(), tag=0, default=None)
    period_to_review: PeriodToReview = element(chosen(PeriodToReview))


@message(operation=507, no_data=True)
class SetVoiceAttributeResponse(Response):
    """Positive answer to SetVoiceAttribute."""


@message(operation=507, ber_order=("connection", "attribute_to_set", "message", "resource"))
class SetVoiceAttribute(Request):
    """Set one attribute of a message or a resource (operation 507)."""

    response: ClassVar[type[Response]] = SetVoiceAttributeResponse
    connection: ConnectionID = element(Connection())
    message: str | None = element(Identifier(), default=None)
    resource: str | None = element(Text(), tag=0, default=None)
    attribute_to_set: AttributeToSet = element(chosen(AttributeToSet))


@message(operation=508, no_data=True)
class StopResponse(Response):
    """Positive answer to Stop."""


@message(operation=508)
class Stop(Request):
    """Stop playing or recording (operation 508)."""

    response: ClassVar[type[Response]] = StopResponse
    connection: ConnectionID = element(Connection())
    message_to_be_stopped: str | None = element(Identifier(), default=None)
    resource: str | None = element(Text(), tag=0, default=None)


@message(operation=509, no_data=True)
class SuspendResponse(Response):
    """Positive answer to Suspend."""


@message(operation=509)
class Suspend(Request):
    """Interrupt playing or recording at its position (operation 509)."""

    response: ClassVar[type[Response]] = SuspendResponse
    connection: ConnectionID = element(Connection())
    message: str | None = element(Identifier(), default=None)
    resource: str | None = element(Text(), tag=0, default=None)


@message(operation=510)
class SynthesizeMessageResponse(Response):
    """Positive answer to SynthesizeMessage: the new message."""

    synthesized_message: str = element(Identifier())


@message(operation=510)
class SynthesizeMessage(Request):
    """Make a message out of text (operation 510)."""

    response: ClassVar[type[Response]] = SynthesizeMessageResponse
    text_to_be_synthesized: str = element(Text())
    control: VoiceControl | None = element(structured(VoiceControl), default=None)


@message(operation=511)
class RecordMessageResponse(Response):
    """Positive answer to RecordMessage: the new message."""

    resulting_message: str = element(Identifier())


@message(operation=511)
class RecordMessage(Request):
    """Record a call, or what is said over a connection (operation 511)."""

    response: ClassVar[type[Response]] = RecordMessageResponse
    call_to_be_recorded: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=2, default=None)
    sampling_rate: int | None = element(Integer(), tag=0, default=None)
    encoding_algorithm: EncodingAlgorithm | None = element(Enumerated(EncodingAlgorithm), default=None)
    max_duration: int | None = element(Integer(), tag=1, default=None)
    termination: frozenset[TerminatingCondition] | None = element(Flags(TerminatingCondition), default=None)


@message(operation=512)
class ActivateResponse(Response):
    """Positive answer to Activate."""


@message(operation=512)
class Activate(Request):
    """Activate a rule of a grammar (operation 512)."""

    response: ClassVar[type[Response]] = ActivateResponse
    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    rule_name: str = element(Text(), tag=1)
    grammar_name: str | None = element(Text(), tag=2, default=None)


@message(operation=513)
class ClearResponse(Response):
    """Positive answer to Clear."""


@message(operation=513)
class Clear(Request):
    """Empty the queue of a resource (operation 513)."""

    response: ClassVar[type[Response]] = ClearResponse
    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)


@message(operation=514)
class DeactivateResponse(Response):
    """Positive answer to Deactivate."""


@message(operation=514, extensions_tag=2)
class Deactivate(Request):
    """Deactivate a rule of a grammar (operation 514)."""

    response: ClassVar[type[Response]] = DeactivateResponse
    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    rule_name: str = element(Text())
    grammar_name: str | None = element(Text(), tag=1, default=None)


@message(operation=515)
class QueueServiceResponse(Response):
    """Positive answer to QueueService."""


@message(operation=515)
class QueueService(Request):
    """Queue a prompt at a resource (operation 515)."""

    response: ClassVar[type[Response]] = QueueServiceResponse
    over_connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=0, default=None)
    text: str | None = element(Text(), tag=1, default=None)


@message(operation=516)
class StartResponse(Response):
    """Positive answer to Start."""


@message(operation=516)
class Start(Request):
    """Start a resource: recognition, detection of digits, or the queue of prompts (operation 516)."""

    response: ClassVar[type[Response]] = StartResponse
    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    text: str | None = element(Text(), tag=1, default=None)
