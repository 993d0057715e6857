"""DTLS-SRTP: the handshake that agrees on the keys of a stream (RFC 5763, RFC 5764, RFC 6347), without I/O."""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Final

from OpenSSL import SSL, crypto

from media_service.engine.interface import Srtp, SrtpProfile
from media_service.security.identity import Fingerprint, Identity, is_one_of
from media_service.security.profiles import FACTS, by_dtls_name

MTU: Final = 1200
"""Octets of UDP payload that pass everywhere."""
MAX_DATAGRAM: Final = 4096
PATIENCE: Final = 30.0
"""Seconds until a handshake that does not come to an end is given up."""
MAX_DATAGRAMS: Final = 400
"""Datagrams looked at in one handshake."""
MAX_ATTEMPTS: Final = 8
"""Handshakes begun anew because the one before was spoilt, by whomever."""
MAX_REPEATS: Final = 20
"""Times that the last flight is sent again when the far end has not heard it."""
_OF_HANDSHAKES: Final = frozenset({20, 22})
"""Record types: change of cipher, handshake."""
_FIRST_RETRANSMISSION: Final = 0.4
_SLOWEST_RETRANSMISSION: Final = 5.0
_RECORD_HEAD: Final = 13
_LABEL: Final = b"EXTRACTOR-dtls_srtp"
_VERSION_1_2: Final = 0xFEFD
_CIPHERS: Final = b"ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"


class DtlsState(Enum):
    """How far a handshake is."""

    HANDSHAKE = "handshake"
    SECURE = "secure"
    FAILED = "failed"
    CLOSED = "closed"


class DtlsContext:
    """What all handshakes of a service share: our certificate, ciphers and SRTP profiles."""

    def __init__(self, identity: Identity, profiles: Sequence[SrtpProfile]) -> None:
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_min_proto_version(_VERSION_1_2)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_QUERY_MTU)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_cipher_list(_CIPHERS)
        # Certificates of both ends are self-signed: what counts is the fingerprint, which is compared afterwards.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(identity.certificate)
        context.use_privatekey(identity.key)
        context.set_tlsext_use_srtp(b":".join(FACTS[profile].dtls for profile in FACTS if profile in profiles))
        self._context = context

    def connection(self, *, client: bool) -> SSL.Connection:
        """A connection of no socket, at its beginning."""
        connection = SSL.Connection(self._context, None)
        connection.set_ciphertext_mtu(MTU)
        if client:
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection


