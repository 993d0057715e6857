"""A PJSUA2 phone as a process: registers, calls or answers, speaks, presses digits, records what it hears.

Prints one JSON object per line: ``{"at": <Unix seconds>, "event": "...", ...}``. Events: ``registered``,
``incoming``, ``calling``, ``ringing``, ``media``, ``answered``, ``pressed``, ``transferred``, ``ended``, ``done``.
Does what lines on standard input say: ``dial NUMBER``, ``answer``, ``press DIGITS``, ``hold``, ``resume``, ``hangup``,
``quit``. Ends when its call has ended (``--stay``: waits for the next one), at the end of its input, or after
``--limit`` seconds; the recording is complete then. Who is transferred goes on in a call whose recording has
``.transferred`` after the name.
"""

import argparse
import json
import os
import select
import sys
import time
from collections.abc import Iterator
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
        self.next: Call | None = None
        self.registered = False
        self.answer_at: float | None = None

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        if prm.expiration and not self.registered:
            tell("registered" if prm.code == 200 else "not-registered", code=prm.code)
        self.registered = prm.code == 200

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        self.call = Call(self, prm.callId)
        tell("incoming", remote=self.call.getInfo().remoteUri, invite=prm.rdata.wholeMsg)
        ringing = pj.CallOpParam()
        ringing.statusCode = 180
        self.call.answer(ringing)
        if self.options.answer is not None:
            self.answer_at = time.time() + self.options.answer


class Call(pj.Call):
    """A call whose audio is recorded and spoken into from files."""

    def __init__(self, phone: Phone, call_id: int = pj.PJSUA_INVALID_ID, record: str = "") -> None:
        super().__init__(phone, call_id)
        self.phone = phone
        self.record = record or phone.options.record
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

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        tell("transferred", target=prm.dstUri)
        self.phone.next = prm.newCall = Call(self.phone, record=f"{self.record}.transferred.wav")

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        options = self.phone.options
        info = self.getInfo()  # kept: the list of media lives no longer than it
        for media in info.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO or media.status != pj.PJSUA_CALL_MEDIA_ACTIVE:
                continue
            audio = self.getAudioMedia(media.index)
            stream = self.getStreamInfo(media.index)
            tell("media", remote=str(stream.remoteRtpAddress), codec=stream.codecName)
            if self.record and self.recorder is None:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(self.record)
                tell("recording")
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
    parser.add_argument("--transport", choices=["udp", "tcp", "tls"], default="udp")
    parser.add_argument("--authority", default="", help="a PEM file: whose certificates are taken over TLS")
    parser.add_argument("--unregistered", action="store_true", help="call whoever is at the registrar's address")
    parser.add_argument("--srtp", choices=["no", "optional", "mandatory"], default="no", help="keys in SDP (SDES)")
    parser.add_argument("--codec", default="PCM", help="how the names of the codecs begin that are offered")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--dial", help="as soon as the registrar has answered")
    parser.add_argument("--answer", type=float, help="seconds of ringing before an incoming call is answered")
    parser.add_argument("--stay", action="store_true", help="wait for the next call when one has ended")
    parser.add_argument("--speak")
    parser.add_argument("--record")
    parser.add_argument("--limit", type=float, default=60.0)
    return parser.parse_args()


SETTINGS = {
    "UaConfig": {"threadCnt": 0, "mainThreadOnly": True},
    "LogConfig": {"level": 1, "consoleLevel": 1},
    # Its jitter buffer leaves nothing out to become shorter (0: no discarding): what is recorded is what was sent.
    "MediaConfig": {"clockRate": 8000, "sndClockRate": 8000, "noVad": True, "ecTailLen": 0, "jbDiscardAlgo": 0},
}


TRANSPORTS = {
    "udp": pj.PJSIP_TRANSPORT_UDP,
    "tcp": pj.PJSIP_TRANSPORT_TCP,
    "tls": pj.PJSIP_TRANSPORT_TLS,
}


