"""Takes notices one after the other to where they are wanted, and tries again where that fails; calls never wait."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from cti_server.connectors.alarms.notice import Notice
from cti_server.telemetry.alarms.catalogue import Severity
from cti_server.vocabulary.status import LinkStatus

MOST_WAITING: Final = 200
"""Notices that wait to be sent; of more, the oldest are dropped, loudly."""
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 120.0
GIVE_UP: Final = 3600.0
"""Seconds after which a notice is old news."""
LAST_WORDS: Final = 3.0
"""Seconds that what waits has at a stop."""


class UndeliveredError(Exception):
    """A notice could not be delivered; ``again``: it may go another time."""

    def __init__(self, text: str, *, again: bool = True) -> None:
        super().__init__(text)
        self.again = again


class Courier:
    """One way to people.

    Args:
        name: as logs and the console call it.
        peer: where to, for people.
        deliver: takes one notice there; raises `UndeliveredError` where it could not.
        least: notices of less severity are left out.
        sleep: waits for seconds.
        steady: seconds that only go forward.
    """

    def __init__(
        self,
        name: str,
        peer: str,
        deliver: Callable[[Notice], Awaitable[None]],
        *,
        least: Severity,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        steady: Callable[[], float] | None = None,
    ) -> None:
        self.name = name
        self._peer = peer
        self._deliver = deliver
        self._least = least
        self._sleep = sleep
        self._steady = steady
        self._waiting: asyncio.Queue[tuple[float, Notice]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._busy = False
        self._said = ""
        self.dropped = 0
        self.log = structlog.get_logger(room="alarms", courier=name)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to deliver."""
        self._steady = self._steady or loop.time
        self._task = loop.create_task(self._deliver_all())

    def take(self, notice: Notice) -> None:
        """Deliver the notice when its turn comes."""
        if self._least is Severity.CRITICAL and notice.change.alarm.severity is not Severity.CRITICAL:
            return
        while self._waiting.qsize() >= MOST_WAITING:
            _, old = self._waiting.get_nowait()
            self._waiting.task_done()
            self._drop(old, "too many wait")
        self._waiting.put_nowait((self._time(), notice))

    def status(self) -> LinkStatus:
        """How it stands: down while the last attempt failed."""
        text = f"{self._waiting.qsize() + self._busy} to be sent, {self.dropped} dropped"
        return LinkStatus(
            self.name, "alarms", self._peer, not self._said, f"{text}; {self._said}" if self._said else text
        )

    async def stop(self) -> None:
        """Send what can be sent within `LAST_WORDS`, and end."""
        if self._task is None:
            return
        if not self._said:  # else nothing would come of it
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._waiting.join(), LAST_WORDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _deliver_all(self) -> None:
        while True:
            since, notice = await self._waiting.get()
            self._busy = True
            await self._deliver_one(since, notice)
            self._busy = False
            self._waiting.task_done()

    async def _deliver_one(self, since: float, notice: Notice) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._deliver(notice)
            except UndeliveredError as fault:
                self._said, again = str(fault), fault.again
            except Exception as defect:
                self.log.exception("defect while an alarm was delivered")
                self._said, again = f"defect: {type(defect).__name__}", False
            else:
                self._said = ""
                return
            if not again or self._time() - since > GIVE_UP:
                self._drop(notice, self._said)
                return
            self.log.warning("alarm not delivered; it is tried again", alarm=notice.change.alarm.id, reason=self._said)
            await self._sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _drop(self, notice: Notice, reason: str) -> None:
        self.dropped += 1
        self.log.error("alarm not delivered", alarm=notice.change.alarm.id, reason=reason)

    def _time(self) -> float:
        return 0.0 if self._steady is None else self._steady()
