"""The connector that checks agents' PINs, on a thread of its own: a hash takes its time on purpose."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from cti_server.connectors.base import Question, Site, failed
from cti_server.connectors.pins.book import PinBook, PinsError
from cti_server.connectors.pins.lockout import LockOut
from cti_server.settings.connectors import PinSettings
from cti_server.vocabulary.outside import CheckPin, OutsideRequest, RequestOutcome, RequestResult
from cti_server.vocabulary.status import LinkStatus


class PinConnector:
    """Answers with ``right`` and, where the agent is locked out, ``locked``."""

    def __init__(self, site: Site) -> None:
        settings: PinSettings = site.settings.connectors.pins or PinSettings()
        self._book = PinBook(settings.file)
        self._lock_out = LockOut(settings.attempts, settings.lock_out)
        self._site = site
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pins")
        self._fault = ""
        self.log = structlog.get_logger(room="pins")

    @property
    def serves(self) -> type[OutsideRequest]:
        """PINs."""
        return CheckPin

    def start(self) -> None:
        """The file is read at each check."""

    async def ask(self, question: Question) -> RequestOutcome:
        """Whether the digits are the agent's PIN; an attempt counts as wrong even if nobody waits for its end."""
        wish = question.outside
        if not isinstance(wish, CheckPin):
            return failed(f"no PIN: {type(wish).__name__}")
        pin = self._site.reveal(wish.secret)
        if pin is None:
            return failed("what the caller keyed in is forgotten")
        if not self._lock_out.begin(wish.agent, self._site.now()):
            self.log.warning("PIN not looked at: locked out", agent=wish.agent)
            return RequestOutcome(result=RequestResult.DONE, values={"right": False, "locked": True})
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._thread, self._book.verify, wish.agent, pin)
        except PinsError as fault:
            self._fault = str(fault)
            self._lock_out.right(wish.agent)  # it was not looked at
            return failed(str(fault))
        self._fault = ""
        if right:
            self._lock_out.right(wish.agent)
        locked = self._lock_out.locked(wish.agent, self._site.now())
        if locked:
            self.log.warning("too many wrong PINs: locked out", agent=wish.agent)
        return RequestOutcome(result=RequestResult.DONE, values={"right": right, "locked": locked})

    async def stop(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def statuses(self) -> Sequence[LinkStatus]:
        """The file, down where it could not be read at the last check."""
        return [LinkStatus("pins", "pins", str(self._book.file), not self._fault, self._fault)]
