"""The endpoints' certificate: read from its files, and read again once they have changed, without a restart."""

import ssl
from pathlib import Path

import structlog

from cti_server.settings.supervision.endpoints import EndpointTlsSettings


class RenewedCertificate:
    """The TLS context of new connections; those that stand keep what they began with.

    The files are looked at in each handshake, and whenever `renew` is called. A new pair that is no use is told of in
    the log, once, and the former one stays in use.

    Args:
        settings: certificate and key, PEM files.

    Raises:
        OSError: a file cannot be read.
        ssl.SSLError: one holds no certificate or key, or they do not belong together.
    """

    def __init__(self, settings: EndpointTlsSettings) -> None:
        self._settings = settings
        self.log = structlog.get_logger(room="web")
        self._signature = self._written()
        self._newest = self._read()
        self.context = self._read()
        """What the server listens with; each handshake goes on with the newest."""
        self.context.sni_callback = self._choose

    def renew(self) -> bool:
        """Read the files again where they have changed; whether new connections have another certificate now."""
        signature = self._written()
        if signature == self._signature:
            return False
        self._signature = signature
        file = str(self._settings.certificate)
        try:
            self._newest = self._read()
        except OSError as fault:  # ssl.SSLError is one
            reason = fault.strerror or str(fault)
            self.log.warning("the endpoints go on with their former certificate", file=file, reason=reason)
            return False
        self.log.info("the endpoints have another certificate", file=file)
        return True

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        """Called within each handshake, whether the client names a server or not."""
        self.renew()
        connection.context = self._newest

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Whoever must give a password for a key would be asked at a terminal that is not there.
        context.load_cert_chain(self._settings.certificate, self._settings.key, password="")
        return context

    def _written(self) -> tuple[tuple[int, ...], ...]:
        """What changes when one of the files is written anew, replaced or made readable."""
        return tuple(_written(file) for file in (self._settings.certificate, self._settings.key))


def _written(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError as fault:
        return (fault.errno or 0,)
    return found.st_ctime_ns, found.st_size, found.st_ino
