"""What a controlled phone does for its application: the services of TR/87's profiles that this phone has."""

from collections.abc import Callable
from typing import Any, Final

from csta import messages as m
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ErrorResponse, Request, Response
from csta.messages.capabilities.call_events import CallControlEvtsList
from csta.messages.capabilities.call_services import CallAssociatedServList, CallControlServList
from csta.messages.capabilities.device_events import PhysDevEvtsList
from csta.messages.capabilities.device_services import PhysDevServList
from csta.messages.capabilities.lists import SupportedEvents, SupportedServices
from csta.messages.capabilities.switch import CapExchangeServList, MonitoringServList, SystemStatusServList
from csta.messages.devices.physical import MicrophoneMuteItem, SpeakerVolumeItem
from csta.messages.enumerations import Step
from csta.messages.structures import Volume
from lab.phone import Phone, PhoneError, Talk
from lab.switch.services.answers import (
    NO_SUCH_CALLER,
    NO_SUCH_CONNECTION,
    NO_SUCH_DEVICE,
    NOT_SUPPORTED,
    WRONG_PARAMETER,
    WRONG_STATE,
    nothing,
)
from media_service.engine.errors import EngineError
from sip.dtmf import DIGITS

Answer = Response | ErrorResponse
Deed = Callable[[], None]
Reply = tuple[Answer, Deed]
Tell = Callable[[m.Event], None]

HANDSET: Final = "1"
"""The phone's only auditory apparatus."""
VOLUME_STEP: Final = 10
MAX_DIGITS: Final = 64

CALL_EXISTS: Final = ErrorResponse(category="stateIncompatibility", value="connectedCallExists")

FEATURES: Final = m.GetCSTAFeaturesResponse(
    supported_services=SupportedServices(
        cap_exchange_serv_list=CapExchangeServList(get_csta_features=frozenset()),
        system_stat_serv_list=SystemStatusServList(request_system_status=frozenset()),
        monitoring_serv_list=MonitoringServList(monitor_start=frozenset(), monitor_stop=frozenset()),
        call_control_serv_list=CallControlServList(
            alternate_call=frozenset(),
            answer_call=frozenset(),
            clear_connection=frozenset(),
            consultation_call=frozenset(),
            hold_call=frozenset(),
            make_call=frozenset(),
            reconnect_call=frozenset(),
            retrieve_call=frozenset(),
        ),
        call_associated_serv_list=CallAssociatedServList(generate_digits=frozenset()),
        phys_dev_serv_list=PhysDevServList(
            get_microphone_mute=frozenset(),
            get_speaker_volume=frozenset(),
            set_microphone_mute=frozenset(),
            set_speaker_volume=frozenset(),
        ),
    ),
    supported_events=SupportedEvents(
        call_control_evts_list=CallControlEvtsList(
            connection_cleared=frozenset(),
            delivered=frozenset(),
            established=frozenset(),
            failed=frozenset(),
            held=frozenset(),
            originated=frozenset(),
            retrieved=frozenset(),
        ),
        phys_dev_evts_list=PhysDevEvtsList(microphone_mute=frozenset(), speaker_volume=frozenset()),
    ),
)
"""What GetCSTAFeatures tells: a phone of TR/87's minimal and basic profiles with a speaker and a microphone."""


