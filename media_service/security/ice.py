"""ICE-lite: answers the checks of a full agent and knows by them where media goes, and whether it still may.

RFC 8445 (a lite agent is always controlled and sends no checks), RFC 7675 (consent).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from media_service.engine.interface import Address
from media_service.security import stun
from media_service.security.stun import Attribute, Kind, StunError, StunMessage

CONSENT: Final = 30.0
"""Seconds without a check after which the far end is gone (RFC 7675 5.1)."""
_STEADY: Final = 5.0
"""Seconds for which a nominated pair without a check stands against one of lower priority."""
_MAX_SOURCES: Final = 16
HOST_PRIORITY: Final = 126 << 24 | 65535 << 8 | 255
"""Of our one candidate (RFC 8445 5.1.2.1): host, the only address, component 1."""


@dataclass(frozen=True, slots=True)
class IceParameters:
    """Name and password of both ends; ``remote_lite``: neither end checks."""

    local_name: str
    local_password: str
    remote_name: str
    remote_password: str
    remote_lite: bool = False

    def __repr__(self) -> str:
        """Name the ends without their passwords."""
        return f"IceParameters({self.local_name}, {self.remote_name}, remote_lite={self.remote_lite})"


def candidate(address: Address) -> str:
    """The value of ``a=candidate`` for our one address (RFC 8839 5.1)."""
    return f"1 1 udp {HOST_PRIORITY} {address.host} {address.port} typ host"


class IceLite:
    """One stream's ICE. ``selected`` is the nominated address of the far end, ``known`` those that passed a check."""

    def __init__(self, parameters: IceParameters, send: Callable[[bytes, Address], None]) -> None:
        self.selected: Address | None = None
        self.known: set[Address] = set()
        self._parameters = parameters
        self._send = send
        self._priority = 0
        self._seen = 0.0

    def restart(self, parameters: IceParameters) -> None:
        """Other names and passwords; media goes on to where it went until there is another nomination."""
        if parameters != self._parameters:
            self._parameters = parameters
            self.known = {self.selected} if self.selected is not None else set()
            self._priority = 0

    def select(self, address: Address) -> None:
        """Take an address without a check: that of another lite agent, for then neither end checks."""
        self.selected = address
        self.known.add(address)

    @property
    def consent_until(self) -> float | None:
        """Unix seconds until which media may be sent; ``None`` before the nomination and where nobody checks."""
        if self.selected is None or self._parameters.remote_lite:
            return None
        return self._seen + CONSENT

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take a datagram that looks like STUN: requests are answered, everything else is passed over."""
        try:
            message = stun.read(data)
        except StunError:
            return  # noise from anywhere; an answer would be an echo for who forges addresses
        if message.kind is Kind.REQUEST:
            self._request(message, source, now)

    def _request(self, request: StunMessage, source: Address, now: float) -> None:
        ours = self._parameters
        username = request.value(Attribute.USERNAME)
        if username is None or request.integrity is None or not request.fingerprinted:
            self._refuse(request, source, 400, "Bad Request")
        elif username.partition(b":")[0] != ours.local_name.encode() or not request.is_by(ours.local_password):
            self._refuse(request, source, 401, "Unauthenticated")
        elif request.unknown:
            numbers = b"".join(number.to_bytes(2) for number in request.unknown)
            self._refuse(
                request, source, 420, "Unknown Attribute", ((Attribute.UNKNOWN_ATTRIBUTES, numbers),), signed=True
            )
        elif request.value(Attribute.ICE_CONTROLLED) is not None:
            self._refuse(request, source, 487, "Role Conflict", signed=True)
        elif source in self.known or len(self.known) < _MAX_SOURCES:
            self._checked(request, source, now)

    def _checked(self, request: StunMessage, source: Address, now: float) -> None:
        self.known.add(source)
        mapped = (Attribute.XOR_MAPPED_ADDRESS, stun.xor_address(source, request.transaction))
        self._send(stun.write(Kind.SUCCESS, request.transaction, (mapped,), self._parameters.local_password), source)
        priority = int.from_bytes(request.value(Attribute.PRIORITY) or b"")
        # Who nominates every pair it checks means the best of them; who moves has left the old one.
        better = self.selected is None or priority >= self._priority or now > self._seen + _STEADY
        if request.value(Attribute.USE_CANDIDATE) is not None and source != self.selected and better:
            self.selected, self._priority = source, priority
        if source == self.selected:
            self._seen = now

    def _refuse(
        self,
        request: StunMessage,
        source: Address,
        code: int,
        reason: str,
        more: tuple[tuple[int, bytes], ...] = (),
        *,
        signed: bool = False,
    ) -> None:
        attributes = ((Attribute.ERROR_CODE, stun.error_code(code, reason)), *more)
        password = self._parameters.local_password if signed else None
        self._send(stun.write(Kind.ERROR, request.transaction, attributes, password), source)
