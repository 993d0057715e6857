"""A browser's half of a call without a browser: aiortc offers, calls by SIP over UDP, and keeps what it hears."""

import asyncio
import fractions
import time
from types import TracebackType
from typing import Self

import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from sip.message import Response, parse_message


class Speech(MediaStreamTrack):
    """Samples at 8 kHz, said once, then silence."""

    kind = "audio"

    def __init__(self, samples: NDArray[np.int16]) -> None:
        super().__init__()
        self._samples = samples
        self._at = 0
        self._began = time.monotonic()

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

    def __init__(self, port: int, number: str, says: NDArray[np.int16]) -> None:
        self.heard = bytearray()
        self.answer: Response | None = None
        self.connection = RTCPeerConnection()
        self.connection.addTrack(Speech(says))
        self.connection.on("track", self._track)
        self._uri = f"sip:{number}@127.0.0.1:{port}"
        self._port = port
        self._final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._listening: asyncio.Task[None] | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.answer is not None and self.answer.status == 200:
            self._send("BYE", 2)
        await self.connection.close()
        if self._listening is not None:
            await self._listening
        assert self._transport is not None
        self._transport.close()

    async def call(self) -> Response:
        """INVITE with our offer; the final response, acknowledged, its answer taken."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        self._send("INVITE", 1, self.connection.localDescription.sdp)
        self.answer = await asyncio.wait_for(self._final, 10)
        self._send("ACK", 1)
        if self.answer.status == 200:
            await self.connection.setRemoteDescription(RTCSessionDescription(self.answer.body.decode(), "answer"))
        return self.answer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parse_message(data)
        if isinstance(message, Response) and message.status >= 200 and not self._final.done():
            self._final.set_result(message)

    def _send(self, method: str, number: int, body: str = "") -> None:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")
        tag = f";tag={self.answer.to.tag}" if self.answer is not None else ""
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK-web-{port}-{method}-{bool(tag)}",
            f"From: <sip:web@{host}:{port}>;tag=web-{port}",
            f"To: <{self._uri}>{tag}",
            f"Call-ID: web-{port}@{host}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:web@{host}:{port}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        self._transport.sendto(("\r\n".join([*lines, "", ""]) + body).encode(), ("127.0.0.1", self._port))

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
