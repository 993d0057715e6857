"""What is supported of voice services and events."""

from typing import Final

from csta.messages.base import Part
from csta.messages.capabilities.words import Capability, supports
from csta.schema.elements import element, structure, structured


@structure
class VoiceServList(Part):
    """The voice services that are supported, each with its optional parameters."""

    activate: Capability = element(
        supports("ActivateCaps", "resource=0 grammarName=1 privateData=2 privateDataInAck=3"), tag=12, default=None
    )
    clear: Capability = element(
        supports("ClearCaps", "resource=0 privateData=1 privateDataInAck=2"), tag=13, default=None
    )
    deactivate: Capability = element(
        supports("DeactivateCaps", "resource=0 grammarName=1 privateData=2 privateDataInAck=3"), tag=14, default=None
    )
    concatenate_msg: Capability = element(
        supports("ConcatenateMsgCaps", "privateData=0 privateDataInAck=1"), tag=0, default=None
    )
    delete_msg: Capability = element(supports("DeleteMsgCaps", "privateData=0 privateDataInAck=1"), tag=1, default=None)
    queue_service: Capability = element(
        supports("QueueServiceCaps", "message=0 resource=1 text=2 privateData=3 privateDataInAck=4"),
        tag=15,
        default=None,
    )
    play_msg: Capability = element(
        supports(
            "PlayMsgCaps",
            "duration=0 terminationParameter=1 terminationDurationExceeded=2 terminationDTMFDigitDetected=3",
            "terminationEndOfSpeechDetected=4 terminationSpeech=5 privateData=6 privateDataInAck=7",
            "multipleMsgsSimultaneously=8",
        ),
        tag=2,
        default=None,
    )
    query_voice_attrib: Capability = element(
        supports(
            "QueryVoiceAttribCaps",
            "messageToQuery=30 resource=31 attribToQueryEncodingAlgorithm=0 attribToQuerySamplingRate=1",
            "attribToQueryDuration=2 attribToQueryFilename=3 attribToQueryCurrentPosition=4",
            "attribToQueryCurrentSpeed=5 attribToQueryCurrentVolume=6 attribToQueryCurrentLevel=7",
            "attribToQueryCurrentState=8 attribToQueryGrammars=32 attribToQueryLanguage=33",
            "attribToQueryMode=34 attribToQueryRetainAudio=35 attribToQuerySilenceTimeout=36",
            "attribToQueryMaxTimeout=37 attribToQueryBabbleTimeout=38 attribToQueryEndSilence=39",
            "attribToQueryRejectionThreshold=40 attribToQueryAutoInterruptable=41 attribToQueryInnerXML=42",
            "attribToQueryInterdigitTimeout=43 attribToQueryPreflush=44 connection=9 privateData=16",
            "attribInAckEncodingAlgorithmADPCM6K=17 attribInAckEncodingAlgorithmADPCM8K=18",
            "attribInAckEncodingAlgorithmMuLawPCM6K=19 attribInAckEncodingAlgorithmALawPCM6K=20",
            "attribInAckSamplingRate=21 attribInAckDuration=22 attribInAckFilename=23",
            "attribInAckCurrentPosition=24 attribInAckCurrentSpeed=25 attribInAckCurrentVolumeAbs=26",
            "attribInAckCurrentGain=27 attribInAckCurrentState=28 attribInAckGrammars attribInAckLanguage",
            "attribInAckMode attribInAckRetainAudio attribInAckSilenceTimeout attribInAckMaxTimeout",
            "attribInAckBabbleTimeout attribInAckEndSilence attribInAckRejectionThreshold",
            "attribInAckAutoInterruptable attribInAckInnerXML attribInAckInterdigitTimeout",
            "attribInAckPreflush privateDataInAck=29 duration=10* terminationParameter=11*",
            "terminationDurationExceeded=12* terminationDTMFDigitDetected=13*",
            "terminationEndOfSpeechDetected=14* terminationSpeech=15*",
        ),
        tag=3,
        default=None,
    )
    record_msg: Capability = element(
        supports(
            "RecordMsgCaps",
            "resource=13 samplingRate=0 encodingAlgorithmADPCM6K=1 encodingAlgorithmADPCM8K=2",
            "encodingAlgorithmMuLawPCM6K=3 encodingAlgorithmALawPCM6K=4 maxDuration=5 terminationParameter=6",
            "terminationDurationExceeded=7 terminationDTMFDigitDetected=8 terminationEndOfDataDetected=9",
            "terminationSpeechDetected=10 privateData=11 privateDataInAck=12",
        ),
        tag=4,
        default=None,
    )
    reposition: Capability = element(
        supports(
            "RepositionCaps",
            "msgToReposition=3 resource periodOfRepositionStartOfMsg=0 periodOfRepositionEndOfMsg=1",
            "periodOfRepositionRelativePointer=2 privateData=4 privateDataInAck=5",
        ),
        tag=5,
        default=None,
    )
    resume: Capability = element(
        supports("ResumeCaps", "msgToResume=0 resource=4 duration=1 privateData=2 privateDataInAck=3"),
        tag=6,
        default=None,
    )
    review: Capability = element(
        supports(
            "ReviewCaps",
            "msgToReview=4 resource=5 periodToResumeStartOfMsg=0 periodToResumeLengthOfReview=1 privateData=2",
            "privateDataInAck=3",
        ),
        tag=7,
        default=None,
    )
    start: Capability = element(
        supports("StartCaps", "resource=0 text=1 privateData=2 privateDataInAck=3"), tag=16, default=None
    )
    set_voice_attrib: Capability = element(
        supports(
            "SetVoiceAttribCaps",
            "message=6 resource=9 currentSpeed=0 currentVolumeAbs=1 currentVolumeInc=2 currentGain=5",
            "grammars=10 language=11 mode=12 retainAudio=13 silenceTimeout=14 maxTimeout=15 babbleTimeout=16",
            "endSilence=17 rejectionThreshold=18 autoInterruptable=19 innerXML=20 interdigitTimeout=21",
            "preflush=22 privateData=7 privateDataInAck=8 periodToResumeStartOfMsg=3*",
            "periodToResumeLengthOfReview=4*",
        ),
        tag=8,
        default=None,
    )
    stop: Capability = element(
        supports("StopCaps", "msgToBeStopped=2 resource=3 privateData=0 privateDataInAck=1"), tag=9, default=None
    )
    suspend: Capability = element(
        supports("SuspendCaps", "message=0 resource=3 privateData=1 privateDataInAck=2"), tag=10, default=None
    )
    synthesize_msg: Capability = element(
        supports("SynthesizeMsgCaps", "genderMale=0 genderFemale=1 privateData=2 privateDataInAck=3"),
        tag=11,
        default=None,
    )


