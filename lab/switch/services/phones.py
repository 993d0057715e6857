"""Physical-device services: what a phone has beside its line, asked for and set (ECMA-269 21.1)."""

from collections.abc import Callable
from typing import Any

from csta import messages
from csta.causes import EventCause
from csta.identifiers import DeviceID
from csta.messages import Request, Response
from csta.messages.devices import panel, physical
from lab.switch.apparatus import BUTTONS, COLUMNS, HANDSET, ROWS, Apparatus
from lab.switch.board import Board
from lab.switch.call import Call, Party
from lab.switch.services.answers import (
    NO_SUCH_DEVICE,
    WRONG_PARAMETER,
    WRONG_STATE,
    Outcome,
    Table,
    nothing,
    refused,
)

Teller = Callable[[Apparatus], Response]
Setter = Callable[[Any], None]


class PhoneServices:
    """Tells and changes the state of phones."""

    def __init__(self, board: Board) -> None:
        self._exchange = board.exchange
        self._delivery = board.delivery
        self._phones = board.phones

    def table(self) -> Table:
        """Who performs which request."""
        asked: dict[type[Request], Teller] = {
            messages.GetDisplay: _display,
            messages.GetMessageWaitingIndicator: _waiting,
            messages.GetLampMode: _lamp_modes,
            messages.GetLampInformation: _lamps,
            messages.GetButtonInformation: _buttons,
            messages.GetMicrophoneMute: _microphone_mute,
            messages.GetMicrophoneGain: _gain,
            messages.GetSpeakerMute: _speaker_mute,
            messages.GetSpeakerVolume: _volume,
            messages.GetRingerStatus: _ringer,
        }
        told: Table = {kind: self._tells(teller) for kind, teller in asked.items()}
        phones = self._phones
        sets: dict[type[Request], Setter] = {
            messages.SetDisplay: lambda it: phones.show(it.device.number, it.contents_of_display),
            messages.SetMessageWaitingIndicator: lambda it: phones.wait(
                it.device.number,
                it.message_waiting_on,
                None if it.device_for_message is None else it.device_for_message.number,
            ),
            messages.SetLampMode: lambda it: phones.light(it.device.number, it.lamp, it.lamp_mode),
            messages.SetButtonInformation: lambda it: phones.label(
                it.device.number,
                it.button,
                it.button_label,
                None if it.button_associated_number is None else it.button_associated_number.number,
            ),
            messages.ButtonPress: lambda it: phones.press(it.device.number, it.button),
            messages.SetMicrophoneMute: lambda it: phones.mute_microphone(it.device.number, it.microphone_mute_on),
            messages.SetMicrophoneGain: lambda it: phones.amplify(it.device.number, it.microphone_gain),
            messages.SetSpeakerMute: lambda it: phones.mute_speaker(it.device.number, it.speaker_mute_on),
            messages.SetSpeakerVolume: lambda it: phones.turn_up(it.device.number, it.speaker_volume),
            messages.SetRingerStatus: lambda it: phones.set_ringer(it.device.number, it.ring_mode, it.ring_volume),
        }
        done: Table = {kind: self._sets(setter) for kind, setter in sets.items()}
        hookswitch: Table = {
            messages.GetHookswitchStatus: self._hookswitch,
            messages.SetHookswitchStatus: self._set_hookswitch,
        }
        return {**told, **done, **hookswitch}

    def _tells(self, teller: Teller) -> Callable[[Any], Outcome]:
        def tell(request: Any) -> Outcome:  # noqa: ANN401 - any of the requests that name a device and a part of it
            phone = self._phones.at(request.device.number)
            if phone is None:
                return refused(NO_SUCH_DEVICE)
            return (teller(phone), nothing) if _has(request) else refused(WRONG_PARAMETER)

        return tell

    def _sets(self, setter: Setter) -> Callable[[Any], Outcome]:
        def change(request: Any) -> Outcome:  # noqa: ANN401 - any of the requests that name a device and a part of it
            if self._phones.at(request.device.number) is None:
                return refused(NO_SUCH_DEVICE)
            if not _has(request):
                return refused(WRONG_PARAMETER)
            return request.response(), lambda: setter(request)

        return change

    def _hookswitch(self, request: messages.GetHookswitchStatus) -> Outcome:
        if self._phones.at(request.device.number) is None:
            return refused(NO_SUCH_DEVICE)
        on_hook = self._phones.on_hook(request.device.number)
        item = physical.HookswitchStatusItem(hookswitch=HANDSET, hookswitch_on_hook=on_hook)
        return messages.GetHookswitchStatusResponse(hookswitch_status_list=(item,)), nothing

    def _set_hookswitch(self, request: messages.SetHookswitchStatus) -> Outcome:
        """On-hook: the phone leaves all its calls. Off-hook: it is asked to answer what rings."""
        device = request.device.number
        if self._phones.at(device) is None:
            return refused(NO_SUCH_DEVICE)
        places = self._exchange.parties_at(device)
        ringing = [place for place in places if place[1] is place[0].target and place[1].leg is not None]
        if request.hookswitch_on_hook:
            return messages.SetHookswitchStatusResponse(), lambda: self._leave(places)
        if not ringing:
            return refused(WRONG_STATE)
        return messages.SetHookswitchStatusResponse(), lambda: self._take(*ringing[0])

    def _leave(self, places: list[tuple[Call, Party]]) -> None:
        for call, party in places:
            if call.call_id in self._exchange.calls and party in call.parties:
                self._delivery.clear(call, party, EventCause.NORMAL_CLEARING)

    def _take(self, call: Call, party: Party) -> None:
        ringing, party.leg = party.leg, None
        if ringing is not None:
            self._exchange.end_leg(ringing)
        self._delivery.invite(call, party, call.redirected_by, prompt=True)


