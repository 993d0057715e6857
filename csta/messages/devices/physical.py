"""Physical-device services: microphones, speakers, ringers, hookswitches (ECMA-269 chapter 21.1)."""

from typing import ClassVar

from csta.identifiers import DeviceID
from csta.messages.base import Part, Request, Response
from csta.messages.enumerations import RingMode
from csta.messages.structures import MicrophoneGain, Volume
from csta.schema.elements import chosen, element, message, structure, structured
from csta.schema.kinds import Boolean, Device, Enumerated, Flags, Identifier, Integer, Need, Sequence
from csta.words import Word


class HookswitchAbility(Word):
    """Whether a hookswitch can be set, and whether it is on-hook."""

    HOOKSWITCH_SETTABLE = "hookswitchSettable", 0
    HOOKSWITCH_ON_HOOK = "hookswitchOnHook", 1


class AuditoryApparatusType(Word):
    """What an auditory apparatus is."""

    SPEAKERPHONE = "speakerphone", 0
    HANDSET = "handset", 1
    HEADSET = "headset", 2
    SPEAKER_ONLY_PHONE = "speakerOnlyPhone", 3
    OTHER = "other", 4


class MicrophoneAbility(Word):
    """What can be set and read of a microphone."""

    PRESENT = "present", 0
    GAIN_SETTABLE = "gainSettable", 1
    GAIN_READABLE = "gainReadable", 2
    MUTE_SETTABLE = "muteSettable", 3
    MUTE_READABLE = "muteReadable", 4


class SpeakerAbility(Word):
    """What can be set and read of a speaker."""

    PRESENT = "present", 0
    VOLUME_SETTABLE = "volumeSettable", 1
    VOLUME_READABLE = "volumeReadable", 2
    MUTE_SETTABLE = "muteSettable", 3
    MUTE_READABLE = "muteReadable", 4


@structure
class AuditoryApparatusItem(Part):
    """One handset, headset or speakerphone, and what can be set and read of it."""

    auditory_apparatus: str = element(Identifier())
    auditory_apparatus_type: AuditoryApparatusType = element(Enumerated(AuditoryApparatusType))
    speaker: frozenset[SpeakerAbility] = element(Flags(SpeakerAbility), need=Need.TO_SEND, default=frozenset())
    microphone: frozenset[MicrophoneAbility] = element(Flags(MicrophoneAbility), need=Need.TO_SEND, default=frozenset())
    hookswitch: frozenset[HookswitchAbility] = element(Flags(HookswitchAbility), need=Need.TO_SEND, default=frozenset())
    hookswitch_id: str = element(Identifier())


@structure
class HookswitchStatusItem(Part):
    """One hookswitch."""

    hookswitch: str = element(Identifier())
    hookswitch_on_hook: bool = element(Boolean())


@structure
class MicrophoneGainItem(Part):
    """One microphone's gain, in per cent."""

    auditory_apparatus: str = element(Identifier())
    mic_gain_abs: int | None = element(Integer(100), default=None)


@structure
class MicrophoneMuteItem(Part):
    """Whether one microphone is muted."""

    auditory_apparatus: str = element(Identifier())
    microphone_mute_on: bool = element(Boolean())


@structure
class RingerStatusItem(Part):
    """How one ringer rings; the volume in per cent."""

    ringer: str = element(Identifier())
    ring_mode: RingMode = element(Enumerated(RingMode))
    ring_count: int | None = element(Integer(1000), tag=0, default=None)
    ring_duration: int | None = element(Integer(), tag=3, default=None)
    ring_pattern: int | None = element(Integer(), tag=1, default=None)
    ring_vol_abs: int | None = element(Integer(100), tag=2, default=None)


@structure
class SpeakerMuteItem(Part):
    """Whether one speaker is muted."""

    auditory_apparatus: str = element(Identifier())
    speaker_mute_on: bool = element(Boolean())


@structure
class SpeakerVolumeItem(Part):
    """One speaker's volume, in per cent."""

    auditory_apparatus: str = element(Identifier())
    speaker_vol_abs: int | None = element(Integer(100), default=None)


@message(operation=261)
class GetAuditoryApparatusInformationResponse(Response):
    """Positive answer to GetAuditoryApparatusInformation."""

    auditory_apparatus_list: tuple[AuditoryApparatusItem, ...] = element(
        Sequence("auditoryApparatusItem", structured(AuditoryApparatusItem)), need=Need.TO_SEND, default=()
    )


@message(operation=261)
class GetAuditoryApparatusInformation(Request):
    """Ask for a device's speakers, microphones and hookswitches (ECMA-269 21.1.2, operation 261)."""

    response: ClassVar[type[Response]] = GetAuditoryApparatusInformationResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str | None = element(Identifier(), name="auditorityApparatus", default=None)


@message(operation=264)
class GetHookswitchStatusResponse(Response):
    """Positive answer to GetHookswitchStatus."""

    hookswitch_status_list: tuple[HookswitchStatusItem, ...] = element(
        Sequence("hookswitchStatusItem", structured(HookswitchStatusItem)), need=Need.TO_SEND, default=()
    )


@message(operation=264)
class GetHookswitchStatus(Request):
    """Ask whether a device is on-hook (ECMA-269 21.1.5, operation 264)."""

    response: ClassVar[type[Response]] = GetHookswitchStatusResponse
    device: DeviceID = element(Device())
    hookswitch: str | None = element(Identifier(), default=None)


@message(operation=268)
class GetMicrophoneGainResponse(Response):
    """Positive answer to GetMicrophoneGain."""

    microphone_gain_list: tuple[MicrophoneGainItem, ...] = element(
        Sequence("microphoneGainItem", structured(MicrophoneGainItem)), need=Need.TO_SEND, default=()
    )


