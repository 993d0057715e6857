"""The desk: every request gets one answer, in time, whatever its connector does."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cti_server.connectors.base import Question
from cti_server.connectors.desk import Desk, installed_connectors
from cti_server.vocabulary.commands import Command, ReportRequestEnded
from cti_server.vocabulary.effects import AskOutside
from cti_server.vocabulary.ids import ContactId, PartyId, RequestId
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome, RequestResult, SendMail, WebLookUp
from cti_server.vocabulary.status import LinkStatus

DONE = RequestOutcome(result=RequestResult.DONE, values={"name": "Anna"})


class Web:
    """A connector that does what a test says."""

    serves: type[OutsideRequest] = WebLookUp

    def __init__(self, answer: Callable[[Question], Coroutine[Any, Any, RequestOutcome]]) -> None:
        self._answer = answer
        self.asked = 0
        self.ended = False

    def start(self) -> None:
        """Nothing to begin."""

    async def ask(self, question: Question) -> RequestOutcome:
        self.asked += 1
        return await self._answer(question)

    async def stop(self) -> None:
        self.ended = True

    def statuses(self) -> Sequence[LinkStatus]:
        return [LinkStatus("crm", "web", "x", True)]


def ask(request: str = "7-r1", timeout: float = 0.2, outside: OutsideRequest | None = None) -> AskOutside:
    outside = outside or WebLookUp(service="crm")
    return AskOutside(cause=5, contact=ContactId(7), request=RequestId(request), outside=outside, timeout=timeout)


def play(web: Web, *effects: AskOutside, stop: bool = False) -> list[ReportRequestEnded]:
    told: list[ReportRequestEnded] = []

    def submit(command: Command) -> None:
        assert isinstance(command, ReportRequestEnded)
        told.append(command)

    async def run() -> None:
        desk = Desk([web], asyncio.get_running_loop, submit)
        desk.start()
        for effect in effects:
            desk.perform(effect)
        await asyncio.sleep(0 if stop else 0.3)
        ending = desk.stop()
        assert ending is not None
        await ending

    asyncio.run(run())
    assert web.ended
    return told


async def at_once(_question: Question) -> RequestOutcome:
    return DONE


async def never(_question: Question) -> RequestOutcome:
    await asyncio.sleep(60)
    return DONE


async def broken(_question: Question) -> RequestOutcome:
    raise ZeroDivisionError


def test_an_answer_carries_what_it_answers() -> None:
    (told,) = play(Web(at_once), ask())
    assert told == ReportRequestEnded(cause=5, contact=ContactId(7), request=RequestId("7-r1"), outcome=DONE)


def test_the_time_out_is_kept() -> None:
    (told,) = play(Web(never), ask(timeout=0.05))
    assert told.outcome.result is RequestResult.TIMED_OUT


def test_a_defect_is_a_failure_of_that_request_alone() -> None:
    told = play(Web(broken), ask("7-r1"), ask("7-r2"))
    assert [one.outcome.result for one in told] == [RequestResult.FAILED] * 2


def test_what_is_under_way_is_not_asked_twice() -> None:
    web = Web(never)
    assert len(play(web, ask(), ask(), ask("7-r2"))) == 2
    assert web.asked == 2


def test_without_a_connector_it_fails_at_once() -> None:
    (told,) = play(Web(never), ask(outside=SendMail(to=("a@b.c",), subject="", text="")))
    assert told.outcome.result is RequestResult.FAILED
    assert "SendMail" in told.outcome.detail


def test_a_stop_gives_up_what_is_under_way() -> None:
    assert play(Web(never), ask(timeout=60), stop=True) == []


def test_installed_connectors_are_found_by_name() -> None:
    assert set(installed_connectors(["database", "web", "mail", "pins"])) == {"database", "web", "mail", "pins"}
    with pytest.raises(LookupError, match="'ldap'"):
        installed_connectors(["ldap"])


def test_a_customers_number_is_put_in_for_the_connector_and_taken_out_of_what_is_told() -> None:
    asked: list[OutsideRequest] = []
    told: list[ReportRequestEnded] = []
    answered = asyncio.Event()

    async def answer(question: Question) -> RequestOutcome:
        asked.append(question.outside)
        return RequestOutcome(result=RequestResult.FAILED, detail="nobody has +4989123456")

    def submit(command: Command) -> None:
        assert isinstance(command, ReportRequestEnded)
        told.append(command)
        answered.set()

    async def run() -> None:
        book = {PartyId(17): "tel:+4989123456"}
        desk = Desk([Web(answer)], asyncio.get_running_loop, submit, book.get)
        reference = WebLookUp(service="crm", parameters={"number": "{party:17}", "other": "{party:18}"})
        desk.perform(replace(ask(outside=reference), party=PartyId(17)))
        await asyncio.wait_for(answered.wait(), 5)

    asyncio.run(run())
    assert asked == [WebLookUp(service="crm", parameters={"number": "+4989123456", "other": "{party:18}"})]
    assert told[0].outcome.detail == "nobody has {party:17}"