class DtlsSession:
    """One end of an association.

    Nothing is heard of time but by ``now``, Unix seconds. ``keys`` are there once ``state`` is secure, ``reason`` once
    it has failed. A client begins by `start`.

    Args:
        context: of the service.
        fingerprints: one of them is that of the far end's certificate.
        client: whether we begin (``a=setup:active``).
        send: sends a datagram.
    """

    def __init__(
        self,
        context: DtlsContext,
        fingerprints: Sequence[Fingerprint],
        *,
        client: bool,
        send: Callable[[bytes], None],
    ) -> None:
        self.state = DtlsState.HANDSHAKE
        self.keys: Srtp | None = None
        self.reason = ""
        self._context = context
        self._fingerprints = tuple(fingerprints)
        self._client = client
        self._send = send
        self._connection = context.connection(client=client)
        self._flight: tuple[bytes, ...] = ()
        self._due: float | None = None
        self._pause = _FIRST_RETRANSMISSION
        self._give_up: float | None = None
        self._datagrams = 0
        self._attempts = 1
        self._repeats = 0

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self, now: float) -> None:
        """The clock of the handshake begins to run; a client sends its first flight."""
        self._give_up = now + PATIENCE
        if self._client:
            self._shake(now)

    def get_timer(self) -> float | None:
        """When `handle_timer` is to be called, Unix seconds."""
        if self.state is not DtlsState.HANDSHAKE:
            return None
        return min((at for at in (self._due, self._give_up) if at is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Send the last flight again, or give up."""
        if self.state is not DtlsState.HANDSHAKE:
            return
        if self._give_up is not None and now >= self._give_up:
            self._fail(f"no DTLS handshake within {PATIENCE:.0f} s")
        elif self._due is not None and now >= self._due:
            for datagram in self._flight:
                self._send(datagram)
            self._pause = min(2 * self._pause, _SLOWEST_RETRANSMISSION)
            self._due = now + self._pause

    def receive(self, data: bytes, now: float) -> None:
        """Take a datagram that looks like DTLS."""
        if self.state in {DtlsState.FAILED, DtlsState.CLOSED} or not _RECORD_HEAD <= len(data) <= MAX_DATAGRAM:
            return
        shakes = data[0] in _OF_HANDSHAKES
        if self.state is DtlsState.SECURE:
            if shakes:
                self._repeat()
            self._connection.bio_write(data)
            self._listen()
            return
        self._datagrams += 1
        if self._datagrams > MAX_DATAGRAMS:
            self._fail(f"no DTLS handshake within {MAX_DATAGRAMS} datagrams")
        elif shakes:  # anybody can have sent an alert; who cannot go on will be silent (RFC 6347 4.1.2.7)
            self._connection.bio_write(data)
            self._shake(now)

    def close(self) -> None:
        """Say that we leave (close_notify)."""
        if self.state is DtlsState.SECURE:
            try:
                self._connection.shutdown()
            except SSL.Error:
                self.reason = "the far end had left before"
            for datagram in self._written():
                self._send(datagram)
        self.state = DtlsState.CLOSED

    # --- the handshake ----------------------------------------------------------------------------------------------

    def _shake(self, now: float) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            self._sent(now)
        except SSL.Error as error:
            self._spoilt(error, now)
        else:
            self._sent(now)
            self._agreed()

    def _sent(self, now: float) -> None:
        flight = tuple(self._written())
        if flight:
            self._flight, self._pause = flight, _FIRST_RETRANSMISSION
            self._due = now + self._pause
        for datagram in flight:
            self._send(datagram)

    def _spoilt(self, error: SSL.Error, now: float) -> None:
        """Before the end of the handshake anybody can have sent what broke it: the right one may yet come."""
        if self._attempts == MAX_ATTEMPTS:
            for datagram in self._written():
                self._send(datagram)
            self._fail(f"the DTLS handshake failed: {_words(error)}")
            return
        self._attempts += 1
        self._connection = self._context.connection(client=self._client)
        self._flight, self._due = (), None
        if self._client:
            self._shake(now)

    def _agreed(self) -> None:
        certificate = self._connection.get_peer_certificate()
        profile = by_dtls_name(self._connection.get_selected_srtp_profile())
        if certificate is None or not is_one_of(_der(certificate), self._fingerprints):
            self._fail("the certificate is not the one that the description names")
        elif profile is None:
            self._fail("the far end does not know SRTP in DTLS")
        else:
            self.keys = self._exported(profile)
            self.state = DtlsState.SECURE
            self._due = self._give_up = None

    def _exported(self, profile: SrtpProfile) -> Srtp:
        facts = FACTS[profile]
        material = self._connection.export_keying_material(_LABEL, 2 * facts.length)
        # Client key, server key, client salt, server salt (RFC 5764 4.2).
        keys = material[: facts.key], material[facts.key : 2 * facts.key]
        salts = material[2 * facts.key : -facts.salt], material[-facts.salt :]
        client, server = keys[0] + salts[0], keys[1] + salts[1]
        return Srtp(profile, *((client, server) if self._client else (server, client)))

    def _fail(self, reason: str) -> None:
        self.state, self.reason = DtlsState.FAILED, reason
        self._due = self._give_up = None

    # --- after it ---------------------------------------------------------------------------------------------------

    def _repeat(self) -> None:
        """The far end goes on with the handshake, for what we said last was lost (RFC 6347 4.2.4: we ended it)."""
        if not self._client and self._repeats < MAX_REPEATS:
            self._repeats += 1
            for datagram in self._flight:
                self._send(datagram)

    def _listen(self) -> None:
        """Read what comes after the handshake: its last flight again, the end, nothing else of use."""
        try:
            self._connection.recv(MAX_DATAGRAM)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.state, self.reason = DtlsState.CLOSED, "the far end has left"
        except SSL.Error as error:
            self._fail(f"the DTLS association broke: {_words(error)}")
        for datagram in self._written():
            self._send(datagram)

    def _written(self) -> Iterator[bytes]:
        """What OpenSSL has written, whole records together in datagrams that pass everywhere."""
        datagram = b""
        for record in _records(self._drained()):
            if datagram and len(datagram) + len(record) > MTU:
                yield datagram
                datagram = b""
            datagram += record
        if datagram:
            yield datagram

    def _drained(self) -> bytes:
        pieces: list[bytes] = []
        try:
            while True:
                pieces.append(self._connection.bio_read(65_536))
        except SSL.WantReadError:
            return b"".join(pieces)


def _der(certificate: crypto.X509) -> bytes:
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)


def _records(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = at + _RECORD_HEAD + int.from_bytes(data[at + 11 : at + 13])
        yield data[at:end]
        at = end


def _words(error: SSL.Error) -> str:
    """The last words of OpenSSL's report."""
    reports = error.args[0] if error.args else ()
    return str(reports[-1][-1]) if isinstance(reports, list) and reports else type(error).__name__
