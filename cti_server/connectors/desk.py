"""The desk: takes the engine's requests to the outside to their connectors and brings each one answer back."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from cti_server.connectors.base import Connector, ConnectorFactories, Question, failed, timed_out
from cti_server.settings.plugins import load_named
from cti_server.vocabulary.commands import Command, ReportRequestEnded
from cti_server.vocabulary.effects import AskOutside
from cti_server.vocabulary.ids import RequestId
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome
from cti_server.vocabulary.parties import AddressOf, hidden, nobody, number_in, revealed
from cti_server.vocabulary.status import LinkStatus

CONNECTORS: Final = "callwright.connectors"
STOP_SECONDS: Final = 5.0
"""How long connectors may take to end."""


class Desk:
    """Every request gets exactly one answer, within its time-out; what comes later is dropped.

    Args:
        connectors: those that are active.
        loop: gives the event loop that they run on.
        submit: puts a command to the engine.
        address_of: resolves references to customers in what is asked.
    """

    def __init__(
        self,
        connectors: Sequence[Connector],
        loop: Callable[[], asyncio.AbstractEventLoop],
        submit: Callable[[Command], None],
        address_of: AddressOf = nobody,
    ) -> None:
        self._connectors = tuple(connectors)
        self._by_request: Mapping[type[OutsideRequest], Connector] = {one.serves: one for one in connectors}
        self._loop = loop
        self._submit = submit
        self._address_of = address_of
        self._under_way: dict[RequestId, asyncio.Task[None]] = {}
        self.log = structlog.get_logger(room="connectors")

    def start(self) -> None:
        """Start the connectors."""
        for connector in self._connectors:
            connector.start()

    def perform(self, effect: AskOutside) -> None:
        """Carry the request out; asked again while it is under way (after a restart, say) it stays one request."""
        if effect.request in self._under_way:
            return
        connector = self._by_request.get(type(effect.outside))
        if connector is None:
            kind = type(effect.outside).__name__
            self._answer(effect, failed(f"no connector is configured that does a {kind}"))
            return
        self._under_way[effect.request] = self._loop().create_task(self._carry_out(effect, connector))

    def statuses(self) -> Sequence[LinkStatus]:
        """How the connectors' connections stand."""
        return [status for connector in self._connectors for status in connector.statuses()]

    def stop(self) -> "asyncio.Task[None] | None":
        """Give up what is under way and end the connectors; None where there is nothing to wait for."""
        if not self._connectors:
            return None
        return self._loop().create_task(self._stop())

    async def _carry_out(self, effect: AskOutside, connector: Connector) -> None:
        address = None if effect.party is None else self._address_of(effect.party)
        number = None if address is None else number_in(address)
        asked = revealed(effect.outside, effect.party, number)
        question = Question(id=effect.request, outside=asked, timeout=effect.timeout)
        try:
            async with asyncio.timeout(effect.timeout):
                outcome = await connector.ask(question)
        except TimeoutError:
            outcome = timed_out(f"no answer within {effect.timeout:g} s")
        except Exception as defect:
            self.log.exception("defect in a connector", request=effect.request, kind=type(effect.outside).__name__)
            outcome = failed(f"defect in the connector: {type(defect).__name__}")
        finally:
            self._under_way.pop(effect.request, None)
        if number is not None:
            outcome = replace(outcome, detail=hidden(outcome.detail, effect.party, number))
        self._answer(effect, outcome)

    def _answer(self, effect: AskOutside, outcome: RequestOutcome) -> None:
        if outcome.detail:
            self.log.info(
                "request to the outside", contact=effect.contact, result=str(outcome.result), detail=outcome.detail
            )
        self._submit(
            ReportRequestEnded(cause=effect.cause, contact=effect.contact, request=effect.request, outcome=outcome)
        )

    async def _stop(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connector in self._connectors:
            await self._end(connector.stop(), connector)

    async def _end(self, ending: Coroutine[Any, Any, None], connector: Connector) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await ending
        except TimeoutError:
            self.log.warning("connector took too long to end", connector=type(connector).__name__)
        except Exception:
            self.log.exception("connector did not end cleanly", connector=type(connector).__name__)


def installed_connectors(names: Sequence[str]) -> ConnectorFactories:
    """The connectors of those names, from the entry points.

    Raises:
        LookupError: one is not installed.
    """
    return load_named(CONNECTORS, "connector", names)
