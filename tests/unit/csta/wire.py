"""Two sessions back to back, with a wire between them that can be looked at and cut up."""

from csta import Role, Session, SessionEvent, SessionSettings
from csta.dialects.openscape_voice import DIALECT


def drain(session: Session) -> list[SessionEvent]:
    """Every event that the session has to tell."""
    events = []
    while (event := session.next_event()) is not None:
        events.append(event)
    return events


class ConnectionPair:
    """An application and a switch; `move` carries what each has to send, ``size`` bytes at a time."""

    def __init__(self, settings: SessionSettings | None = None, size: int | None = None) -> None:
        self.application = Session(Role.COMPUTING_FUNCTION, DIALECT, settings)
        self.switch = Session(Role.SWITCHING_FUNCTION, DIALECT, settings)
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


def connected(settings: SessionSettings | None = None, size: int | None = None) -> ConnectionPair:
    """A pair whose link is up and whose events so far are taken."""
    pair = ConnectionPair(settings, size)
    pair.connect()
    drain(pair.application)
    drain(pair.switch)
    return pair
