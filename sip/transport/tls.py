"""TLS for SIP: certificates from files, the peer's checked by authority and name (RFC 3261 26.3, RFC 5922)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from OpenSSL import SSL, crypto
from twisted.internet.protocol import Factory
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    KeyPair,
    PrivateCertificate,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.protocols.tls import TLSMemoryBIOFactory

from sip.transport.errors import TransportError

_trust_in = cast("Callable[[list[Certificate]], Certificate]", trustRootFromCertificates)
_trust_of_machine = cast("Callable[[], Certificate]", platformTrust)
_own = cast("Callable[[Certificate, KeyPair], PrivateCertificate]", PrivateCertificate.fromCertificateAndKeyPair)
_PEM_BEGINS: Final = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Certificates of one endpoint, all PEM files; TLS 1.2 is the least that is spoken.

    Args:
        certificate: ours, followed by those of the authorities between it and the root.
        key: its private key, without a password.
        authorities: who may vouch for peers; ``None``: those that the machine trusts.
        clients_verified: whether peers that connect to us must show a certificate of these authorities.
        server_name: whom the certificates of peers that we connect to must name, in place of the name or address
            that was called; for a PBX whose certificate names it otherwise.
    """

    certificate: Path
    key: Path
    authorities: Path | None = None
    clients_verified: bool = False
    server_name: str = ""


class Tls:
    """The settings, read and checked.

    Raises:
        TransportError: a file cannot be read, or holds no certificate or key, or key and certificate do not fit.
    """

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        chain = _certificates(settings.certificate)
        self._own = _private(settings.key, chain[0], settings.certificate)
        self._between = [certificate.original for certificate in chain[1:]]
        self._trust = (
            _trust_in(_certificates(settings.authorities)) if settings.authorities is not None else _trust_of_machine()
        )

    def accepting(self, factory: Factory) -> Factory:
        """Wrap the factory of connections that come in."""
        options = CertificateOptions(
            privateKey=self._own.privateKey.original,
            certificate=self._own.original,
            extraCertChain=self._between,
            trustRoot=self._trust if self._settings.clients_verified else None,
            raiseMinimumTo=TLSVersion.TLSv1_2,
        )
        return _wrap(options, factory, client=False)

    def dialling(self, factory: Factory, name: str) -> Factory:
        """Wrap the factory of one connection that we open; the peer's certificate must be of ``name``."""
        wanted = self._settings.server_name or name
        creator = optionsForClientTLS(
            wanted,
            trustRoot=self._trust,
            clientCertificate=self._own,
            extraCertificateOptions={"extraCertChain": self._between, "raiseMinimumTo": TLSVersion.TLSv1_2},
        )
        return _wrap(creator, factory, client=True)


def _wrap(options: object, factory: Factory, *, client: bool) -> Factory:
    """Put TLS below a factory; Twisted's types do not say that its own options fit."""
    return cast("Callable[..., Factory]", TLSMemoryBIOFactory)(options, client, factory)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TransportError(f"{file} cannot be read: {error.strerror or error}") from error


def _certificates(file: Path) -> list[Certificate]:
    """Read all certificates of a PEM file."""
    pieces = [_PEM_BEGINS + piece for piece in _read(file).split(_PEM_BEGINS)[1:]]
    try:
        found = [Certificate.loadPEM(piece) for piece in pieces]
    except (SSL.Error, ValueError) as error:
        raise TransportError(f"{file} holds a broken certificate") from error
    if not found:
        raise TransportError(f"{file} holds no certificate (PEM)")
    return found


def _private(key: Path, certificate: Certificate, file: Path) -> PrivateCertificate:
    try:
        pair = KeyPair.load(_read(key), crypto.FILETYPE_PEM)
        own = _own(certificate, pair)
        context = SSL.Context(SSL.TLS_METHOD)
        context.use_certificate(own.original)
        context.use_privatekey(pair.original)
        context.check_privatekey()
    except (SSL.Error, ValueError, TypeError) as error:
        raise TransportError(f"{key} is no key (PEM, without a password) to the certificate in {file}") from error
    return own
