"""A PJSUA2 phone as a process: registers, calls or answers, speaks, presses digits, records what it hears.

Prints one JSON object per line: ``{"at": <Unix seconds>, "event": "...", ...}``. Events: ``registered``,
``incoming``, ``calling``, ``ringing``, ``answered``, ``ended``, ``pressed``. Ends when its call has ended, on a line
on standard input, or after ``--limit`` seconds.
"""

import argparse
import json
import select
import sys
import time
from typing import Any

import pjsua2 as pj


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"at": time.time(), "event": event, **facts}), flush=True)


class Phone(pj.Account):
    """One account with at most one call."""

    def __init__(self, options: argparse.Namespace, endpoint: pj.Endpoint) -> None:
        super().__init__()
        self.options = options
        self.endpoint = endpoint
        self.call: Call | None = None
        self.registered = False
        self.answer_at: float | None = None

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        self.registered = prm.code == 200
        tell("registered" if self.registered else "not-registered", code=prm.code)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        self.call = Call(self, prm.callId)
        tell("incoming", remote=self.call.getInfo().remoteUri)
        ringing = pj.CallOpParam()
        ringing.statusCode = 180
        self.call.answer(ringing)
        if self.options.answer is not None:
            self.answer_at = time.time() + self.options.answer


class Call(pj.Call):
    """A call whose audio is recorded and spoken into from files."""

    def __init__(self, phone: Phone, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone, call_id)
        self.phone = phone
        self.recorder: pj.AudioMediaRecorder | None = None
        self.player: pj.AudioMediaPlayer | None = None
        self.answered_at: float | None = None
        self.over = False

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY:
            tell("ringing")
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.answered_at = time.time()
            tell("answered")
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.over = True
            tell("ended", code=info.lastStatusCode)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        options = self.phone.options
        for media in self.getInfo().media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO or media.status != pj.PJSUA_CALL_MEDIA_ACTIVE:
                continue
            audio = self.getAudioMedia(media.index)
            tell("media", remote=str(self.getStreamInfo(media.index).remoteRtpAddress))
            if options.record and self.recorder is None:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(options.record)
            if options.speak and self.player is None:
                self.player = pj.AudioMediaPlayer()
                self.player.createPlayer(options.speak)
            if self.recorder is not None:
                audio.startTransmit(self.recorder)
            if self.player is not None:
                self.player.startTransmit(audio)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--registrar", required=True, help="host:port")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--dial")
    parser.add_argument("--answer", type=float, help="seconds of ringing before an incoming call is answered")
    parser.add_argument("--press", action="append", default=[], metavar="DIGITS@SECONDS", help="after the answer")
    parser.add_argument("--hangup", type=float, help="seconds after the answer (or after dialling, if unanswered)")
    parser.add_argument("--speak")
    parser.add_argument("--record")
    parser.add_argument("--limit", type=float, default=60.0)
    return parser.parse_args()


def prepare() -> pj.Endpoint:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = 1
    config.logConfig.consoleLevel = 1
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.medConfig.clockRate = 8000
    config.medConfig.sndClockRate = 8000
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    transport.publicAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCM") else 0)
    return endpoint


def account(options: argparse.Namespace) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = f"sip:{options.user}@{options.registrar}"
    config.regConfig.registrarUri = f"sip:{options.registrar}"
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", options.user, 0, options.password))
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
    return config


def run(options: argparse.Namespace) -> int:
    endpoint = prepare()
    phone = Phone(options, endpoint)
    phone.create(account(options))
    presses = sorted((float(at), digits) for digits, at in (press.split("@") for press in options.press))
    started = time.time()
    dialled_at: float | None = None
    while time.time() - started < options.limit:
        endpoint.libHandleEvents(10)
        now = time.time()
        if select.select([sys.stdin], [], [], 0)[0]:
            break
        if options.dial and dialled_at is None and phone.registered:
            phone.call = Call(phone)
            dialled_at = now
            tell("calling")
            phone.call.makeCall(f"sip:{options.dial}@{options.registrar}", pj.CallOpParam(True))
        call = phone.call
        if call is None:
            continue
        if call.over:
            break
        if phone.answer_at is not None and now >= phone.answer_at:
            phone.answer_at = None
            ok = pj.CallOpParam()
            ok.statusCode = 200
            call.answer(ok)
        since = call.answered_at
        while presses and since is not None and now - since >= presses[0][0]:
            tell("pressed", digits=presses[0][1])
            call.dialDtmf(presses.pop(0)[1])
        begun = since or dialled_at
        if options.hangup is not None and begun is not None and now - begun >= options.hangup:
            options.hangup = None
            call.hangup(pj.CallOpParam(True))
    finish(endpoint, phone)
    return 0


def finish(endpoint: pj.Endpoint, phone: Phone) -> None:
    call, phone.call = phone.call, None
    if call is not None:
        # The recorder writes the file's header when it is destroyed.
        call.recorder = None
        call.player = None
        if not call.over:
            call.hangup(pj.CallOpParam(True))
    for _ in range(30):
        endpoint.libHandleEvents(10)
    del call
    phone.shutdown()
    endpoint.libDestroy()


if __name__ == "__main__":
    sys.exit(run(parse()))
