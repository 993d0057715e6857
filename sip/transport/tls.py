"""TLS for SIP: certificates from files, the peer's checked by authority and name (RFC 3261 26.3, RFC 5922).

The files are looked at with each new connection, and read again where they have changed: a renewed certificate needs no
restart. Connections that stand keep what they began with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from OpenSSL.SSL import Error as OpenSslError
from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import Factory
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer  # type: ignore[import-untyped]  # zope has no types

from sip.transport.errors import TransportError

_OLDEST: Final = TLSVersion.TLSv1_2


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Certificates of one endpoint, all PEM files; TLS 1.2 is the least that is spoken.

    Args:
        certificate: ours, followed by those of the authorities between it and the root; ``None``: we have none, and
            only connect to others.
        key: its private key, without a password; ``None``: it stands in the certificate's file.
        authorities: who may vouch for peers; ``None``: those that the machine trusts.
        clients_verified: whether peers that connect to us must show a certificate of these authorities.
        server_name: whom the certificates of peers that we connect to must name, in place of the name or address
            that was called; for a PBX whose certificate names it otherwise.
    """

    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None
    clients_verified: bool = False
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class _Files:
    """What the files hold: arguments for CertificateOptions, and who may vouch for peers."""

    own: dict[str, Any]
    trust: Any

    def context(self, settings: TlsSettings) -> object:
        """What connections that come in are secured with; None where we have no certificate."""
        if not self.own:
            return None
        trust = self.trust if settings.clients_verified else None
        return CertificateOptions(trustRoot=trust, raiseMinimumTo=_OLDEST, **self.own).getContext()


class Tls:
    """The settings, read and checked; ``reactor`` is the clock by which small writes are joined.

    Raises:
        TransportError: a file cannot be read, or holds no certificate or key, or key and certificate do not fit.
    """

    _log = Logger()

    def __init__(self, settings: TlsSettings, reactor: PosixReactorBase) -> None:
        self._reactor = reactor
        self._settings = settings
        self._signature = _signature(settings)
        self._files = _read_all(settings)
        self._context = self._files.context(settings)

    @property
    def has_certificate(self) -> bool:
        """Whether connections can come in."""
        return bool(self._files.own)

    def renew(self) -> bool:
        """Read the files again where they have changed; whether new connections have others from now on.

        Files that are no use are told of in the log, once, and the former ones stay in use.
        """
        signature = _signature(self._settings)
        if signature == self._signature:
            return False
        self._signature = signature
        try:
            files = _read_all(self._settings)
            context = files.context(self._settings)
        except (TransportError, OpenSslError) as fault:
            self._log.warn("TLS goes on with the former certificate, the new one is no use: {fault}", fault=str(fault))
            return False
        self._files, self._context = files, context
        self._log.info("TLS has other certificates: {file}", file=str(self._settings.certificate or "authorities"))
        return True

    def accepting(self, factory: Factory) -> Factory:
        """Wrap the factory of connections that come in."""
        return self._wrapped(factory, _Newest(self), client=False)

    def context(self) -> object:
        """What the next connection that comes in is secured with (an OpenSSL context)."""
        self.renew()
        return self._context

    def dialling(self, factory: Factory, name: str) -> Factory:
        """Wrap the factory of one connection that we open; the peer's certificate must be of ``name``."""
        self.renew()
        extra = {"raiseMinimumTo": _OLDEST, **self._files.own}
        wanted = self._settings.server_name or name
        options = optionsForClientTLS(wanted, trustRoot=self._files.trust, extraCertificateOptions=extra)
        return self._wrapped(factory, options, client=True)

    def _wrapped(self, factory: Factory, options: object, *, client: bool) -> Factory:
        """Put TLS below a factory; Twisted's types do not say that its own options fit."""
        # Without a clock Twisted takes the reactor of the whole process.
        return cast("Callable[..., Factory]", TLSMemoryBIOFactory)(options, client, factory, self._reactor)


@implementer(IOpenSSLContextFactory)
class _Newest:
    """Asked by Twisted for each connection that comes in."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls

    def getContext(self) -> object:  # noqa: N802 - Twisted's
        """The context of the files as they are now."""
        return self._tls.context()


def _signature(settings: TlsSettings) -> tuple[object, ...]:
    """What changes when one of the files is written anew, replaced or made readable."""
    return tuple(_written(file) for file in (settings.certificate, settings.key, settings.authorities))


def _written(file: Path | None) -> tuple[int, ...]:
    if file is None:
        return ()
    try:
        found = file.stat()
    except OSError as error:
        return (error.errno or 0,)
    return found.st_ctime_ns, found.st_size, found.st_ino


def _read_all(settings: TlsSettings) -> _Files:
    own: dict[str, Any] = {}
    if settings.certificate is not None:
        first, *chain = _certificates(settings.certificate)
        key = _key_of(first, settings.key or settings.certificate)
        own = {"privateKey": key, "certificate": first, "extraCertChain": chain}
    return _Files(own, _trust(settings.authorities))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TransportError(f"{file} cannot be read: {error.strerror or error}") from error


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(file))
    except ValueError as error:
        raise TransportError(f"{file} holds no certificate in PEM form, or a broken one") from error


def _trust(file: Path | None) -> Any:  # noqa: ANN401 - an interface that zope declares
    system: Any = platformTrust  # both untyped in Twisted
    these: Any = trustRootFromCertificates
    if file is None:
        return system()
    return these([Certificate.loadPEM(one.public_bytes(Encoding.PEM)) for one in _certificates(file)])


def _key_of(certificate: x509.Certificate, file: Path) -> PrivateKeyTypes:
    try:
        key = load_pem_private_key(_read(file), password=None)
    except (TypeError, ValueError) as error:
        raise TransportError(f"{file} holds no private key in PEM form without a password") from error
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise TransportError(f"the key in {file} does not belong to the certificate")
    return key
