"""The connector that runs configured queries in the site's databases."""

from collections.abc import Sequence
from dataclasses import replace

from cti_server.connectors.base import Question, SecretForgottenError, Site, failed, masked, revealed
from cti_server.connectors.breaker import BreakerState
from cti_server.connectors.database.pool import Database
from cti_server.vocabulary.outside import DatabaseLookUp, OutsideRequest, RequestOutcome
from cti_server.vocabulary.status import LinkStatus


class DatabaseConnector:
    """Look-ups by the names of the queries in ``connectors.databases``."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._databases = [Database(one, site.now) for one in site.settings.connectors.databases]

    @property
    def serves(self) -> type[OutsideRequest]:
        """Database look-ups."""
        return DatabaseLookUp

    def start(self) -> None:
        """Connections are made when the first query needs them."""

    async def ask(self, question: Question) -> RequestOutcome:
        """The first row's columns as values; nothing found where there is none."""
        wish = question.outside
        if not isinstance(wish, DatabaseLookUp):
            return failed(f"no database look-up: {type(wish).__name__}")
        for database in self._databases:
            query = database.queries.get(wish.query)
            if query is None:
                continue
            try:
                parameters, hidden = revealed(wish.parameters, wish.secrets, self._site.reveal)
            except SecretForgottenError as gone:
                return failed(str(gone))
            outcome = await database.ask(query, parameters, question.timeout)
            return replace(outcome, detail=masked(outcome.detail, hidden))
        return failed(f"no query is called {wish.query!r}")

    async def stop(self) -> None:
        """Close all connections."""
        for database in self._databases:
            database.close()

    def statuses(self) -> Sequence[LinkStatus]:
        """Each database, down while its circuit is open."""
        now = self._site.now()
        return [
            LinkStatus(
                one.name,
                "database",
                f"{len(one.queries)} queries",
                one.breaker.state(now) is not BreakerState.OPEN,
                f"circuit {one.breaker.state(now)}",
            )
            for one in self._databases
        ]
