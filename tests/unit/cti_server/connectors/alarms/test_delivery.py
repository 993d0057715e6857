"""Alarms on their way to people: to a real web address and a real mail server, again where that fails."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from cti_server.connectors.alarms import courier as courier_module
from cti_server.connectors.alarms.courier import Courier, UndeliveredError
from cti_server.connectors.alarms.notice import Notice
from cti_server.connectors.alarms.ways import AlarmMail, Webhook, couriers_of
from cti_server.settings.connectors import MailSettings, SecretSettings
from cti_server.settings.supervision.alarms import AlarmMailSettings, AlarmSettings, AlarmWebhookSettings
from cti_server.telemetry.alarms.board import Alarm, Change, News
from cti_server.telemetry.alarms.catalogue import CATALOGUE, Severity
from tests.unit.cti_server.connectors.mail_peer import peer


def notice(news: News = News.RAISED, kind: str = "link-down", subject: str = "pbx") -> Notice:
    alarm = Alarm(
        number=1, rule=CATALOGUE[kind], subject=subject, value=1.0, text="refused", since=1_700_000_000.0, told=0.0
    )
    return Notice(server="callwright", change=Change(news=news, alarm=alarm, at=1_700_000_010.0))


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[tuple[int, list[tuple[str, bytes]]]]:
    """A web address that answers with these statuses, one after the other; and the heads and bodies that came."""
    came: list[tuple[str, bytes]] = []
    left = list(statuses)

    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-l"))
        came.append((head.decode(), await reader.readexactly(length)))
        status = left.pop(0) if left else 200
        where = "Location: http://127.0.0.1:1/\r\n" if status == 302 else ""
        writer.write(f"HTTP/1.1 {status} X\r\n{where}Connection: close\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came
        await asyncio.gather(*serving)


def hook(port: int, token: Path | None = None) -> Webhook:
    secret = None if token is None else SecretSettings(file=token)
    return Webhook(AlarmWebhookSettings(name="ops", url=f"http://127.0.0.1:{port}/alarms", token=secret, timeout=2))


def test_a_web_address_gets_json_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("the-secret-token\n")

    async def story() -> None:
        async with receiving() as (port, came):
            way = hook(port, tmp_path / "token")
            await way.deliver(notice())
            await way.close()
        head, body = came[0]
        facts = json.loads(body)
        assert head.startswith("POST /alarms HTTP/1.1\r\n")
        assert "authorization: bearer the-secret-token" in head.lower()
        assert "idempotency-key: callwright:link-down:pbx:1700000000:raised:1700000010" in head.lower()
        assert (facts["alarm"], facts["severity"], facts["news"]) == ("link-down:pbx", "critical", "raised")
        assert facts["since"] == "2023-11-14T22:13:20+00:00"
        assert "callwright doctor" in facts["advice"]
        assert "the-secret-token" not in body.decode()

    asyncio.run(story())


@pytest.mark.parametrize(("status", "again"), [(500, True), (429, True), (404, False), (302, False)])
def test_what_the_web_address_answers_says_whether_it_is_tried_again(status: int, again: bool) -> None:
    async def story() -> None:
        async with receiving(status) as (port, came):
            way = hook(port)
            with pytest.raises(UndeliveredError, match=str(status)) as fault:
                await way.deliver(notice())
            await way.close()
        assert fault.value.again is again
        assert len(came) == 1

    asyncio.run(story())


def test_an_address_that_nobody_listens_at_is_tried_again() -> None:
    async def story() -> None:
        way = hook(1)
        with pytest.raises(UndeliveredError) as fault:
            await way.deliver(notice())
        await way.close()
        assert fault.value.again

    asyncio.run(story())


def test_a_mail_says_what_is_wrong_and_what_to_do() -> None:
    async def story() -> None:
        with peer() as there:
            server = MailSettings(host="127.0.0.1", port=there.port, security="none", sender="callwright@example.net")
            await AlarmMail(AlarmMailSettings(to=("ops@example.net",)), server).deliver(notice())
        mail = message_from_bytes(there.got[0].content, policy=SMTP)
        assert mail["Subject"] == "[callwright] critical: link-down:pbx"
        assert mail["To"] == "ops@example.net"
        text = mail.get_content()
        assert "the link to the PBX is down" in text
        assert "What to do: `callwright doctor`" in text
        assert "alarm ack link-down:pbx" in text

    asyncio.run(story())


def made(
    deliver: Callable[[Notice], Awaitable[None]], naps: list[float], least: Severity = Severity.WARNING
) -> Courier:
    async def sleep(seconds: float) -> None:
        naps.append(seconds)

    now = [0.0]

    def steady() -> float:
        return now[0] + sum(naps)

    return Courier("ops", "h:1", deliver, least=least, sleep=sleep, steady=steady)


def test_a_courier_tries_again_with_growing_pauses_and_in_order() -> None:
    async def story() -> None:
        naps: list[float] = []
        failing, came = [UndeliveredError("status 500")] * 4, []

        async def deliver(one: Notice) -> None:
            if failing:
                raise failing.pop()
            came.append(one.change.alarm.subject)

        courier = made(deliver, naps)
        courier.take(notice(subject="a"))
        courier.take(notice(subject="b"))
        courier.start(asyncio.get_running_loop())
        await courier.stop()
        assert naps == [2.0, 4.0, 8.0, 16.0]
        assert came == ["a", "b"]
        assert courier.status().up

    asyncio.run(story())


def test_old_news_is_given_up_and_what_is_never_taken_is_not_tried_again() -> None:
    async def story() -> None:
        naps: list[float] = []
        tries = []

        async def deliver(one: Notice) -> None:
            tries.append(one.change.alarm.subject)
            raise UndeliveredError("no", again=one.change.alarm.subject == "a")

        courier = made(deliver, naps)
        courier.take(notice(subject="a"))
        courier.take(notice(subject="b"))
        courier.start(asyncio.get_running_loop())
        await courier.stop()
        assert courier.dropped == 2
        assert tries.count("b") == 1
        assert tries.count("a") < 50
        assert max(naps) == courier_module.LONGEST_PAUSE
        assert not courier.status().up

    asyncio.run(story())


def test_a_flood_drops_the_oldest_and_a_defect_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "MOST_WAITING", 3)

    async def story() -> None:
        came: list[str] = []

        async def deliver(one: Notice) -> None:
            if one.change.alarm.subject == "3":
                raise RuntimeError("a mistake")
            came.append(one.change.alarm.subject)

        courier = made(deliver, [])
        for number in range(5):
            courier.take(notice(subject=str(number)))
        courier.start(asyncio.get_running_loop())
        await courier.stop()
        assert came == ["2", "4"]
        assert courier.dropped == 3

    asyncio.run(story())


def test_who_wants_critical_ones_alone_gets_no_others() -> None:
    async def story() -> None:
        came: list[str] = []

        async def deliver(one: Notice) -> None:
            came.append(one.change.alarm.rule.kind)

        courier = made(deliver, [], Severity.CRITICAL)
        courier.take(notice(kind="queue-long"))
        courier.take(notice())
        courier.start(asyncio.get_running_loop())
        await courier.stop()
        assert came == ["link-down"]

    asyncio.run(story())


def test_the_settings_make_the_couriers() -> None:
    settings = AlarmSettings(
        mail=AlarmMailSettings(to=("ops@example.net",)),
        webhooks=(AlarmWebhookSettings(name="ops", url="https://ops.example.net/x"),),
    )
    mail = MailSettings(host="mail.example.net", sender="callwright@example.net")
    couriers, hooks = couriers_of(settings, mail)
    assert [one.name for one in couriers] == ["alarms to ops", "alarms by mail"]
    assert len(hooks) == 1
    assert [one.name for one in couriers_of(settings, None)[0]] == ["alarms to ops"]
