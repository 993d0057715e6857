"""How long a media service may be away before its callers' treatment counts as failed."""

from collections.abc import Callable

from cti_server.vocabulary.ids import ServiceName
from program.clock import Clock, Timer


class Outages:
    """The services that are away, and those of them that are lost: away for longer than they may be."""

    def __init__(self, clock: Clock, lost: Callable[[ServiceName], None]) -> None:
        self._clock = clock
        self._tell = lost
        self._away: dict[ServiceName, Timer] = {}
        self._lost: set[ServiceName] = set()

    def went(self, service: ServiceName, patience: float) -> None:
        """The service is away; it is lost in ``patience`` seconds."""
        if service not in self._away and service not in self._lost:
            self._away[service] = self._clock.call_later(patience, lambda: self._over(service))

    def came(self, service: ServiceName) -> None:
        """The service is there."""
        self._lost.discard(service)
        timer = self._away.pop(service, None)
        if timer is not None and timer.active():
            timer.cancel()

    def lost(self, service: ServiceName) -> bool:
        """Whether nobody waits for it any more."""
        return service in self._lost

    def stop(self) -> None:
        """Tell nothing more."""
        for timer in self._away.values():
            if timer.active():
                timer.cancel()
        self._away.clear()

    def _over(self, service: ServiceName) -> None:
        del self._away[service]
        self._lost.add(service)
        self._tell(service)
