"""How messages stand in a stream: by Content-Length on TCP and TLS, one in each message of a WebSocket (RFC 7118)."""

from typing import Final, Protocol

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from sip.errors import SipSyntaxError
from sip.message import KEEP_ALIVE_PING, KEEP_ALIVE_PONG, MAX_MESSAGE_BYTES, StreamFramer

SUBPROTOCOL: Final = "sip"
_MAX_HANDSHAKE: Final = 16_384


class Framing(Protocol):
    """One direction in, one out, of one connection."""

    @property
    def waiting(self) -> bool:
        """Whether a message has begun that is not whole."""

    @property
    def ready(self) -> bool:
        """Whether messages may be sent."""

    @property
    def over(self) -> bool:
        """Whether the peer has said good-bye: close once what is to be sent has gone."""

    @property
    def broken(self) -> str:
        """Why nothing more can be read after the messages that `receive` returned; empty where all is well."""

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes; return the messages that are now whole.

        Raises:
            SipSyntaxError: the stream has lost its frame, or a limit is passed: close the connection.
        """

    def reply(self) -> bytes:
        """Return what has to be sent for what was received, such as pongs; empty where nothing."""

    def frame(self, message: bytes) -> bytes:
        """Return the bytes of a message."""

    def ping(self) -> bytes:
        """Return the bytes of a keep-alive."""


class ByteStream:
    """SIP on TCP and TLS (RFC 3261 18.3)."""

    ready = True
    over = False

    def __init__(self) -> None:
        self._framer = StreamFramer()

    @property
    def waiting(self) -> bool:
        """Whether a message has begun that is not whole."""
        return self._framer.waiting

    @property
    def broken(self) -> str:
        """Why nothing more can be read; empty where all is well."""
        return self._framer.broken

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes; return the messages that are now whole.

        Raises:
            SipSyntaxError: the stream has lost its frame, or a limit is passed.
        """
        return self._framer.feed(data)

    def reply(self) -> bytes:
        """Return one pong for the pings that came (RFC 5626 4.4.1)."""
        if not self._framer.pings:
            return b""
        self._framer.pings = 0
        return KEEP_ALIVE_PONG

    def frame(self, message: bytes) -> bytes:
        """Return the message: its Content-Length says where it ends."""
        return message

    def ping(self) -> bytes:
        """Return the double line end of RFC 5626 3.5.1."""
        return KEEP_ALIVE_PING


class WebSocket:
    """SIP over WebSocket, as the server (RFC 7118): subprotocol ``sip``, text and binary messages.

    We answer in the kind of frame that the peer used last; text first, which every message of ours fits.
    """

    broken = ""

    def __init__(self) -> None:
        self._connection = WSConnection(ConnectionType.SERVER)
        self._reply = bytearray()
        self._text: list[str] = []
        self._bytes: list[bytes] = []
        self._size = 0
        self._handshake = 0
        self._binary = False
        self.ready = False
        self.over = False

    @property
    def waiting(self) -> bool:
        """Whether a message has begun that is not whole; a frame's header alone is not seen."""
        return self._size > 0

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes; return the messages that are now whole.

        Raises:
            SipSyntaxError: no WebSocket handshake for SIP, a broken frame, or a message that is too long. What `reply`
                has then is still worth sending.
        """
        if not self.ready:
            self._handshake += len(data)
            if self._handshake > _MAX_HANDSHAKE and self._connection.state is ConnectionState.CONNECTING:
                raise SipSyntaxError(f"no WebSocket handshake within {_MAX_HANDSHAKE} bytes")
        try:
            self._connection.receive_data(data)
            return self._take_events()
        except RemoteProtocolError as error:
            if error.event_hint is not None:
                self._send(error.event_hint)
            raise SipSyntaxError(f"WebSocket: {error}") from error
        except LocalProtocolError as error:
            raise SipSyntaxError(f"WebSocket: {error}") from error

    def reply(self) -> bytes:
        """Return what has to be sent for what was received: the handshake, pongs, the closing."""
        reply = bytes(self._reply)
        self._reply.clear()
        return reply

    def frame(self, message: bytes) -> bytes:
        """Return one WebSocket message; empty where the connection is closing."""
        if not self.ready or self.over:
            return b""
        if not self._binary:
            try:
                return self._connection.send(TextMessage(message.decode()))
            except UnicodeDecodeError:
                pass  # a body that is no text has to go in binary (RFC 7118 5)
        return self._connection.send(BytesMessage(message))

    def ping(self) -> bytes:
        """Return a ping frame (RFC 6455 5.5.2)."""
        return self._connection.send(Ping()) if self.ready and not self.over else b""

    def _send(self, event: Event) -> None:
        self._reply += self._connection.send(event)

    def _take_events(self) -> list[bytes]:
        messages: list[bytes] = []
        for event in self._connection.events():
            match event:
                case Request():
                    self._accept(event)
                case TextMessage(data=text, message_finished=finished):
                    self._grow(len(text.encode()))
                    self._text.append(text)
                    if finished:
                        messages.append(self._whole("".join(self._text).encode(), binary=False))
                case BytesMessage(data=piece, message_finished=finished):
                    self._grow(len(piece))
                    self._bytes.append(bytes(piece))
                    if finished:
                        messages.append(self._whole(b"".join(self._bytes), binary=True))
                case Ping():
                    self._send(event.response())
                case CloseConnection():
                    self.over = True
                    if self._connection.state is ConnectionState.REMOTE_CLOSING:
                        self._send(event.response())
                case _:
                    pass  # a pong: that it came is enough
        return [message for message in messages if not self._is_keep_alive(message)]

    def _accept(self, request: Request) -> None:
        """Accept a handshake that offers ``sip`` (RFC 7118 4); another one is answered 400."""
        if SUBPROTOCOL not in request.subprotocols:
            self._send(RejectConnection(status_code=400))
            raise SipSyntaxError("WebSocket without the subprotocol sip")
        self._send(AcceptConnection(subprotocol=SUBPROTOCOL))
        self.ready = True

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_MESSAGE_BYTES:
            self._send(CloseConnection(CloseReason.MESSAGE_TOO_BIG))
            raise SipSyntaxError(f"WebSocket message over {MAX_MESSAGE_BYTES} bytes")

    def _whole(self, message: bytes, *, binary: bool) -> bytes:
        self._text.clear()
        self._bytes.clear()
        self._size, self._binary = 0, binary
        return message

    def _is_keep_alive(self, message: bytes) -> bool:
        """Answer the keep-alive of RFC 5626 in a message of its own (RFC 7118 6)."""
        if message.strip(b"\r\n"):
            return False
        if message == KEEP_ALIVE_PING:
            self._reply += self.frame(KEEP_ALIVE_PONG)
        return True
