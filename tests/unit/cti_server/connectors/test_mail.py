"""Voicemails by a real SMTP server on loopback: attached, tried again, kept over restarts, refused addresses told."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from cti_server.connectors.mail.connector import MailConnector
from cti_server.vocabulary.outside import RequestOutcome, RequestResult, SendMail
from tests.unit.cti_server.connectors.asking import Now, question, site
from tests.unit.cti_server.connectors.mail_peer import Peer, peer
from tests.unit.cti_server.connectors.test_web import self_signed

WAV = b"RIFF" + bytes(range(256)) * 40
WISH = SendMail(
    to=("sales@example.net",), subject="Voicemail from +4989123", text="Ä message.", file="v-7.wav", service="media-1"
)


@pytest.fixture
def server() -> Iterator[Peer]:
    with peer() as one:
        yield one


@asynccontextmanager
async def running(tmp_path: Path, port: int, now: Now | None = None, **more: Any) -> AsyncIterator[MailConnector]:
    folder = tmp_path / "recordings"
    folder.mkdir(exist_ok=True)
    (folder / "v-7.wav").write_bytes(WAV)
    (tmp_path / "outside.wav").write_bytes(b"not yours")
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "callwright@example.net",
        "recordings": {"media-1": "recordings"},
        "first_retry": 0.05,
        "timeout": 2.0,
        **more,
    }
    one = MailConnector(site(tmp_path, now or Now(), mail=settings))
    one.start()
    try:
        yield one
    finally:
        await one.stop()


async def until(done: Callable[[], bool]) -> None:
    for _ in range(500):
        if done():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def spooled(tmp_path: Path) -> list[str]:
    return sorted(file.name for file in (tmp_path / "data" / "mail").glob("*.json"))


def message(peer_: Peer, place: int = 0) -> Any:
    content = peer_.got[place].content
    assert isinstance(content, bytes)
    return email.message_from_bytes(content, policy=email.policy.default)


def test_a_voicemail_comes_with_its_recording(tmp_path: Path, server: Peer) -> None:
    async def send() -> RequestOutcome:
        async with running(tmp_path, server.port, sender_name="Callwright") as one:
            outcome = await one.ask(question(WISH))
            await until(lambda: one.statuses()[0].detail.startswith("0 to be sent"))
            return outcome

    outcome = asyncio.run(send())
    assert outcome.result is RequestResult.DONE
    got = message(server)
    assert server.got[0].rcpt_tos == ["sales@example.net"]
    assert (got["Subject"], got["From"]) == ("Voicemail from +4989123", "Callwright <callwright@example.net>")
    assert got.get_body().get_content().strip() == "Ä message."
    (attached,) = got.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("v-7.wav", "audio/wav")
    assert attached.get_content() == WAV
    assert spooled(tmp_path) == []
    assert list((tmp_path / "data" / "mail").glob("*.wav")) == []


def test_the_same_wish_again_is_the_same_mail(tmp_path: Path, server: Peer) -> None:
    async def send() -> None:
        async with running(tmp_path, server.port) as one:
            await one.ask(question(WISH))
            await one.ask(question(WISH))
            await until(lambda: one.statuses()[0].detail.startswith("0 to be sent"))
        async with running(tmp_path, server.port) as again:
            await again.ask(question(WISH))
            await again.ask(question(WISH, name="8-r1"))
            await until(lambda: len(server.got) == 2)
            await until(lambda: again.statuses()[0].detail.startswith("0 to be sent"))

    asyncio.run(send())
    assert len(server.got) == 2


def test_a_server_that_is_away_loses_no_mail_over_a_restart(tmp_path: Path) -> None:
    async def fail() -> None:
        async with running(tmp_path, 1) as one:
            assert (await one.ask(question(WISH))).result is RequestResult.DONE
            await until(lambda: not one.statuses()[0].up)

    asyncio.run(fail())
    assert len(spooled(tmp_path)) == 1
    (tmp_path / "recordings" / "v-7.wav").unlink()
    with peer() as server:

        async def again() -> None:
            now = Now()
            now.seconds += 3600
            async with running(tmp_path, server.port, now) as one:
                await until(lambda: one.statuses()[0].detail.startswith("0 to be sent") and bool(server.got))

        asyncio.run(again())
        (attached,) = message(server).iter_attachments()
        assert attached.get_content() == WAV


def test_one_refused_address_does_not_keep_the_others_from_it(tmp_path: Path, server: Peer) -> None:
    server.refuse = {"gone@example.net": "550 no such user", "later@example.net": "451 greylisted"}
    wish = SendMail(to=("sales@example.net", "gone@example.net", "later@example.net"), subject="x", text="y")
    now = Now()

    async def send() -> None:
        async with running(tmp_path, server.port, now) as one:
            await one.ask(question(wish))
            await until(lambda: "later@example.net" in one.statuses()[0].detail)
            del server.refuse["later@example.net"]
            now.seconds += 60
            await until(lambda: len(server.got) == 2 and one.statuses()[0].detail.startswith("0 to be sent"))

    asyncio.run(send())
    assert [one.rcpt_tos for one in server.got] == [["sales@example.net"], ["later@example.net"]]
    assert message(server, 0)["Message-ID"] == message(server, 1)["Message-ID"]


@pytest.mark.parametrize("trouble", ["554 no thanks", "552 too large"])
def test_a_mail_that_is_refused_for_good_is_put_aside(tmp_path: Path, server: Peer, trouble: str) -> None:
    server.trouble = trouble

    async def send() -> str:
        async with running(tmp_path, server.port) as one:
            await one.ask(question(WISH))
            await until(lambda: "1 put aside" in one.statuses()[0].detail)
            return one.statuses()[0].detail

    assert asyncio.run(send()).startswith("0 to be sent")
    aside = sorted(file.suffix for file in (tmp_path / "data" / "mail" / "failed").iterdir())
    assert aside == [".json", ".wav"]


def test_after_days_it_is_given_up(tmp_path: Path, server: Peer) -> None:
    server.trouble = "451 later"
    now = Now()

    async def send() -> None:
        async with running(tmp_path, server.port, now, give_up=100) as one:
            await one.ask(question(WISH))
            await until(lambda: not one.statuses()[0].up)
            now.seconds += 101
            await until(lambda: "1 put aside" in one.statuses()[0].detail)

    asyncio.run(send())
    assert spooled(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"file": "missing.wav"}, "was not found"),
        ({"file": "../outside.wav"}, "was not found"),
        ({"service": "media-9"}, "was not found"),
    ],
)
def test_a_recording_that_is_not_there_is_told(
    tmp_path: Path, server: Peer, changes: dict[str, str], said: str
) -> None:
    wish = SendMail(**{"to": WISH.to, "subject": "x", "text": "y", "file": WISH.file, "service": "media-1", **changes})

    async def send() -> None:
        async with running(tmp_path, server.port) as one:
            await one.ask(question(wish))
            await until(lambda: bool(server.got))

    asyncio.run(send())
    assert said in message(server).get_body().get_content()
    assert list(message(server).iter_attachments()) == []


@pytest.mark.parametrize("to", [(), ("nobody",), ("a@b\r\nRCPT TO:<c@d>",), ("a@b.c",) * 51, ("<a@b.c>",)])
def test_addresses_that_are_none_are_refused(tmp_path: Path, to: tuple[str, ...]) -> None:
    async def send() -> RequestOutcome:
        async with running(tmp_path, 1) as one:
            return await one.ask(question(SendMail(to=to, subject="x", text="y")))

    assert asyncio.run(send()).result is RequestResult.FAILED
    assert spooled(tmp_path) == []


def test_a_subject_cannot_bring_its_own_headers(tmp_path: Path, server: Peer) -> None:
    wish = SendMail(to=WISH.to, subject="x\r\nBcc: all@example.net", text="y")

    async def send() -> None:
        async with running(tmp_path, server.port) as one:
            await one.ask(question(wish))
            await until(lambda: bool(server.got))

    asyncio.run(send())
    assert message(server)["Bcc"] is None
    assert server.got[0].rcpt_tos == ["sales@example.net"]


def test_a_damaged_file_in_the_spool_stops_nothing(tmp_path: Path, server: Peer) -> None:
    folder = tmp_path / "data" / "mail"
    folder.mkdir(parents=True)
    (folder / "0-damaged.json").write_text("{")
    (folder / "x.json.new").write_text("half")

    async def send() -> None:
        async with running(tmp_path, server.port) as one:
            await one.ask(question(WISH))
            await until(lambda: bool(server.got))

    asyncio.run(send())
    assert (folder / "failed" / "0-damaged.json").exists()
    assert not (folder / "x.json.new").exists()


def test_starttls_and_log_in(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    (tmp_path / "password").write_text("geheim\n")
    logged_in: list[Any] = []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        logged_in.append(given)
        return AuthResult(success=given == LoginPassword(b"callwright", b"geheim"))

    arguments = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": authenticate}
    with peer(**arguments) as server:
        more = {"security": "starttls", "user": "callwright", "password": {"file": "password"}}

        async def send(ca: str | None) -> None:
            async with running(tmp_path, server.port, ca=ca, **more) as one:
                await one.ask(question(WISH, name=f"{ca}-r1"))
                await until(lambda: bool(server.got) or not one.statuses()[0].up)

        asyncio.run(send(None))
        assert server.got == []  # nobody vouches for its certificate
        assert logged_in == []
        asyncio.run(send(str(certificate)))
        assert len(server.got) >= 1