class PhoneServices:
    """Performs the requests of applications on one phone; ``tell`` reports what they change of the apparatus."""

    def __init__(self, phone: Phone, tell: Tell) -> None:
        self._phone = phone
        self._tell = tell
        self.volume = 50
        self._table: dict[type[Request], Callable[[Any], Reply]] = {
            m.GetCSTAFeatures: lambda _request: (FEATURES, nothing),
            m.MakeCall: self._make_call,
            m.AnswerCall: self._answer_call,
            m.ClearConnection: self._clear_connection,
            m.HoldCall: self._hold_call,
            m.RetrieveCall: self._retrieve_call,
            m.ConsultationCall: self._consultation_call,
            m.AlternateCall: self._alternate_call,
            m.ReconnectCall: self._reconnect_call,
            m.GenerateDigits: self._generate_digits,
            m.GetMicrophoneMute: self._get_microphone_mute,
            m.SetMicrophoneMute: self._set_microphone_mute,
            m.GetSpeakerVolume: self._get_speaker_volume,
            m.SetSpeakerVolume: self._set_speaker_volume,
        }

    @property
    def device(self) -> DeviceID:
        """The phone itself."""
        return DeviceID(self._phone.account.number)

    def connection(self, talk: Talk) -> ConnectionID:
        """The phone's part in one of its calls."""
        return ConnectionID(f"{talk.number:08X}", self._phone.account.number)

    def perform(self, request: Request) -> Reply:
        """Answer a request, with the deed that is to follow once the answer is on its way."""
        performer = self._table.get(type(request))
        return (NOT_SUPPORTED, nothing) if performer is None else performer(request)

    # ---- calls

    def _talk_of(self, connection: ConnectionID) -> Talk | None:
        if connection.device_id not in {"", self._phone.account.number}:
            return None
        named = connection.call_id.upper()
        return next((talk for talk in self._phone.talks if self.connection(talk).call_id == named), None)

    def _make_call(self, request: m.MakeCall) -> Reply:
        if not self._is_own(request.calling_device):
            return NO_SUCH_CALLER, nothing
        if self._phone.talks:
            return CALL_EXISTS, nothing
        number = request.called_directory_number
        if number is None or not number.number:
            return NOT_SUPPORTED if number is None else WRONG_PARAMETER, nothing
        # The call has its identity at once; only its INVITE waits for the audio port.
        self._phone.dial(number.number).addErrback(lambda _failure: None)
        talks = self._phone.talks
        if not talks:
            return ErrorResponse(category="systemResourceAvailability", value="resourceBusy"), nothing
        return m.MakeCallResponse(calling_device=self.connection(talks[0])), nothing

    def _answer_call(self, request: m.AnswerCall) -> Reply:
        talk = self._talk_of(request.call_to_be_answered)
        if talk is None:
            return NO_SUCH_CONNECTION, nothing
        if not talk.incoming or talk.answered:
            return WRONG_STATE, nothing
        return m.AnswerCallResponse(), self._phone.answer

    def _clear_connection(self, request: m.ClearConnection) -> Reply:
        talk = self._talk_of(request.connection_to_be_cleared)
        if talk is None:
            return NO_SUCH_CONNECTION, nothing
        return m.ClearConnectionResponse(), lambda: self._phone.hang_up(talk)

    def _hold_call(self, request: m.HoldCall) -> Reply:
        talk = self._talk_of(request.call_to_be_held)
        if talk is None:
            return NO_SUCH_CONNECTION, nothing
        if not talk.answered or talk.held or talk is not self._phone.talks[0]:
            return WRONG_STATE, nothing
        return m.HoldCallResponse(), self._phone.hold

    def _retrieve_call(self, request: m.RetrieveCall) -> Reply:
        talk = self._talk_of(request.call_to_be_retrieved)
        if talk is None:
            return NO_SUCH_CONNECTION, nothing
        if not all(each.held for each in self._phone.talks):
            return CALL_EXISTS if talk.held else WRONG_STATE, nothing
        return m.RetrieveCallResponse(), lambda: self._phone.take_back(talk)

    def _consultation_call(self, request: m.ConsultationCall) -> Reply:
        if self._talk_of(request.existing_call) is None:
            return NO_SUCH_CONNECTION, nothing
        if not request.consulted_device.number:
            return WRONG_PARAMETER, nothing
        try:
            talk = self._phone.consult(request.consulted_device.number)
        except PhoneError:
            return WRONG_STATE, nothing
        return m.ConsultationCallResponse(initiated_call=self.connection(talk)), nothing

    def _alternate_call(self, request: m.AlternateCall) -> Reply:
        held, active = self._talk_of(request.held_call), self._talk_of(request.active_call)
        if held is None or active is None:
            return NO_SUCH_CONNECTION, nothing
        if (active, held) != self._phone.talks or not active.answered or active.held or not held.held:
            return WRONG_STATE, nothing
        return m.AlternateCallResponse(), self._phone.alternate

    def _reconnect_call(self, request: m.ReconnectCall) -> Reply:
        held, active = self._talk_of(request.held_call), self._talk_of(request.active_call)
        if held is None or active is None:
            return NO_SUCH_CONNECTION, nothing
        if (active, held) != self._phone.talks or not held.held:
            return WRONG_STATE, nothing

        def reconnect() -> None:
            self._phone.hang_up(active)
            self._phone.take_back(held)

        return m.ReconnectCallResponse(), reconnect

    def _generate_digits(self, request: m.GenerateDigits) -> Reply:
        talk = self._talk_of(request.connection_to_send_digits)
        if talk is None:
            return NO_SUCH_CONNECTION, nothing
        if talk is not self._phone.talks[0] or not talk.answered or talk.held:
            return WRONG_STATE, nothing
        digits = request.characters_to_send.upper()
        if not 0 < len(digits) <= MAX_DIGITS or any(digit not in DIGITS for digit in digits):
            return WRONG_PARAMETER, nothing
        try:
            # That the call may end before the last digit is no matter of this answer.
            self._phone.press(digits).addErrback(lambda _failure: None)
        except EngineError:
            return ErrorResponse(category="operation", value="requestIncompatibleWithMedia"), nothing
        return m.GenerateDigitsResponse(), nothing

    # ---- the apparatus

    def _is_own(self, device: DeviceID) -> bool:
        return device.number == self._phone.account.number

    def _misses(self, device: DeviceID, apparatus: str | None) -> ErrorResponse | None:
        if not self._is_own(device):
            return NO_SUCH_DEVICE
        return None if apparatus in {None, HANDSET} else WRONG_PARAMETER

    def _get_microphone_mute(self, request: m.GetMicrophoneMute) -> Reply:
        refusal = self._misses(request.device, request.auditory_apparatus)
        item = MicrophoneMuteItem(auditory_apparatus=HANDSET, microphone_mute_on=self._phone.muted)
        return refusal or m.GetMicrophoneMuteResponse(microphone_mute_list=(item,)), nothing

    def _set_microphone_mute(self, request: m.SetMicrophoneMute) -> Reply:
        refusal = self._misses(request.device, request.auditory_apparatus)
        muted = request.microphone_mute_on
        if refusal is not None or muted is self._phone.muted:
            return refusal or m.SetMicrophoneMuteResponse(), nothing

        def mute() -> None:
            self._phone.mute(muted)
            self._tell(
                m.MicrophoneMute(
                    monitor_cross_ref_id="",
                    invoking_device=self.device,
                    auditory_apparatus=HANDSET,
                    microphone_mute_on=muted,
                )
            )

        return m.SetMicrophoneMuteResponse(), mute

    def _get_speaker_volume(self, request: m.GetSpeakerVolume) -> Reply:
        refusal = self._misses(request.device, request.auditory_apparatus)
        item = SpeakerVolumeItem(auditory_apparatus=HANDSET, speaker_vol_abs=self.volume)
        return refusal or m.GetSpeakerVolumeResponse(speaker_volume_list=(item,)), nothing

    def _set_speaker_volume(self, request: m.SetSpeakerVolume) -> Reply:
        refusal = self._misses(request.device, request.auditory_apparatus)
        wanted = self._volume(request.speaker_volume)
        if refusal is not None or wanted == self.volume:
            return refusal or m.SetSpeakerVolumeResponse(), nothing

        def turn() -> None:
            self.volume = wanted
            self._tell(
                m.SpeakerVolume(
                    monitor_cross_ref_id="",
                    invoking_device=self.device,
                    auditory_apparatus=HANDSET,
                    speaker_volume=Volume(vol_abs=wanted),
                )
            )

        return m.SetSpeakerVolumeResponse(), turn

    def _volume(self, wanted: Volume) -> int:
        if wanted.vol_abs is not None:
            return wanted.vol_abs
        step = VOLUME_STEP if wanted.vol_inc is Step.INCREMENT else -VOLUME_STEP
        return max(0, min(100, self.volume + step))