def settings() -> pj.EpConfig:
    """PJSUA2's defaults with `SETTINGS`; through its JSON, for its enumerations cannot be set from Python."""
    config = pj.EpConfig()
    document = pj.JsonDocument()
    document.writeObject(config)
    tree = json.loads(document.saveString())
    for part, values in SETTINGS.items():
        tree["EpConfig"][part].update(values)
    document = pj.JsonDocument()
    document.loadString(json.dumps(tree))
    document.readObject(config)
    return config


def prepare(options: argparse.Namespace) -> pj.Endpoint:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = settings()
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    transport.publicAddress = "127.0.0.1"
    transport.tlsConfig.CaListFile = options.authority
    transport.tlsConfig.verifyServer = True
    endpoint.transportCreate(TRANSPORTS[options.transport], transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith(options.codec) else 0)
    return endpoint


def uri(options: argparse.Namespace, user: str = "") -> str:
    place = f"{user}@{options.registrar}" if user else options.registrar
    return f"sip:{place}" if options.transport == "udp" else f"sip:{place};transport={options.transport}"


def account(options: argparse.Namespace) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = f"sip:{options.user}@{options.registrar}"
    config.regConfig.registrarUri = "" if options.unregistered else uri(options)
    config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", options.user, 0, options.password))
    config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
    config.mediaConfig.srtpUse = ("no", "optional", "mandatory").index(options.srtp)
    config.mediaConfig.srtpSecureSignaling = 0
    return config


class Wishes:
    """Lines on standard input, read without waiting for them."""

    def __init__(self) -> None:
        self.rest = b""
        self.open = True

    def __iter__(self) -> Iterator[tuple[str, str]]:
        while self.open and select.select([0], [], [], 0)[0]:
            data = os.read(0, 4096)
            self.open = bool(data)
            self.rest += data
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            word, _, argument = line.decode().strip().partition(" ")
            yield word, argument


def do(phone: Phone, word: str, argument: str) -> None:
    call = phone.call
    match word:
        case "dial":
            phone.call = Call(phone)
            tell("calling", number=argument)
            phone.call.makeCall(uri(phone.options, argument), pj.CallOpParam(True))
        case "answer" if call is not None:
            ok = pj.CallOpParam()
            ok.statusCode = 200
            call.answer(ok)
        case "press" if call is not None:
            tell("pressed", digits=argument)
            call.dialDtmf(argument)
        case "hold" if call is not None:
            call.setHold(pj.CallOpParam(True))
        case "resume" if call is not None:
            again = pj.CallOpParam(True)
            again.opt.flag = pj.PJSUA_CALL_UNHOLD
            call.reinvite(again)
        case "hangup" if call is not None:
            call.hangup(pj.CallOpParam(True))
        case _:
            tell("cannot", wish=word)


def run(options: argparse.Namespace) -> int:
    endpoint = prepare(options)
    phone = Phone(options, endpoint)
    phone.create(account(options))
    wishes = Wishes()
    until = time.time() + options.limit
    while time.time() < until and wishes.open:
        endpoint.libHandleEvents(10)
        for word, argument in wishes:
            if word == "quit":
                wishes.open = False
            else:
                do(phone, word, argument)
        if options.dial and (phone.registered or options.unregistered):
            do(phone, "dial", options.dial)
            options.dial = None
        if phone.answer_at is not None and time.time() >= phone.answer_at:
            phone.answer_at = None
            do(phone, "answer", "")
        if phone.call is not None and phone.call.over:
            let_go(phone)
            phone.call, phone.next = phone.next, None
            if phone.call is None and not options.stay:
                break
    finish(endpoint, phone)
    tell("done")
    return 0


def let_go(phone: Phone) -> None:
    call, phone.call = phone.call, None
    if call is not None:
        # The recorder writes the file's header when it is destroyed.
        call.recorder = None
        call.player = None
        if not call.over:
            call.hangup(pj.CallOpParam(True))


def finish(endpoint: pj.Endpoint, phone: Phone) -> None:
    let_go(phone)
    if not phone.options.unregistered:
        phone.setRegistration(False)
    for _ in range(30):
        endpoint.libHandleEvents(10)
    phone.shutdown()
    endpoint.libDestroy()


if __name__ == "__main__":
    sys.exit(run(parse()))
