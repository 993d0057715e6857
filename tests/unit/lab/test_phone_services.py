"""What a phone has beside its line is set, told of, and read back; what it has not is refused."""

from dataclasses import replace
from typing import Any

import pytest

from csta import messages
from csta.codec import ber, xml
from csta.identifiers import DeviceID
from csta.messages import ErrorResponse, Request, Response
from csta.messages.enumerations import RingMode, Step
from csta.messages.structures import MicrophoneGain, Volume
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, HangUp, Invite, Notify, Wish
from tests.stories.plan import PLAN

ANNA = DeviceID("7101")


class Desk:
    """Anna's phone with a switch behind it."""

    def __init__(self) -> None:
        self.switch = Switch(PLAN)
        self.switch.registered("7101")
        self.switch.registered("7201")

    def ask(self, request: Request) -> tuple[Response | ErrorResponse, list[Any]]:
        answer, deed = self.switch.perform(request, 1.0)
        deed()
        events = [wish.event for wish in self.take() if isinstance(wish, Notify)]
        for message in (answer, *(replace(event, monitor_cross_ref_id="01") for event in events)):
            assert xml.encode(message), "what the switch says can be said in XML"
            assert ber.encode(message, 1), "and in BER"
        return answer, events

    def take(self) -> list[Wish]:
        return self.switch.take_wishes()


