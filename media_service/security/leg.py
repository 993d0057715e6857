"""The protected audio of one call at its engine port: ICE first, then DTLS, then keys for the engine."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, MediaEngine, PacketReceived, SrtpProfile, Stream
from media_service.security.dtls import PATIENCE, DtlsContext, DtlsSession, DtlsState
from media_service.security.ice import IceLite
from media_service.security.keying import Handshake

_DTLS_FIRST_OCTETS: Final = range(20, 64)
_STUN_FIRST_OCTETS: Final = range(4)
"""RFC 7983 7."""


@dataclass(frozen=True, slots=True)
class MediaSecured:
    """Keys are agreed upon and the engine has them."""

    profile: SrtpProfile


@dataclass(frozen=True, slots=True)
class MediaFailed:
    """There is no audio, or no more; the call is of no use. Told once at most."""

    reason: str


MediaNews = MediaSecured | MediaFailed


class SecureLeg:
    """One call's way to its engine port; streams without a handshake pass through.

    Nothing is heard of time but by ``now``, Unix seconds: after every call in, arm one timer at `get_timer`.

    Args:
        engine: where ``port`` is open.
        port: its name.
        dtls: the context of the service; ``None`` where it makes no handshakes.
        told: hears when audio is protected by a handshake, and when that fails or the far end is gone.
    """

    def __init__(
        self, engine: MediaEngine, port: str, dtls: DtlsContext | None, told: Callable[[MediaNews], None]
    ) -> None:
        self._engine = engine
        self._port = port
        self._context = dtls
        self._told = told
        self._stream: Stream | None = None
        self._connected: Stream | None = None
        self._handshake: Handshake | None = None
        self._session: DtlsSession | None = None
        self._ice: IceLite | None = None
        self._peer: Address | None = None
        self._deadline: float | None = None
        self._started = self._secured = self._over = False

    # --- what happens -----------------------------------------------------------------------------------------------

    def connect(self, stream: Stream, handshake: Handshake | None, now: float) -> None:
        """Send and accept as offer and answer say (again); raises `EngineError` as `MediaEngine.connect` does."""
        self._stream = stream
        if handshake is None:
            self._end_session()
            self._handshake = self._ice = self._deadline = None
            self._give(stream)
            return
        before, self._handshake = self._handshake, handshake
        self._check_by_ice(handshake, stream.remote, now)
        # An association goes on while both ends are the same (RFC 8842 3.1).
        same = before is not None and replace(before, ice=None) == replace(handshake, ice=None)
        if not same or self._session is None:
            self._begin(handshake, now)
        self._pass_on()

    def receive(self, packet: PacketReceived, now: float) -> None:
        """Take a datagram that is no audio; what is neither STUN nor DTLS, or comes from elsewhere, is dropped."""
        if self._over or not packet.data:
            return
        first = packet.data[0]
        if first in _STUN_FIRST_OCTETS and self._ice is not None:
            selected = self._ice.selected
            self._ice.receive(packet.data, packet.source, now)
            if self._ice.selected != selected:
                self._deadline = None
                self._start(now)
                self._pass_on()
        elif first in _DTLS_FIRST_OCTETS and self._session is not None and self._trusts(packet.source):
            self._peer = packet.source
            self._session.receive(packet.data, now)
            self._look()

    def get_timer(self) -> float | None:
        """When `handle_timer` is to be called, Unix seconds."""
        if self._over:
            return None
        if self._session is None and self._ice is None:
            return self._deadline  # nearly always, and asked for after all that happens in a call
        times = (
            self._deadline,
            self._session.get_timer() if self._session is not None else None,
            self._ice.consent_until if self._ice is not None else None,
        )
        return min((at for at in times if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Retransmit, give up, or notice that the far end is gone."""
        if self._over:
            return
        consent = self._ice.consent_until if self._ice is not None else None
        if consent is not None and now >= consent:
            self._fail("the far end checks the path no more: it is gone (RFC 7675)")
        elif self._deadline is not None and now >= self._deadline:
            self._fail(f"no path to the far end within {PATIENCE:.0f} s (ICE)")
        elif self._session is not None:
            self._session.handle_timer(now)
            self._look()

    def close(self) -> None:
        """The call is over: say so in DTLS. The engine's port is closed by who opened it."""
        self._end_session()
        self._over = True
        self._told = _nobody

    # --- ICE and DTLS -----------------------------------------------------------------------------------------------

    def _check_by_ice(self, handshake: Handshake, described: Address, now: float) -> None:
        self._deadline = None
        if handshake.ice is None:
            self._ice = None
            return
        if self._ice is None:
            self._ice = IceLite(handshake.ice, self._send_to)
        else:
            self._ice.restart(handshake.ice)
        if handshake.ice.remote_lite:  # nobody checks: what the description says is where media goes
            self._ice.select(described)
        elif self._ice.selected is None:
            self._deadline = now + PATIENCE

    def _begin(self, handshake: Handshake, now: float) -> None:
        self._end_session()
        self._connected = None
        if self._context is None:
            self._fail("this service makes no DTLS handshakes")
            return
        self._session = DtlsSession(
            self._context, handshake.fingerprints, client=handshake.client, send=self._send_handshake
        )
        self._peer = None
        self._started = False
        self._start(now)

    def _start(self, now: float) -> None:
        """Begin the handshake: who waits for the far end at once, who begins it once there is a path."""
        waits = self._handshake is not None and not self._handshake.client
        if self._session is not None and not self._started and (waits or self._ice is None or self._ice.selected):
            self._started = True
            self._session.start(now)
            self._look()

    def _trusts(self, source: Address) -> bool:
        """Whether a handshake from here counts: who passed a check; without checks who is described or came first."""
        if self._ice is not None:
            return source in self._ice.known
        if self._stream is None or source == self._reports_from(self._stream):
            return (
                False  # reports without a shared port would need a handshake of their own (RFC 5764 3): they have none
            )
        return source == self._stream.remote or self._peer in {None, source}

    @staticmethod
    def _reports_from(stream: Stream) -> Address | None:
        """Where the far end's reports come from, if not from where its audio does."""
        reports = stream.rtcp or Address(stream.remote.host, stream.remote.port + 1)
        return reports if reports != stream.remote else None

    def _look(self) -> None:
        """See how far the handshake is."""
        session = self._session
        if session is None or session.state is DtlsState.HANDSHAKE:
            return
        if session.state is not DtlsState.SECURE:
            self._fail(session.reason)
        elif session.keys is not None and not self._secured:
            self._secured = True
            self._pass_on()
            if not self._over:
                self._told(MediaSecured(session.keys.profile))

    # --- towards the engine and the far end -------------------------------------------------------------------------

    @property
    def _target(self) -> Address | None:
        """Where packets go: what ICE nominated, else where the handshake comes from, else what is described."""
        if self._ice is not None and self._ice.selected is not None:
            return self._ice.selected
        return self._peer or (self._stream.remote if self._stream is not None else None)

    def _pass_on(self) -> None:
        """Tell the engine what is known by now, where that is news."""
        stream, target = self._stream, self._target
        if stream is None or target is None or self._session is None:
            return
        keys = self._session.keys
        # Before there are keys nothing is sent, so that the address does not matter yet.
        remote = target if keys is not None else stream.remote
        shared = stream.rtcp == stream.remote
        now_known = replace(stream, remote=remote, rtcp=remote if shared else stream.rtcp, srtp=keys, protected=True)
        try:
            self._give(now_known)
        except EngineError as error:
            self._fail(f"the engine refuses: {error}")

    def _give(self, stream: Stream) -> None:
        if stream != self._connected:
            self._engine.connect(self._port, stream)
            self._connected = stream

    def _send_to(self, data: bytes, target: Address) -> None:
        try:
            self._engine.send_packet(self._port, data, target)
        except EngineError as error:
            self._fail(f"the engine refuses: {error}")

    def _send_handshake(self, data: bytes) -> None:
        target = self._target
        if target is not None:
            self._send_to(data, target)

    def _end_session(self) -> None:
        session, self._session = self._session, None
        self._secured = False
        if session is not None:
            session.close()

    def _fail(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._told(MediaFailed(reason))


def _nobody(_news: MediaNews) -> None:
    """Stand in for who heard of a call that is over."""