@structure
class VoiceEvtsList(Part):
    """The voice events that are supported, each with its optional parameters."""

    bookmark_reached: Capability = element(
        supports("BookmarkReachedCaps", "resource=0 cause servicesPermitted=2 privateData=3 currentPosition=1*"),
        tag=7,
        default=None,
    )
    completed: Capability = element(
        supports("CompletedCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"), tag=8, default=None
    )
    dtmf_detected: Capability = element(
        supports("DtmfDetectedCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"), tag=9, default=None
    )
    emptied: Capability = element(
        supports("EmptiedCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"), tag=10, default=None
    )
    interruption_detected: Capability = element(
        supports("InterruptionDetectedCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"),
        tag=11,
        default=None,
    )
    not_recognized: Capability = element(
        supports("NotRecognizedCaps", "resource=0 result=1 cause=2 servicesPermitted=3 privateData=4"),
        tag=12,
        default=None,
    )
    play: Capability = element(
        supports(
            "PlayCaps", "message resource length=0 currentPosition=1 speed=2 cause=3 servicesPermitted=4 privateData=5"
        ),
        tag=0,
        default=None,
    )
    recognized: Capability = element(
        supports("RecognizedCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"), tag=13, default=None
    )
    record: Capability = element(
        supports(
            "RecordCaps",
            "message resource length=0 currentPosition=1 speed=2 cause=3 servicesPermitted=4 privateData=5",
        ),
        tag=1,
        default=None,
    )
    review_event: Capability = element(
        supports(
            "ReviewEventCaps",
            "message=5 resource=6 length=0 currentPosition=1 cause=2 servicesPermitted=3 privateData=4",
        ),
        tag=2,
        default=None,
    )
    started: Capability = element(
        supports("StartedCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"), tag=14, default=None
    )
    silence_timeout_expired: Capability = element(
        supports("SilenceTimeoutExpiredCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"),
        tag=15,
        default=None,
    )
    speech_detected: Capability = element(
        supports("SpeechDetectedCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"), tag=16, default=None
    )
    stop_event: Capability = element(
        supports(
            "StopEventCaps",
            "message=6 resource=7 length=0 currentPosition=1 speed=2 cause=3 servicesPermitted=4",
            "privateData=5",
        ),
        tag=3,
        default=None,
    )
    suspend_play: Capability = element(
        supports(
            "SuspendPlayCaps",
            "message=5 resource=6 length=0 currentPosition=1 cause=2 servicesPermitted=3 privateData=4",
        ),
        tag=4,
        default=None,
    )
    suspend_record: Capability = element(
        supports(
            "SuspendRecordCaps",
            "message=5 resource=6 length=0 currentPosition=1 cause=2 servicesPermitted=3 privateData=4",
        ),
        tag=5,
        default=None,
    )
    voice_attrib_changed: Capability = element(
        supports(
            "VoiceAttribChangedCaps",
            "message=7 resource=8 playVolumeAbs=0 playVolumeInc=1 recordGain=2 speed=3 currentPosition=4",
            "grammars=9 language=10 mode=11 retainAudio=12 silenceTimeout=13 maxTimeout=14 babbleTimeout=15",
            "endSilence=16 rejectionThreshold=17 autoInterruptable=18 innerXML=19 interdigitTimeout=20",
            "preflush=21 cause=5 privateData=6",
        ),
        tag=6,
        default=None,
    )
    voice_error_occurred: Capability = element(
        supports("VoiceErrorOccurredCaps", "resource=0 cause=1 servicesPermitted=2 privateData=3"), tag=17, default=None
    )


VOICE_EVTS_LIST: Final = structured(
    VoiceEvtsList,
    ber_order=(
        "bookmark_reached",
        "completed",
        "dtmf_detected",
        "emptied",
        "interruption_detected",
        "not_recognized",
        "play",
        "record",
        "recognized",
        "review_event",
        "started",
        "silence_timeout_expired",
        "speech_detected",
        "stop_event",
        "suspend_play",
        "suspend_record",
        "voice_attrib_changed",
        "voice_error_occurred",
    ),
)
"""The kind of `VoiceEvtsList`, whose elements ECMA-285 has in another order."""
