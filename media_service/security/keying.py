"""How the audio of a call is protected: what its descriptions say of SDES, DTLS and ICE, and what follows from it."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from media_service.engine.interface import Address, Srtp, SrtpProfile
from media_service.security.ice import IceParameters, candidate
from media_service.security.identity import Fingerprint, Security, read_fingerprints
from media_service.security.sdes import Sdes
from sip.sdp import Media, SessionDescription

_ICE_NAME: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")
_ICE_PASSWORD: Final = re.compile(r"[A-Za-z0-9+/]{22,256}")


class SrtpPolicy(StrEnum):
    """Whether calls are protected."""

    NEVER = "never"
    OPTIONAL = "optional"
    """Where the far end can (RFC 8643)."""
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Handshake:
    """A DTLS handshake to come, in the audio's own packets; ``client``: we begin it. ``ice``: its checks come first."""

    fingerprints: tuple[Fingerprint, ...]
    client: bool
    ice: IceParameters | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """What is agreed: lines for our description (without ``a=``), and keys or the handshake that brings them."""

    attributes: tuple[str, ...] = ()
    srtp: Srtp | None = None
    handshake: Handshake | None = None

    @property
    def session_attributes(self) -> tuple[str, ...]:
        """Lines for the whole description."""
        return ("ice-lite",) if self.handshake is not None and self.handshake.ice is not None else ()


class Keying:
    """The keys of one call over all its offers and answers.

    Args:
        security: of the service.
        profiles: what the engine can do, the best first.
    """

    def __init__(self, security: Security, profiles: Sequence[SrtpProfile]) -> None:
        self._security = security
        self._sdes = Sdes(security.random, profiles)
        self._ice: tuple[str, str] | None = None
        self._ice_remote: tuple[str, str] | None = None
        self._last: Handshake | None = None

    # --- their offers -----------------------------------------------------------------------------------------------

    def answer(self, offer: SessionDescription, line: Media, address: Address) -> Protection | None:
        """Answer a line that offers keys or a handshake; ``None`` where it offers nothing that can be used."""
        fingerprints = read_fingerprints(offer.values(line, "fingerprint"))
        if fingerprints and offer.value(line, "setup") in {"actpass", "active", "passive"}:
            return self._answer_dtls(offer, line, address, fingerprints)
        if line.protocol.startswith("UDP/TLS"):
            return None
        chosen = self._sdes.answer(line.values("crypto"))
        return Protection((f"crypto:{chosen[0]}",), srtp=chosen[1]) if chosen is not None else None

    def _answer_dtls(
        self, offer: SessionDescription, line: Media, address: Address, fingerprints: tuple[Fingerprint, ...]
    ) -> Protection:
        setup = offer.value(line, "setup")
        same = self._last is not None and self._last.fingerprints == fingerprints
        # An association that goes on keeps its roles (RFC 5763 6.6).
        client = self._last.client if same and self._last is not None and setup == "actpass" else setup == "passive"
        handshake = Handshake(fingerprints, client, self._ice_with(offer, line))
        self._last = handshake
        return Protection(self._dtls_lines(handshake, address, "active" if client else "passive"), handshake=handshake)

    # --- our offers -------------------------------------------------------------------------------------------------

    def offer_sdes(self) -> Protection:
        """Offer a key for every profile."""
        return Protection(tuple(f"crypto:{value}" for value in self._sdes.offer()))

    def offer_dtls(self, address: Address, *, ice: bool) -> Protection:
        """Offer a handshake that the far end may begin or wait for."""
        handshake = Handshake((), client=False, ice=IceParameters(*self._own_ice(), "", "") if ice else None)
        return Protection(self._dtls_lines(handshake, address, "actpass"), handshake=handshake)

    def accept(self, offered: Protection, answer: SessionDescription, line: Media) -> Protection | None:
        """Read the answer to what was offered; ``None`` where it takes none of it."""
        if offered.handshake is None:
            srtp = self._sdes.accept(line.values("crypto"))
            return Protection(offered.attributes, srtp=srtp) if srtp is not None else None
        fingerprints = read_fingerprints(answer.values(line, "fingerprint"))
        setup = answer.value(line, "setup")
        if not fingerprints or setup not in {"active", "passive"}:
            return None
        ice = self._ice_with(answer, line) if offered.handshake.ice is not None else None
        self._last = Handshake(fingerprints, client=setup == "passive", ice=ice)
        return Protection(offered.attributes, handshake=self._last)

    # --- lines of DTLS and ICE --------------------------------------------------------------------------------------

    def _dtls_lines(self, handshake: Handshake, address: Address, setup: str) -> tuple[str, ...]:
        lines = (f"fingerprint:{self._security.identity.fingerprint.value}", f"setup:{setup}")
        if handshake.ice is None:
            return lines
        ice = handshake.ice
        return (
            f"ice-ufrag:{ice.local_name}",
            f"ice-pwd:{ice.local_password}",
            f"candidate:{candidate(address)}",
            "end-of-candidates",
            *lines,
        )

    def _ice_with(self, theirs: SessionDescription, line: Media) -> IceParameters | None:
        """ICE where the far end speaks it and has one component alone: a lite agent's second would help nobody."""
        remote = theirs.value(line, "ice-ufrag"), theirs.value(line, "ice-pwd")
        if not (_ICE_NAME.fullmatch(remote[0]) and _ICE_PASSWORD.fullmatch(remote[1]) and line.shares_rtcp_port):
            return None
        if self._ice_remote not in {None, remote}:
            self._ice = None  # an ICE restart renews both ends' (RFC 8839 4.4.1.1.1)
        self._ice_remote = remote
        return IceParameters(*self._own_ice(), *remote, remote_lite="ice-lite" in theirs.attributes)

    def _own_ice(self) -> tuple[str, str]:
        if self._ice is None:
            name, password = self._security.random(6), self._security.random(18)
            self._ice = b64encode(name).decode(), b64encode(password).decode()
        return self._ice
