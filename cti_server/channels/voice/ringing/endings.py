"""Why calls at phones ended: the mirror keeps no reasons, and whoever asks may ask a moment later."""

from typing import Final

from csta.messages import ConnectionCleared, Event, Failed
from cti_server.channels.voice.translate import outcome_of
from cti_server.vocabulary.ids import LinkName
from cti_server.vocabulary.values import OfferOutcome

MOST: Final = 256
"""How many endings are remembered; each is asked for within milliseconds, if at all."""

Ending = tuple[OfferOutcome, str]
"""What the ending means for an offer, and the PBX's reason in its own word."""


class Endings:
    """The youngest endings of all links; the first reason for a connection is the true one."""

    def __init__(self) -> None:
        self._known: dict[tuple[LinkName, str, str], Ending] = {}

    def event_seen(self, link: LinkName, event: Event) -> None:
        """Note why a phone did not take a call, or is out of it."""
        match event:
            case Failed(failed_connection=at) | ConnectionCleared(dropped_connection=at):
                reason = "no reason given" if event.cause is None else str(event.cause)
                self._known.setdefault((link, at.call_id, at.device_id), (outcome_of(event.cause), reason))
                if len(self._known) > MOST:
                    del self._known[next(iter(self._known))]
            case _:
                pass

    def of(self, link: LinkName, call_id: str, device: str) -> Ending | None:
        """Why the device's part in the call ended; None where nothing was heard of that."""
        return self._known.get((link, call_id, device))

    def beside(self, link: LinkName, call_id: str, device: str) -> Ending | None:
        """Why the part of anybody but the device ended; None where nothing was heard of that."""
        ended = (
            ending
            for (name, call, who), ending in self._known.items()
            if (name, call) == (link, call_id) and who != device
        )
        return next(ended, None)
