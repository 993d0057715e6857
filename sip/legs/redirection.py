"""Where a redirected call goes next: the contacts of 3xx responses, best first, each once (RFC 3261 8.1.3.4)."""

from dataclasses import replace
from typing import Final

from sip.errors import SipSyntaxError
from sip.headers import NameAddr
from sip.message import Response
from sip.uri import SipUri

FOLLOWED: Final = (300, 301, 302)
"""Responses whose contacts are other places of the callee; 305 names a proxy, 380 another service."""
MAX_CONTACTS: Final = 10
"""Contacts of one response that are looked at."""


def _preference(contact: NameAddr) -> float:
    """Return the q value, 1 where there is none or it cannot be read (20.10)."""
    text = contact.param("q") or "1"
    if not text.replace(".", "", 1).isdecimal() or not text.isascii() or len(text) > 8:
        return 1.0
    return min(float(text), 1.0)


def contacts_of(response: Response) -> list[SipUri]:
    """Return the sip and sips addresses that a 3xx names, best first; what cannot be read is left out.

    Headers that an address asks for, and another method, are not ours to send.
    """
    try:
        contacts = response.contacts[:MAX_CONTACTS]
    except SipSyntaxError:
        return []
    found: list[tuple[float, SipUri]] = []
    for contact in contacts:
        try:
            uri = contact.uri
        except SipSyntaxError:
            continue
        if uri.scheme != "tel" and (uri.param("method") or "INVITE").upper() == "INVITE":
            plain = replace(uri, headers="", params=tuple(pair for pair in uri.params if pair[0] != "method"))
            found.append((_preference(contact), plain))
    return [uri for _, uri in sorted(found, key=lambda pair: -pair[0])]


class Redirection:
    """The targets of one call: ``limit`` beside the first at the most, none of them twice, so that no loop goes on."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._tried: set[str] = set()
        self._waiting: list[SipUri] = []

    def tried(self, target: SipUri) -> None:
        """Remember the first target."""
        self._tried.add(str(target))

    def next_after(self, response: Response) -> SipUri | None:
        """Return where to call after a refusal, ``None`` where the refusal counts.

        A redirection's contacts are tried before those that waited. A 6xx ends the search (21.6).
        """
        if response.status >= 600 or self._left <= 0:
            return None
        if response.status in FOLLOWED:
            self._waiting = [*contacts_of(response), *self._waiting]
        while self._waiting:
            target = self._waiting.pop(0)
            if str(target) not in self._tried:
                self._tried.add(str(target))
                self._left -= 1
                return target
        return None
