"""Physical-device events (ECMA-269 chapter 21.2)."""

from csta.identifiers import DeviceID, Party, Presentation
from csta.messages.base import Event
from csta.messages.enumerations import CharacterSet, LampBrightness, RingMode
from csta.messages.structures import MicrophoneGain, Volume
from csta.schema.elements import chosen, element, message
from csta.schema.kinds import SUBJECT, Boolean, Device, Enumerated, Identifier, Integer, Need, Text


@message(event=(3, 0))
class ButtonInformation(Event):
    """A button's label, number or state changed (ECMA-269 chapter 21.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    button: str = element(Identifier())
    button_label: str | None = element(Text(64), default=None)
    button_associated_number: DeviceID | None = element(Device(), default=None)
    button_press_indicator: bool | None = element(Boolean(), default=None)


@message(root="ButtonPressEvent", event=(3, 1))
class ButtonPressEvent(Event):
    """A button was pressed (ECMA-269 chapter 21.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    button: str = element(Identifier())
    button_label: str | None = element(Text(64), default=None)
    button_associated_number: DeviceID | None = element(Device(), default=None)


@message(event=(3, 2))
class DisplayUpdated(Event):
    """A display shows something else (ECMA-269 chapter 21.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    display_id: str | None = element(Identifier(), default=None)
    logical_rows: int | None = element(Integer(), need=Need.TO_SEND, default=None)
    logical_columns: int | None = element(Integer(), need=Need.TO_SEND, default=None)
    physical_rows: int | None = element(Integer(), tag=0, default=None)
    physical_columns: int | None = element(Integer(), tag=1, default=None)
    physical_base_row_number: int | None = element(Integer(), tag=2, default=None)
    physical_base_column_number: int | None = element(Integer(), tag=3, default=None)
    character_set: CharacterSet | None = element(Enumerated(CharacterSet), default=None)
    contents_of_display: str = element(Text())


@message(event=(3, 3))
class Hookswitch(Event):
    """A device went off-hook or on-hook (ECMA-269 chapter 21.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    hookswitch: str = element(Identifier())
    hookswitch_on_hook: bool = element(Boolean())


@message(event=(3, 4))
class LampMode(Event):
    """A lamp is lit otherwise (ECMA-269 chapter 21.2).

    ``lamp_mode`` is 0 broken flutter, 1 flutter, 2 off, 3 steady, 4 wink, 5 unknown, or the switch's own.
    """

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    lamp: str = element(Identifier())
    lamp_label: str | None = element(Text(64, octets=True), default=None)
    lamp_mode: int | None = element(Integer(100), need=Need.TO_SEND, default=None)
    lamp_brightness: LampBrightness | None = element(Enumerated(LampBrightness), default=None)
    lamp_color: int | None = element(Integer(100), default=None)


@message(event=(3, 5))
class MessageWaiting(Event):
    """Messages wait for a device, or no longer (ECMA-269 chapter 21.2)."""

    target_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    device_for_message: DeviceID | None = element(Device(), default=None)
    message_waiting_on: bool = element(Boolean())


@message(root="MicrophoneGainEvent", event=(3, 6))
class MicrophoneGainEvent(Event):
    """A microphone's gain changed (ECMA-269 chapter 21.2)."""

    invoking_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    auditory_apparatus: str = element(Identifier())
    microphone_gain: MicrophoneGain = element(chosen(MicrophoneGain))


@message(event=(3, 7))
class MicrophoneMute(Event):
    """A microphone was muted or opened (ECMA-269 chapter 21.2)."""

    invoking_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    auditory_apparatus: str = element(Identifier())
    microphone_mute_on: bool = element(Boolean())


@message(event=(3, 8))
class RingerStatus(Event):
    """A ringer began or ceased to ring, or rings otherwise (ECMA-269 chapter 21.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    ringer: str = element(Identifier())
    ring_mode: RingMode | None = element(Enumerated(RingMode), default=None)
    ring_count: int | None = element(Integer(1000), tag=0, default=None)
    ring_duration: int | None = element(Integer(), tag=3, default=None)
    ring_pattern: int | None = element(Integer(), tag=1, default=None)
    ring_volume: Volume | None = element(chosen(Volume), tag=2, default=None)


@message(event=(3, 9))
class SpeakerMute(Event):
    """A speaker was muted or opened (ECMA-269 chapter 21.2)."""

    invoking_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    auditory_apparatus: str = element(Identifier())
    speaker_mute_on: bool = element(Boolean())


@message(event=(3, 10))
class SpeakerVolume(Event):
    """A speaker's volume changed (ECMA-269 chapter 21.2)."""

    invoking_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    auditory_apparatus: str = element(Identifier())
    speaker_volume: Volume = element(chosen(Volume))