def _has(request: Request) -> bool:
    """Whether the phone has the part that the request names, where it names one."""
    parts = {
        "auditory_apparatus": (HANDSET,),
        "ringer": (HANDSET,),
        "display": (HANDSET,),
        "button": BUTTONS,
        "lamp": BUTTONS,
    }
    named = {name: getattr(request, name, None) for name in parts}
    return all(value is None or value in parts[name] for name, value in named.items())


def _display(phone: Apparatus) -> Response:
    item = panel.DisplayListItem(
        display_id=HANDSET, logical_rows=ROWS, logical_columns=COLUMNS, contents_of_display=phone.text
    )
    return messages.GetDisplayResponse(display_list=(item,))


def _waiting(phone: Apparatus) -> Response:
    return messages.GetMessageWaitingIndicatorResponse(
        message_waiting_on=phone.waiting,
        device_for_message=None if phone.messages_for is None else DeviceID(phone.messages_for),
    )


def _lamp_modes(phone: Apparatus) -> Response:
    items = tuple(
        panel.LampModeItem(lamp=name, lamp_mode=each.lamp, button=name) for name, each in phone.buttons.items()
    )
    return messages.GetLampModeResponse(lamp_mode_list=items)


def _lamps(phone: Apparatus) -> Response:
    return messages.GetLampInformationResponse(
        lamp_list=tuple(panel.LampItem(lamp=name, button=name) for name in phone.buttons)
    )


def _buttons(phone: Apparatus) -> Response:
    items = tuple(
        panel.ButtonItem(
            button=name,
            button_label=each.label,
            button_label_settable=True,
            button_associated_number=None if each.number is None else DeviceID(each.number),
            button_associated_number_settable=True,
            lamp_list=(name,),
        )
        for name, each in phone.buttons.items()
    )
    return messages.GetButtonInformationResponse(button_list=items)


def _microphone_mute(phone: Apparatus) -> Response:
    item = physical.MicrophoneMuteItem(auditory_apparatus=HANDSET, microphone_mute_on=phone.microphone_muted)
    return messages.GetMicrophoneMuteResponse(microphone_mute_list=(item,))


def _gain(phone: Apparatus) -> Response:
    item = physical.MicrophoneGainItem(auditory_apparatus=HANDSET, mic_gain_abs=phone.gain)
    return messages.GetMicrophoneGainResponse(microphone_gain_list=(item,))


def _speaker_mute(phone: Apparatus) -> Response:
    item = physical.SpeakerMuteItem(auditory_apparatus=HANDSET, speaker_mute_on=phone.speaker_muted)
    return messages.GetSpeakerMuteResponse(speaker_mute_list=(item,))


def _volume(phone: Apparatus) -> Response:
    item = physical.SpeakerVolumeItem(auditory_apparatus=HANDSET, speaker_vol_abs=phone.volume)
    return messages.GetSpeakerVolumeResponse(speaker_volume_list=(item,))


def _ringer(phone: Apparatus) -> Response:
    item = physical.RingerStatusItem(ringer=HANDSET, ring_mode=phone.ring_mode, ring_vol_abs=phone.ring_volume)
    return messages.GetRingerStatusResponse(ringer_status_list=(item,))
