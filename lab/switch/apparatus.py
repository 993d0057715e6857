"""What a phone has beside its line: display, lamps, buttons, microphone, speaker, ringer (ECMA-269 21).

Plain states: an application sets them and is told of the change; the SIP phones themselves know nothing of them.
"""

from dataclasses import dataclass, field

from csta import messages
from csta.identifiers import DeviceID
from csta.messages import Event
from csta.messages.enumerations import RingMode, Step
from csta.messages.structures import MicrophoneGain, Volume
from lab.switch.exchange import Exchange

HANDSET = "01"
"""The one auditory apparatus, ringer, hookswitch and display of each phone."""
BUTTONS = ("01", "02", "03", "04")
"""Each phone's buttons; each has a lamp of the same name."""
OFF = 2
"""The lamp mode of a lamp that is out."""
ROWS, COLUMNS = 2, 24
STEP = 10
"""Per cent that a volume or gain changes by in one step."""


@dataclass(slots=True)
class Button:
    """A button with its label, its number and its lamp."""

    label: str | None = None
    number: str | None = None
    lamp: int = OFF


@dataclass(slots=True)
class Apparatus:
    """The state of one phone; volumes and gain in per cent."""

    buttons: dict[str, Button] = field(default_factory=lambda: {each: Button() for each in BUTTONS})
    text: str = ""
    messages_for: str | None = None
    waiting: bool = False
    microphone_muted: bool = False
    gain: int = 50
    speaker_muted: bool = False
    volume: int = 50
    ring_mode: RingMode = RingMode.NOT_RINGING
    ring_volume: int = 50


class Phones:
    """The phones of one exchange beside their lines. A repeat changes nothing and is not reported."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._phones = {number: Apparatus() for number in exchange.plan.extensions}

    def at(self, device: str) -> Apparatus | None:
        """The phone of an extension."""
        return self._phones.get(device)

    def on_hook(self, device: str) -> bool:
        """Whether nothing is heard or said at the phone: no connection of it is more than ringing."""
        return not any(party.answered or party.trunk for _, party in self._exchange.parties_at(device))

    def show(self, device: str, text: str) -> None:
        """Show ``text`` on the display."""
        phone = self._phones[device]
        if phone.text != text:
            phone.text = text
            self._tell(
                device,
                messages.DisplayUpdated(
                    monitor_cross_ref_id="",
                    device=DeviceID(device),
                    display_id=HANDSET,
                    logical_rows=ROWS,
                    logical_columns=COLUMNS,
                    contents_of_display=text,
                ),
            )

    def wait(self, device: str, waiting: bool, messages_for: str | None) -> None:
        """Show that messages wait, or no longer."""
        phone = self._phones[device]
        if (phone.waiting, phone.messages_for) != (waiting, messages_for):
            phone.waiting, phone.messages_for = waiting, messages_for
            self._tell(
                device,
                messages.MessageWaiting(
                    monitor_cross_ref_id="",
                    target_device=DeviceID(device),
                    device_for_message=None if messages_for is None else DeviceID(messages_for),
                    message_waiting_on=waiting,
                ),
            )

    def light(self, device: str, lamp: str, mode: int) -> None:
        """Light a lamp otherwise."""
        button = self._phones[device].buttons[lamp]
        if button.lamp != mode:
            button.lamp = mode
            self._tell(
                device,
                messages.LampMode(monitor_cross_ref_id="", device=DeviceID(device), lamp=lamp, lamp_mode=mode),
            )

    def label(self, device: str, name: str, label: str | None, number: str | None) -> None:
        """Give a button a label or a number; what is ``None`` stays."""
        button = self._phones[device].buttons[name]
        button.label = button.label if label is None else label
        button.number = button.number if number is None else number
        event = messages.ButtonInformation(
            monitor_cross_ref_id="",
            device=DeviceID(device),
            button=name,
            button_label=button.label,
            button_associated_number=None if button.number is None else DeviceID(button.number),
        )
        self._tell(device, event)

    def press(self, device: str, name: str) -> None:
        """Press a button."""
        button = self._phones[device].buttons[name]
        event = messages.ButtonPressEvent(
            monitor_cross_ref_id="",
            device=DeviceID(device),
            button=name,
            button_label=button.label,
            button_associated_number=None if button.number is None else DeviceID(button.number),
        )
        self._tell(device, event)

    def mute_microphone(self, device: str, muted: bool) -> None:
        """Mute the microphone or open it."""
        phone = self._phones[device]
        if phone.microphone_muted is not muted:
            phone.microphone_muted = muted
            self._tell(
                device,
                messages.MicrophoneMute(
                    monitor_cross_ref_id="",
                    invoking_device=DeviceID(device),
                    auditory_apparatus=HANDSET,
                    microphone_mute_on=muted,
                ),
            )

    def mute_speaker(self, device: str, muted: bool) -> None:
        """Mute the speaker or open it."""
        phone = self._phones[device]
        if phone.speaker_muted is not muted:
            phone.speaker_muted = muted
            self._tell(
                device,
                messages.SpeakerMute(
                    monitor_cross_ref_id="",
                    invoking_device=DeviceID(device),
                    auditory_apparatus=HANDSET,
                    speaker_mute_on=muted,
                ),
            )

    def amplify(self, device: str, wanted: MicrophoneGain) -> None:
        """Set the microphone's gain, or change it by a step."""
        phone = self._phones[device]
        gain = stepped(phone.gain, wanted.mic_gain_abs, wanted.mic_gain_inc)
        if gain != phone.gain:
            phone.gain = gain
            self._tell(
                device,
                messages.MicrophoneGainEvent(
                    monitor_cross_ref_id="",
                    invoking_device=DeviceID(device),
                    auditory_apparatus=HANDSET,
                    microphone_gain=MicrophoneGain(mic_gain_abs=gain),
                ),
            )

    def turn_up(self, device: str, wanted: Volume) -> None:
        """Set the speaker's volume, or change it by a step."""
        phone = self._phones[device]
        volume = stepped(phone.volume, wanted.vol_abs, wanted.vol_inc)
        if volume != phone.volume:
            phone.volume = volume
            self._tell(
                device,
                messages.SpeakerVolume(
                    monitor_cross_ref_id="",
                    invoking_device=DeviceID(device),
                    auditory_apparatus=HANDSET,
                    speaker_volume=Volume(vol_abs=volume),
                ),
            )

    def set_ringer(self, device: str, mode: RingMode | None, wanted: Volume | None) -> None:
        """Set whether the ringer rings, and how loud; what is ``None`` stays."""
        phone = self._phones[device]
        before = (phone.ring_mode, phone.ring_volume)
        phone.ring_mode = mode or phone.ring_mode
        if wanted is not None:
            phone.ring_volume = stepped(phone.ring_volume, wanted.vol_abs, wanted.vol_inc)
        if (phone.ring_mode, phone.ring_volume) != before:
            self._tell(
                device,
                messages.RingerStatus(
                    monitor_cross_ref_id="",
                    device=DeviceID(device),
                    ringer=HANDSET,
                    ring_mode=phone.ring_mode,
                    ring_volume=Volume(vol_abs=phone.ring_volume),
                ),
            )

    def _tell(self, device: str, event: Event) -> None:
        self._exchange.announce([device], lambda _device: event)


def stepped(now: int, to: int | None, step: Step | None) -> int:
    """A value in per cent, set or changed by a step."""
    if to is not None:
        return to
    changed = now + (STEP if step is Step.INCREMENT else -STEP)
    return max(0, min(100, changed))
