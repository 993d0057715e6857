"""Phones that are just falling silent: the PBX was asked to clear their calls, and has not told yet that they are."""

from collections.abc import Callable
from typing import Final

from cti_server.vocabulary.ids import LinkName
from program.clock import Clock, Timer

FADES_FOR: Final = 10.0
"""Seconds after which a phone whose call was cleared counts as any other, whatever the PBX has told of it."""

Key = tuple[LinkName, str]
"""A call on a link."""


class Fading:
    """Calls that are being cleared, with the phones that rang by them; each is forgotten after a time at the latest.

    Args:
        clock: for that time.
        late: told the link and the phone of which nothing was heard in time, so that it is looked at again.
    """

    def __init__(self, clock: Clock, late: Callable[[LinkName, str], None]) -> None:
        self._clock, self._late = clock, late
        self._phones: dict[Key, tuple[str, Timer]] = {}

    def begin(self, link: LinkName, call: str, device: str) -> None:
        """The phone's call is to be cleared."""
        self.end(link, call)
        self._phones[link, call] = (device, self._clock.call_later(FADES_FOR, lambda: self._too_late(link, call)))

    def end(self, link: LinkName, call: str) -> None:
        """The call is cleared, or cannot be."""
        _, timer = self._phones.pop((link, call), (None, None))
        if timer is not None and timer.active():
            timer.cancel()

    def link_lost(self, link: LinkName) -> None:
        """Nothing is known any more."""
        for name, call in [key for key in self._phones if key[0] == link]:
            self.end(name, call)

    def at(self, link: LinkName, device: str) -> bool:
        """Whether the phone is just falling silent."""
        return any(phone == device for (name, _), (phone, _) in self._phones.items() if name == link)

    def _too_late(self, link: LinkName, call: str) -> None:
        phone, _ = self._phones.pop((link, call))
        self._late(link, phone)
