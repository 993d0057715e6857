"""The connector that asks the site's web services."""

from collections.abc import Sequence
from dataclasses import replace

from cti_server.connectors.base import Question, SecretForgottenError, Site, failed, masked, revealed
from cti_server.connectors.breaker import BreakerState
from cti_server.connectors.web.service import WebService
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome, WebLookUp
from cti_server.vocabulary.status import LinkStatus


class WebConnector:
    """Look-ups by the names in ``connectors.web``."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._services = {one.name: WebService(one, site.now) for one in site.settings.connectors.web}

    @property
    def serves(self) -> type[OutsideRequest]:
        """Web look-ups."""
        return WebLookUp

    def start(self) -> None:
        """Connections are made when the first request needs them."""

    async def ask(self, question: Question) -> RequestOutcome:
        """The values that the settings pick from the answer."""
        wish = question.outside
        service = self._services.get(wish.service) if isinstance(wish, WebLookUp) else None
        if service is None or not isinstance(wish, WebLookUp):
            return failed(f"no web service is called {getattr(wish, 'service', '')!r}")
        try:
            parameters, hidden = revealed(wish.parameters, wish.secrets, self._site.reveal)
        except SecretForgottenError as gone:
            return failed(str(gone))
        outcome = await service.ask(parameters, question.timeout)
        return replace(outcome, detail=masked(outcome.detail, hidden))

    async def stop(self) -> None:
        """Close all connections."""
        for service in self._services.values():
            await service.close()

    def statuses(self) -> Sequence[LinkStatus]:
        """Each service, down while its circuit is open."""
        now = self._site.now()
        return [
            LinkStatus(
                one.name,
                "web",
                one.peer,
                one.breaker.state(now) is not BreakerState.OPEN,
                f"circuit {one.breaker.state(now)}",
            )
            for one in self._services.values()
        ]
