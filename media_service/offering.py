"""What calls may use for their audio, by the settings and by what the engine can do; and what protects it."""

import secrets

from media_service.engine.interface import Capabilities
from media_service.negotiation import Offering
from media_service.security.identity import Identity, Security
from media_service.security.keying import SrtpPolicy
from media_service.settings import AudioSettings


def offering_of(settings: AudioSettings, capabilities: Capabilities) -> Offering:
    """The codecs and the protection that the settings wish for, as far as the engine can do them."""
    return Offering.within(capabilities, settings.codecs, settings.srtp, own_order=settings.own_order)


def security_of(offering: Offering, now: float) -> Security | None:
    """Keys' chance and a certificate for DTLS, made anew at each start; ``None`` where nothing is protected."""
    if offering.srtp is SrtpPolicy.NEVER or not offering.profiles:
        return None
    return Security(secrets.token_bytes, Identity.make(now))
