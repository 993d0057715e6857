"""A browser's half of a call without a browser: aiortc offers, calls by SIP over UDP, and keeps what it hears.

`WebSocketCaller` does the same over a WebSocket of Autobahn's, as browsers do (RFC 7118).
"""

import asyncio
import fractions
import secrets
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from av import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.protocols.tls import TLSMemoryBIOFactory

from sip.message import Response, parse_message


class Speech(MediaStreamTrack):
    """Samples at 8 kHz, said once, then silence, but for what `say` adds."""

    kind = "audio"

    def __init__(self, samples: NDArray[np.int16]) -> None:
        super().__init__()
        self._samples = samples
        self._at = 0
        self._began = time.monotonic()

    def say(self, samples: NDArray[np.int16]) -> None:
        """Say this from now on, instead of what is left."""
        self._samples = np.concatenate([np.zeros(self._at, np.int16), samples])

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(max(0.0, self._began + self._at / 8000 - time.monotonic()))
        piece = np.zeros(160, np.int16)
        said = self._samples[self._at : self._at + 160]
        piece[: len(said)] = said
        frame = AudioFrame.from_ndarray(piece.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, self._at, fractions.Fraction(1, 8000)
        self._at += 160
        return frame


class WebCaller(asyncio.DatagramProtocol):
    """One call to ``sip:number@127.0.0.1:port``; ``heard`` is PCM16 at 8 kHz. Use it in an ``async with`` statement."""

    over = "UDP"

    def __init__(self, port: int, number: str, says: NDArray[np.int16]) -> None:
        self.heard = bytearray()
        self.answer: Response | None = None
        self.connection = RTCPeerConnection()
        self.speech = Speech(says)
        self.connection.addTrack(self.speech)
        self.connection.on("track", self._track)
        self._uri = f"sip:{number}@127.0.0.1:{port}"
        self._port = port
        self._final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._listening: asyncio.Task[None] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._sent = 0
        self._place = ""
        self._name = secrets.token_hex(6)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def connect(self) -> None:
        """Be able to `write`; our host and port are known then."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        host, port = self._transport.get_extra_info("sockname")
        self._place = f"{host}:{port}"

    def write(self, data: bytes) -> None:
        """Send one message."""
        assert self._transport is not None
        self._transport.sendto(data, ("127.0.0.1", self._port))

    def disconnect(self) -> None:
        """Nothing more is sent."""
        if self._transport is not None:
            self._transport.close()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.answer is not None and self.answer.status == 200:
            self._send("BYE")
        await self.connection.close()
        if self._listening is not None:
            await self._listening
        self.disconnect()

    async def call(self) -> Response:
        """INVITE with our offer; the final response, acknowledged, its answer taken."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        self._send("INVITE", self.connection.localDescription.sdp)
        self.answer = await asyncio.wait_for(self._final, 10)
        self._send("ACK")
        if self.answer.status == 200:
            await self.connection.setRemoteDescription(RTCSessionDescription(self.answer.body.decode(), "answer"))
        return self.answer

    def press(self, digit: str) -> None:
        """Press a key, told by INFO."""
        self._send("INFO", f"Signal={digit}\r\nDuration=160\r\n", "application/dtmf-relay")

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received(data)

    def received(self, data: bytes) -> None:
        """One message came."""
        message = parse_message(data)
        if isinstance(message, Response) and message.status >= 200 and not self._final.done():
            self._final.set_result(message)

    def _send(self, method: str, body: str = "", kind: str = "application/sdp") -> None:
        self._sent += method != "ACK"
        tag = f";tag={self.answer.to.tag}" if self.answer is not None else ""
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/{self.over} {self._place};rport;branch=z9hG4bK-{self._name}-{self._sent}-{method}",
            f"From: <sip:web@{self._place}>;tag={self._name}",
            f"To: <{self._uri}>{tag}",
            f"Call-ID: {self._name}",
            f"CSeq: {self._sent} {method}",
            f"Contact: <sip:web@{self._place};transport={self.over.lower()}>",
            "Max-Forwards: 70",
            *([f"Content-Type: {kind}"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        self.write(("\r\n".join([*lines, "", ""]) + body).encode())

    def _track(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=8000)
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                for piece in resampler.resample(frame):
                    self.heard += piece.to_ndarray().astype("<i2").tobytes()
        except MediaStreamError:
            return  # the call is over


class _Socket(WebSocketClientProtocol):
    """Autobahn's end of the WebSocket."""

    def __init__(self, caller: "WebSocketCaller") -> None:
        super().__init__()
        self._caller = caller

    def onOpen(self) -> None:
        self._caller.opened.set_result(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N803 - Autobahn's
        self._caller.received(payload)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N803 - Autobahn's
        if not self._caller.opened.done():
            self._caller.opened.set_exception(ConnectionError(f"{code} {reason}"))


class WebSocketCaller(WebCaller):
    """A call over WebSocket, or with an ``authority`` (a PEM file) over WebSocket and TLS, which is checked.

    The ``reactor`` runs on the asyncio loop of the test.
    """

    over = "WS"

    def __init__(
        self,
        reactor: AsyncioSelectorReactor,
        port: int,
        number: str,
        says: NDArray[np.int16],
        authority: Path | None = None,
    ) -> None:
        super().__init__(port, number, says)
        self.opened: asyncio.Future[_Socket] = asyncio.get_running_loop().create_future()
        self._reactor = reactor
        self._authority = authority
        self._socket: _Socket | None = None
        if authority is not None:
            self.over = "WSS"

    async def connect(self) -> None:
        # A browser does not know its own address, and makes a name up.
        self._place = f"{self._name}.invalid"
        address = f"{self.over.lower()}://127.0.0.1:{self._port}"
        factory = WebSocketClientFactory(address, protocols=["sip"], reactor=self._reactor)
        factory.protocol = lambda: _Socket(self)
        wrapped = factory
        if self._authority is not None:
            trusted = Certificate.loadPEM(self._authority.read_bytes())
            options = optionsForClientTLS("127.0.0.1", trustRoot=trusted)
            wrapped = TLSMemoryBIOFactory(options, isClient=True, wrappedFactory=factory, clock=self._reactor)
        self._reactor.connectTCP("127.0.0.1", self._port, wrapped)
        self._socket = await asyncio.wait_for(self.opened, 10)

    def write(self, data: bytes) -> None:
        assert self._socket is not None
        self._socket.sendMessage(data)

    def disconnect(self) -> None:
        if self._socket is not None:
            self._socket.sendClose()
