"""Voice events (ECMA-269, voice events)."""

from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.messages.base import Event
from csta.messages.enumerations import RecognitionMode
from csta.messages.parameters import CAUSE
from csta.messages.structures import SERVICES_PERMITTED, ServicesPermitted, Volume
from csta.schema.elements import chosen, element, message
from csta.schema.kinds import Boolean, Connection, Enumerated, Identifier, Integer, Text, Wire


@message(event=(6, 0))
class Play(Event):
    """A message is being played."""

    connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=3, default=None)
    length: int | None = element(Integer(), tag=0, default=None)
    current_position: int | None = element(Integer(), tag=1, default=None)
    speed: int | None = element(Integer(), tag=2, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 1))
class Record(Event):
    """A message is being recorded."""

    connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=2, default=None)
    length: int | None = element(Integer(), tag=0, default=None)
    current_position: int | None = element(Integer(), tag=1, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(root="ReviewEvent", event=(6, 2))
class ReviewEvent(Event):
    """The last part of a message is being played."""

    connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=2, default=None)
    length: int | None = element(Integer(), tag=0, default=None)
    current_position: int | None = element(Integer(), tag=1, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(root="StopEvent", event=(6, 3))
class StopEvent(Event):
    """Playing or recording stopped."""

    connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=2, default=None)
    length: int | None = element(Integer(), tag=0, default=None)
    current_position: int | None = element(Integer(), tag=1, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 4))
class SuspendPlay(Event):
    """Playing was interrupted."""

    connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=2, default=None)
    length: int | None = element(Integer(), tag=0, default=None)
    current_position: int | None = element(Integer(), tag=1, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 5))
class SuspendRecord(Event):
    """Recording was interrupted."""

    connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=2, default=None)
    length: int | None = element(Integer(), tag=0, default=None)
    current_position: int | None = element(Integer(), tag=1, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(
    event=(6, 6),
    ber_order=(
        "connection",
        "resource",
        "message",
        "play_volume",
        "recording_gain",
        "speed",
        "current_position",
        "grammars",
        "language",
        "mode",
        "retain_audio",
        "silence_timeout",
        "max_timeout",
        "babble_timeout",
        "end_silence",
        "rejection_threshold",
        "auto_interruptible",
        "interdigit_timeout",
        "preflush",
        "cause",
        "services_permitted",
    ),
)
class VoiceAttributeChanged(Event):
    """Attributes of a message or a resource changed."""

    connection: ConnectionID = element(Connection())
    message: str = element(Identifier())
    resource: str | None = element(Text(), tag=4, default=None)
    play_volume: Volume | None = element(chosen(Volume), tag=0, default=None)
    recording_gain: int | None = element(Integer(100), tag=1, default=None)
    speed: int | None = element(Integer(), tag=2, default=None)
    current_position: int | None = element(Integer(), tag=3, default=None)
    grammars: str | None = element(Text(), tag=5, wire=Wire.BER, default=None)
    language: str | None = element(Text(), tag=6, default=None)
    mode: RecognitionMode | None = element(Enumerated(RecognitionMode), tag=7, default=None)
    retain_audio: bool | None = element(Boolean(), tag=8, default=None)
    silence_timeout: int | None = element(Integer(), tag=9, default=None)
    max_timeout: int | None = element(Integer(), tag=10, default=None)
    babble_timeout: int | None = element(Integer(), tag=11, default=None)
    end_silence: int | None = element(Integer(), tag=12, default=None)
    rejection_threshold: int | None = element(Integer(), tag=13, default=None)
    auto_interruptible: bool | None = element(Boolean(), tag=14, default=None)
    interdigit_timeout: int | None = element(Integer(), tag=16, default=None)
    preflush: bool | None = element(Boolean(), tag=17, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 7))
class BookmarkReached(Event):
    """A prompt reached a mark in its text."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    bookmark: str = element(Text())
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 8))
class Completed(Event):
    """A prompt was played to its end."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 9))
class DtmfDetected(Event):
    """A digit was detected."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    dtmf_char: str = element(Text())
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 10))
class Emptied(Event):
    """A resource's queue is empty."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 11))
class InterruptionDetected(Event):
    """A prompt was interrupted by the speaker."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 12))
class NotRecognized(Event):
    """What was said matches no active rule."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    result: str = element(Text())
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 13))
class Recognized(Event):
    """Speech was recognised; ``result`` as its recogniser gives it."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    result: str = element(Text())
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 14))
class SilenceTimeoutExpired(Event):
    """Nobody spoke."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 15))
class SpeechDetected(Event):
    """Somebody speaks."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 16))
class Started(Event):
    """A resource started."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)


@message(event=(6, 17))
class VoiceErrorOccurred(Event):
    """A resource failed."""

    over_connection: ConnectionID = element(Connection())
    resource: str | None = element(Text(), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, default=None)