@pytest.mark.parametrize(
    ("change", "event", "question", "read"),
    [
        (
            messages.SetDisplay(device=ANNA, contents_of_display="Hello"),
            lambda it: it.contents_of_display == "Hello",
            messages.GetDisplay(device=ANNA),
            lambda it: it.display_list[0].contents_of_display == "Hello",
        ),
        (
            messages.SetMessageWaitingIndicator(
                device=ANNA, message_waiting_on=True, device_for_message=DeviceID("7001")
            ),
            lambda it: it.message_waiting_on and str(it.device_for_message) == "7001",
            messages.GetMessageWaitingIndicator(device=ANNA),
            lambda it: it.message_waiting_on and str(it.device_for_message) == "7001",
        ),
        (
            messages.SetLampMode(device=ANNA, lamp="02", lamp_mode=3),
            lambda it: (it.lamp, it.lamp_mode) == ("02", 3),
            messages.GetLampMode(device=ANNA),
            lambda it: [item.lamp_mode for item in it.lamp_mode_list] == [2, 3, 2, 2],
        ),
        (
            messages.SetButtonInformation(
                device=ANNA, button="01", button_label="Boss", button_associated_number=DeviceID("7201")
            ),
            lambda it: (it.button_label, str(it.button_associated_number)) == ("Boss", "7201"),
            messages.GetButtonInformation(device=ANNA),
            lambda it: it.button_list[0].button_label == "Boss",
        ),
        (
            messages.SetMicrophoneMute(device=ANNA, auditory_apparatus="01", microphone_mute_on=True),
            lambda it: it.microphone_mute_on,
            messages.GetMicrophoneMute(device=ANNA),
            lambda it: it.microphone_mute_list[0].microphone_mute_on,
        ),
        (
            messages.SetMicrophoneGain(
                device=ANNA, auditory_apparatus="01", microphone_gain=MicrophoneGain(mic_gain_inc=Step.DECREMENT)
            ),
            lambda it: it.microphone_gain.mic_gain_abs == 40,
            messages.GetMicrophoneGain(device=ANNA),
            lambda it: it.microphone_gain_list[0].mic_gain_abs == 40,
        ),
        (
            messages.SetSpeakerMute(device=ANNA, auditory_apparatus="01", speaker_mute_on=True),
            lambda it: it.speaker_mute_on,
            messages.GetSpeakerMute(device=ANNA),
            lambda it: it.speaker_mute_list[0].speaker_mute_on,
        ),
        (
            messages.SetSpeakerVolume(device=ANNA, auditory_apparatus="01", speaker_volume=Volume(vol_abs=90)),
            lambda it: it.speaker_volume.vol_abs == 90,
            messages.GetSpeakerVolume(device=ANNA),
            lambda it: it.speaker_volume_list[0].speaker_vol_abs == 90,
        ),
        (
            messages.SetRingerStatus(
                device=ANNA, ringer="01", ring_mode=RingMode.RINGING, ring_volume=Volume(vol_inc=Step.INCREMENT)
            ),
            lambda it: (it.ring_mode, it.ring_volume.vol_abs) == (RingMode.RINGING, 60),
            messages.GetRingerStatus(device=ANNA),
            lambda it: it.ringer_status_list[0].ring_vol_abs == 60,
        ),
        (
            messages.SetAutoAnswer(device=ANNA, auto_answer_on=True),
            lambda it: it.auto_answer_on,
            messages.GetAutoAnswer(device=ANNA),
            lambda it: it.auto_answer_on,
        ),
        (
            messages.SetDoNotDisturb(device=ANNA, do_not_disturb_on=True),
            lambda it: it.do_not_disturb_on,
            messages.GetDoNotDisturb(device=ANNA),
            lambda it: it.do_not_disturb_on,
        ),
        (
            messages.SetForwarding(device=ANNA, activate_forward=True, forward_dn=DeviceID("7201")),
            lambda it: it.forward_status and str(it.forward_to) == "7201",
            messages.GetForwarding(device=ANNA),
            lambda it: [item.forward_status for item in it.forwarding_list] == [True, False, False],
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Request) else "",
)
def test_what_is_set_is_told_once_and_read_back(change: Request, event: Any, question: Request, read: Any) -> None:
    desk = Desk()

    answer, events = desk.ask(change)
    assert type(answer) is change.response
    assert len(events) == 1
    assert event(events[0])

    answer, events = desk.ask(question)
    assert type(answer) is question.response
    assert events == []
    assert read(answer)

    repeatable = isinstance(change, messages.SetButtonInformation) or "inc" in repr(change)
    assert repeatable or desk.ask(change)[1] == [], "a repeat is no news"


@pytest.mark.parametrize(
    ("request_", "value"),
    [
        (messages.GetDisplay(device=DeviceID("7000")), "invalidDeviceID"),
        (messages.SetDisplay(device=DeviceID("9999"), contents_of_display=""), "invalidDeviceID"),
        (messages.SetLampMode(device=ANNA, lamp="09", lamp_mode=3), "invalidParameterValue"),
        (messages.GetSpeakerMute(device=ANNA, auditory_apparatus="02"), "invalidParameterValue"),
        (messages.GetHookswitchStatus(device=DeviceID("9000")), "invalidDeviceID"),
        (
            messages.SetHookswitchStatus(device=ANNA, hookswitch="01", hookswitch_on_hook=False),
            "invalidConnectionState",
        ),
        (messages.GetLastNumberDialed(device=ANNA), "invalidParameterValue"),
        (messages.SetForwarding(device=ANNA, activate_forward=True), "invalidDestination"),
        (messages.SetForwarding(device=ANNA, activate_forward=True, forward_dn=ANNA), "invalidDestination"),
    ],
)
def test_what_a_phone_has_not_is_refused(request_: Request, value: str) -> None:
    answer, events = Desk().ask(request_)

    assert isinstance(answer, ErrorResponse)
    assert answer.value == value
    assert events == []


def test_the_hookswitch_follows_the_calls_and_ends_them() -> None:
    desk = Desk()
    question = messages.GetHookswitchStatus(device=ANNA)
    desk.switch.arrived("leg", CallerID("7201"), "7101", 1.0)
    (invite,) = [wish for wish in desk.take() if isinstance(wish, Invite)]
    assert desk.ask(question)[0].hookswitch_status_list[0].hookswitch_on_hook

    desk.switch.answered(invite.leg, 1.0)
    assert not desk.ask(question)[0].hookswitch_status_list[0].hookswitch_on_hook
    desk.ask(messages.SetHookswitchStatus(device=ANNA, hookswitch="01", hookswitch_on_hook=True))
    assert desk.switch.calls() == ()


def test_off_hook_asks_the_ringing_phone_to_answer() -> None:
    desk = Desk()
    desk.switch.arrived("leg", CallerID("7201"), "7101", 1.0)
    first = next(wish for wish in desk.take() if isinstance(wish, Invite))

    _, deed = desk.switch.perform(
        messages.SetHookswitchStatus(device=ANNA, hookswitch="01", hookswitch_on_hook=False), 1.0
    )
    deed()

    wishes = desk.switch.take_wishes()
    assert HangUp(first.leg) in wishes
    assert [wish.prompt for wish in wishes if isinstance(wish, Invite)] == [True]


def test_the_last_number_dialled_is_told() -> None:
    desk = Desk()
    desk.switch.arrived("leg", CallerID("7101"), "7201", 1.0)
    desk.take()

    assert str(desk.ask(messages.GetLastNumberDialed(device=ANNA))[0].number_dialed) == "7201"
