"""The connector that sends mails: it answers once a mail is safe in the spool, and hands it over when it can."""

import asyncio
import re
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import structlog

from cti_server.connectors.base import Question, Site, failed
from cti_server.connectors.mail.delivery import Handed, hand_over, message_of
from cti_server.connectors.mail.spool import Mail, Spool
from cti_server.settings.connectors import MailSettings, SecretFault
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome, RequestResult, SendMail
from cti_server.vocabulary.status import LinkStatus

T = TypeVar("T")
SPOOL: Final = "mail"
"""Name of the spool's folder in the data directory."""
LONGEST_PAUSE: Final = 3600.0
MOST_RECIPIENTS: Final = 50
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class MailConnector:
    """Voicemails and messages by ESMTP."""

    def __init__(self, site: Site) -> None:
        settings = site.settings.connectors.mail
        if settings is None:
            raise ValueError("connectors.mail is not configured")
        self._settings: MailSettings = settings
        self._now = site.now
        self._spool = Spool(site.settings.data / SPOOL)
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._waiting: dict[str, Mail] = {}
        self._put_aside = 0
        self._said = ""
        self._news = asyncio.Event()
        self._open = asyncio.Event()
        self._stopping = False
        self._sender: asyncio.Task[None] | None = None
        self.log = structlog.get_logger(room="mail")

    @property
    def serves(self) -> type[OutsideRequest]:
        """Mails."""
        return SendMail

    def start(self) -> None:
        """Take up what the spool has, and send."""
        self._sender = asyncio.get_event_loop().create_task(self._send_all())

    async def ask(self, question: Question) -> RequestOutcome:
        """Done once the mail is durably in the spool; ``values`` has its name there as ``mail``."""
        wish = question.outside
        if not isinstance(wish, SendMail):
            return failed(f"no mail: {type(wish).__name__}")
        wrong = [address for address in wish.to if not _ADDRESS.fullmatch(address)]
        if wrong or not wish.to or len(wish.to) > MOST_RECIPIENTS:
            what = f"{wrong[0]!r} is no mail address" if wrong else f"a mail has 1 to {MOST_RECIPIENTS} recipients"
            return failed(what)
        # What is written is written: a flow that does not wait any longer must not lose the message.
        writing = asyncio.ensure_future(self._accept(question, wish))
        try:
            return await asyncio.shield(writing)
        except OSError as fault:
            self.log.critical("mail cannot be kept", request=question.id, reason=str(fault))
            return failed(f"the mail cannot be kept: {fault}")

    async def stop(self) -> None:
        """What is not sent stays in the spool."""
        # A library on the way may swallow the cancellation: then the loop ends by itself.
        self._stopping = True
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        self._disk.shutdown(wait=False)

    def statuses(self) -> Sequence[LinkStatus]:
        """The mail server, down while the last attempt failed."""
        detail = f"{len(self._waiting)} to be sent, {self._put_aside} put aside"
        text = f"{detail}; {self._said}" if self._said else detail
        return [LinkStatus("mail", "mail", f"{self._settings.host}:{self._settings.port}", not self._said, text)]

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _accept(self, question: Question, wish: SendMail) -> RequestOutcome:
        await self._open.wait()
        recording = self._recording(wish)
        most = self._settings.megabytes << 20
        mail = await self._on_disk(lambda: self._spool.take(question.id, wish, self._now(), recording, most))
        if not await self._on_disk(lambda: self._spool.was_sent(mail)):
            self._waiting.setdefault(mail.id, mail)
            self._news.set()
        return RequestOutcome(result=RequestResult.DONE, values={"mail": mail.id})

    def _recording(self, wish: SendMail) -> Path | None:
        """The recording's file, if it is one of that media service's folder and of no other."""
        folder = self._settings.recordings.get(wish.service)
        if folder is None and not wish.service and len(self._settings.recordings) == 1:
            folder = next(iter(self._settings.recordings.values()))
        if not wish.file or folder is None:
            return None
        file = (folder / wish.file).resolve()
        return file if file.is_relative_to(folder.resolve()) else None

    async def _send_all(self) -> None:
        """One mail after the other, the one that is due first; it ends by being cancelled."""
        for mail in await self._opened():
            self._waiting.setdefault(mail.id, mail)
        self._open.set()
        while not self._stopping:
            self._news.clear()
            first = min(self._waiting.values(), key=lambda one: (one.due, one.id), default=None)
            if first is not None and first.due <= self._now():
                await self._send(first)
                continue
            pause = None if first is None else first.due - self._now()
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _opened(self) -> list[Mail]:
        while True:
            try:
                found = await self._on_disk(lambda: self._spool.open(self._now()))
                self._put_aside = await self._on_disk(self._spool.failed_count)
            except OSError as fault:
                self.log.critical("mail spool cannot be read; it is tried again", reason=str(fault))
                self._said = str(fault)
                await asyncio.sleep(self._settings.first_retry)
            else:
                self._said = ""
                return found

    async def _send(self, mail: Mail) -> None:
        try:
            handed = await self._hand_over(mail)
        except (OSError, SecretFault, ValueError) as fault:
            handed = Handed(again=mail.to, said=f"{type(fault).__name__}: {fault}")
        except Exception:
            self.log.exception("defect while a mail was sent", mail=mail.id)
            handed = Handed(again=mail.to, said="defect in the connector")
        for address, text in handed.refused:
            self.log.error("mail refused by the server", mail=mail.id, to=address, said=text)
        self._said = handed.said
        await self._book(mail, handed)

    async def _hand_over(self, mail: Mail) -> Handed:
        settings = self._settings
        content = await self._on_disk(lambda: self._spool.attachment(mail))
        password = await self._on_disk(settings.password.read) if settings.password is not None else None
        trust = None
        if settings.security != "none":
            trust = await self._on_disk(lambda: ssl.create_default_context(cafile=settings.ca))
        return await hand_over(mail, message_of(mail, settings, content), settings, trust, password)

    async def _book(self, mail: Mail, handed: Handed) -> None:
        """Keep on disk what is still to be done; what cannot be kept is tried again with the rest."""
        now = self._now()
        try:
            if handed.again and now < mail.made + self._settings.give_up:
                pause = min(LONGEST_PAUSE, self._settings.first_retry * 2 ** min(mail.tries, 30))
                later = replace(mail, to=handed.again, tries=mail.tries + 1, due=now + pause, said=handed.said)
                self._waiting[mail.id] = later
                self.log.warning("mail not handed over", mail=mail.id, tries=later.tries, said=handed.said)
                await self._on_disk(lambda: self._spool.write(later))
                return
            lost = [*handed.again, *(address for address, _ in handed.refused)]
            if lost:
                text = handed.said or "; ".join(f"{address}: {said}" for address, said in handed.refused)
                aside = replace(mail, to=tuple(lost), tries=mail.tries + 1, said=text)
                self.log.error("mail put aside: it was not handed over", mail=mail.id, to=lost, said=text)
                await self._on_disk(lambda: self._spool.fail(aside))
                self._put_aside += 1
            else:
                await self._on_disk(lambda: self._spool.sent(mail))
                self.log.info("mail handed over", mail=mail.id, tries=mail.tries + 1)
            del self._waiting[mail.id]
        except OSError as fault:
            self.log.critical("mail spool cannot be written", mail=mail.id, reason=str(fault))
            if mail.id in self._waiting:
                kept = self._waiting[mail.id]
                self._waiting[mail.id] = replace(kept, due=max(kept.due, now + self._settings.first_retry))

    async def _on_disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)