@message(operation=268)
class GetMicrophoneGain(Request):
    """Ask for the gain of a device's microphones (ECMA-269 21.1.9, operation 268)."""

    response: ClassVar[type[Response]] = GetMicrophoneGainResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str | None = element(Identifier(), default=None)


@message(operation=269)
class GetMicrophoneMuteResponse(Response):
    """Positive answer to GetMicrophoneMute."""

    microphone_mute_list: tuple[MicrophoneMuteItem, ...] = element(
        Sequence("microphoneMuteItem", structured(MicrophoneMuteItem)), need=Need.TO_SEND, default=()
    )


@message(operation=269)
class GetMicrophoneMute(Request):
    """Ask whether a device's microphones are muted (ECMA-269 21.1.10, operation 269)."""

    response: ClassVar[type[Response]] = GetMicrophoneMuteResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str | None = element(Identifier(), default=None)


@message(operation=270)
class GetRingerStatusResponse(Response):
    """Positive answer to GetRingerStatus."""

    ringer_status_list: tuple[RingerStatusItem, ...] = element(
        Sequence("ringerStatusItem", structured(RingerStatusItem)), need=Need.TO_SEND, default=()
    )


@message(operation=270)
class GetRingerStatus(Request):
    """Ask how a device's ringers ring (ECMA-269 21.1.11, operation 270)."""

    response: ClassVar[type[Response]] = GetRingerStatusResponse
    device: DeviceID = element(Device())
    ringer: str | None = element(Identifier(), default=None)


@message(operation=271)
class GetSpeakerMuteResponse(Response):
    """Positive answer to GetSpeakerMute."""

    speaker_mute_list: tuple[SpeakerMuteItem, ...] = element(
        Sequence("speakerMuteItem", structured(SpeakerMuteItem)), need=Need.TO_SEND, default=()
    )


@message(operation=271)
class GetSpeakerMute(Request):
    """Ask whether a device's speakers are muted (ECMA-269 21.1.12, operation 271)."""

    response: ClassVar[type[Response]] = GetSpeakerMuteResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str | None = element(Identifier(), default=None)


@message(operation=272)
class GetSpeakerVolumeResponse(Response):
    """Positive answer to GetSpeakerVolume."""

    speaker_volume_list: tuple[SpeakerVolumeItem, ...] = element(
        Sequence("speakerVolumeItem", structured(SpeakerVolumeItem)), need=Need.TO_SEND, default=()
    )


@message(operation=272)
class GetSpeakerVolume(Request):
    """Ask for the volume of a device's speakers (ECMA-269 21.1.13, operation 272)."""

    response: ClassVar[type[Response]] = GetSpeakerVolumeResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str | None = element(Identifier(), default=None)


@message(operation=275, no_data=True)
class SetHookswitchStatusResponse(Response):
    """Positive answer to SetHookswitchStatus."""


@message(operation=275)
class SetHookswitchStatus(Request):
    """Take a device off-hook, or put it on-hook (ECMA-269 21.1.16, operation 275)."""

    response: ClassVar[type[Response]] = SetHookswitchStatusResponse
    device: DeviceID = element(Device())
    hookswitch: str = element(Identifier())
    hookswitch_on_hook: bool = element(Boolean(), name="hookswitchOnhook")


@message(operation=278, no_data=True)
class SetMicrophoneGainResponse(Response):
    """Positive answer to SetMicrophoneGain."""


@message(operation=278)
class SetMicrophoneGain(Request):
    """Set or step a microphone's gain (ECMA-269 21.1.19, operation 278)."""

    response: ClassVar[type[Response]] = SetMicrophoneGainResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str = element(Identifier())
    microphone_gain: MicrophoneGain = element(chosen(MicrophoneGain))


@message(operation=279, no_data=True)
class SetMicrophoneMuteResponse(Response):
    """Positive answer to SetMicrophoneMute."""


@message(operation=279)
class SetMicrophoneMute(Request):
    """Mute a microphone, or open it (ECMA-269 21.1.20, operation 279)."""

    response: ClassVar[type[Response]] = SetMicrophoneMuteResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str = element(Identifier())
    microphone_mute_on: bool = element(Boolean())


@message(operation=280, no_data=True)
class SetRingerStatusResponse(Response):
    """Positive answer to SetRingerStatus."""


@message(operation=280)
class SetRingerStatus(Request):
    """Set how a ringer rings (ECMA-269 21.1.21, operation 280)."""

    response: ClassVar[type[Response]] = SetRingerStatusResponse
    device: DeviceID = element(Device())
    ringer: str = element(Identifier())
    ring_mode: RingMode | None = element(Enumerated(RingMode), default=None)
    ring_pattern: int | None = element(Integer(), tag=1, default=None)
    ring_volume: Volume | None = element(chosen(Volume), tag=2, default=None)


@message(operation=281, no_data=True)
class SetSpeakerMuteResponse(Response):
    """Positive answer to SetSpeakerMute."""


@message(operation=281)
class SetSpeakerMute(Request):
    """Mute a speaker, or open it (ECMA-269 21.1.22, operation 281)."""

    response: ClassVar[type[Response]] = SetSpeakerMuteResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str = element(Identifier())
    speaker_mute_on: bool = element(Boolean())


@message(operation=282, no_data=True)
class SetSpeakerVolumeResponse(Response):
    """Positive answer to SetSpeakerVolume."""


@message(operation=282)
class SetSpeakerVolume(Request):
    """Set or step a speaker's volume (ECMA-269 21.1.23, operation 282)."""

    response: ClassVar[type[Response]] = SetSpeakerVolumeResponse
    device: DeviceID = element(Device())
    auditory_apparatus: str = element(Identifier())
    speaker_volume: Volume = element(chosen(Volume))
