"""Two sessions back to back, with a wire between them that can be looked at and cut up."""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from csta import (
    Credentials,
    Dialect,
    Encoding,
    Fault,
    Framing,
    Login,
    Profile,
    Role,
    Session,
    SessionEvent,
    SessionSettings,
    Verifier,
)
from csta.dialects.openscape_voice import DIALECT

WHO: Final = Credentials("AMHOST", "77777")

_XML: Final = Profile(encoding=Encoding.XML, framing=Framing.XML_HEADER, login=Login.SWITCH_SPEAKS_FIRST, port=None)
_BER: Final = Profile(encoding=Encoding.BER, framing=Framing.SIEMENS, login=Login.ACSE, port=None)
WAYS: Final = {
    "xml": _XML,
    "xml-session": replace(_XML, login=Login.APPLICATION_SESSION),
    "siemens": _BER,
    "length16": replace(_BER, framing=Framing.LENGTH16),
    "tpkt": replace(_BER, framing=Framing.TPKT),
    "bare": replace(_BER, framing=Framing.BARE_BER),
    "length16-without-acse": replace(_BER, framing=Framing.LENGTH16, login=Login.SWITCH_SPEAKS_FIRST),
}
"""Every login in every encoding that it is made for, every framing of each encoding."""

EVERY_WAY: Final[Dialect] = replace(
    DIALECT, name="every_way", profiles=MappingProxyType(WAYS), default_profile="xml", normalise_device=str
)


def drain(session: Session) -> list[SessionEvent]:
    """Every event that the session has to tell."""
    events = []
    while (event := session.next_event()) is not None:
        events.append(event)
    return events


def faults(session: Session) -> list[str]:
    """The texts of the faults that the session has to tell; other events are dropped."""
    return [event.text for event in drain(session) if isinstance(event, Fault)]


def only_way(profile: Profile, *others: Profile) -> Dialect:
    """A dialect that speaks like this, and for those who sniff also in other ways."""
    profiles = {str(number): one for number, one in enumerate((profile, *others))}
    return replace(EVERY_WAY, profiles=MappingProxyType(profiles), default_profile="0")


class ConnectionPair:
    """An application and a switch; `move` carries what each has to send, ``size`` bytes at a time."""

    def __init__(
        self,
        settings: SessionSettings | None = None,
        size: int | None = None,
        profile: str | None = None,
        credentials: Credentials | None = None,
        verify: Verifier | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        spoken = dialect or (DIALECT if profile is None else EVERY_WAY)
        self.application = Session(Role.COMPUTING_FUNCTION, spoken, settings, profile=profile, credentials=credentials)
        self.switch = Session(Role.SWITCHING_FUNCTION, spoken, settings, profile=profile, verify=verify)
        self.size = size
        self.sent: list[tuple[str, bytes]] = []

    def connect(self, now: float = 0.0) -> None:
        self.switch.connection_made(now)
        self.application.connection_made(now)
        self.move(now)

    def move(self, now: float) -> None:
        while True:
            to_application, to_switch = self.switch.data_to_send(), self.application.data_to_send()
            if not to_application and not to_switch:
                return
            self._carry("switch", to_application, self.application, now)
            self._carry("application", to_switch, self.switch, now)

    def _carry(self, sender: str, data: bytes, receiver: Session, now: float) -> None:
        if not data:
            return
        self.sent.append((sender, data))
        step = self.size or len(data)
        for start in range(0, len(data), step):
            receiver.receive_data(data[start : start + step], now)


def connected(
    settings: SessionSettings | None = None, size: int | None = None, profile: str | None = None
) -> ConnectionPair:
    """A pair whose link is up and whose events so far are taken."""
    pair = ConnectionPair(settings, size, profile, WHO)
    pair.connect()
    drain(pair.application)
    drain(pair.switch)
    return pair
