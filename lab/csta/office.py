"""All of the lab PBX's CSTA: the face, its listeners, and the faults that are made on request."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred

from csta.messages import Event
from csta.session_settings import SessionSettings
from csta.states import SystemStatusValue
from lab.csta.face import CstaFace
from lab.csta.listener import Listener
from lab.csta.model import Model, Rules
from lab.csta.way import Way
from lab.csta_settings import ListenerPlan
from lab.fault_door import Ask, FaultDoor
from lab.faults import Faults, Mishap, Rate
from program.logs import Log

USUAL_SECONDS: Final = 5.0
"""How long a mishap lasts where nobody says."""


class CstaOffice:
    """Serves applications from `start` to `stop`.

    Args:
        reactor: the asyncio reactor, handed in.
        model: the switching model.
        rules: how the face behaves.
        plans: the listeners.
        session: the settings of each link's session.
        faults: what happens to frames and answers.
        door: the Unix socket for faults at run time, None for no door.
        log: the log.
    """

    def __init__(  # noqa: PLR0917 - each part once, where the PBX is put together
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        model: Model,
        rules: Rules,
        plans: tuple[ListenerPlan, ...],
        session: SessionSettings,
        faults: Faults,
        door: Path | None,
        log: Log,
    ) -> None:
        self._reactor = reactor
        self._model = model
        self._faults = faults
        self._log = log
        self._plans = plans
        self._face = CstaFace(model, rules, faults, log)
        self._door = None if door is None else FaultDoor(reactor, door, self.obey)
        self._listeners = [self._listener(plan, session) for plan in plans]
        self._pending: set[Any] = set()

    def _listener(self, plan: ListenerPlan, session: SessionSettings) -> Listener:
        way = Way(plan.dialect, plan.profile)
        limit = plan.dialect.limits.links

        def room() -> bool:
            """The links of a dialect are those of one PBX, by whichever listener they came."""
            peers = (one for one in self._listeners if one.way.dialect.name == way.dialect.name)
            return limit is None or sum(len(one) for one in peers) < limit

        return Listener(
            self._reactor,
            way,
            session,
            self._face.observer(way),
            verify=plan.verify,
            tls=plan.tls,
            faults=self._faults,
            room=room,
        )

    # ---- life

    @property
    def ports(self) -> tuple[int, ...]:
        """The real ports, in the order of the settings."""
        return tuple(one.port for one in self._listeners)

    @property
    def faults(self) -> Faults:
        """The rates of faults."""
        return self._faults

    def start(self) -> Deferred[None]:
        """Listen; fails with `CannotListenError`, `TlsError` or `FaultDoorError`."""
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        for listener, plan in zip(self._listeners, self._plans, strict=True):
            await listener.start(plan.host, plan.port)
        if self._door is not None:
            self._door.open()

    def stop(self) -> Deferred[None]:
        """Close every link and listen no more."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for call in self._pending:
            if call.active():
                call.cancel()
        self._pending.clear()
        self._face.close()
        for listener in self._listeners:
            await listener.stop()
        if self._door is not None:
            await self._door.close()

    # ---- what the switch tells

    def notify(self, device: str, event: Event) -> None:
        """As `CstaFace.notify`."""
        self._face.notify(device, event)

    def settled(self) -> None:
        """As `CstaFace.settled`."""
        self._face.settled()

    def get_timer(self) -> float | None:
        """When `handle_timer` is due, Unix seconds."""
        return self._face.get_timer()

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        self._face.handle_timer(now)

    # ---- faults

    def obey(self, asked: Ask) -> str:
        """Do what somebody asks for at the door; gives what was done, in words."""
        now = self._model.now()
        self._log.info("fault asked for", fault=asked.name, rate=asked.rate, seconds=asked.seconds, device=asked.device)
        match asked.name:
            case "list":
                rates = ", ".join(f"{name} {rate:g}" for name, rate in self._faults.shown(now).items())
                return rates or "no faults"
            case "none":
                self._faults.clear()
                return "no faults any more"
        if asked.name in set(map(str, Rate)):
            until = None if asked.seconds is None else now + asked.seconds
            self._faults.set_rate(Rate(asked.name), asked.rate or 0.0, until)
            return f"{asked.name} {asked.rate or 0:g}" + ("" if asked.seconds is None else f" for {asked.seconds:g} s")
        seconds = USUAL_SECONDS if asked.seconds is None else asked.seconds
        return self.make(Mishap(asked.name), seconds, asked.device)

    def make(self, mishap: Mishap, seconds: float = USUAL_SECONDS, device: str | None = None) -> str:
        """Let a mishap happen; gives what was done, in words."""
        match mishap:
            case Mishap.FLAP:
                self._flap(seconds)
                told = f"all links cut, none taken for {seconds:g} s"
            case Mishap.OVERLOAD:
                self._become(SystemStatusValue.OVERLOAD_REACHED)
                self._later(seconds, lambda: self._become(SystemStatusValue.OVERLOAD_RELIEVED))
                told = f"overloaded for {seconds:g} s"
            case Mishap.DROP_MONITORS:
                told = f"{self._face.drop_monitors(device)} monitors ended"
            case Mishap.DROP_ROUTES:
                self._face.drop_routes()
                told = "registrations for routing ended"
            case Mishap.MESSAGES_LOST:
                self._become(SystemStatusValue.MESSAGES_LOST)
                told = "messages lost"
            case Mishap.RESTART:
                self._become(SystemStatusValue.INITIALIZING)
                self._restart()
                self._later(seconds, lambda: self._become(SystemStatusValue.ENABLED))
                told = f"restarted: calls and monitors are gone, initializing for {seconds:g} s, links stay"
            case Mishap.REBOOT:
                self._become(SystemStatusValue.INITIALIZING)
                self._restart()
                self._flap(seconds)
                self._face.status = SystemStatusValue.NORMAL
                told = f"rebooted: calls and links are gone, none taken for {seconds:g} s"
        return told

    def _flap(self, seconds: float) -> None:
        for listener in self._listeners:
            listener.flap(seconds)

    def _restart(self) -> None:
        self._face.forget()
        self._model.restart()
        self._face.forget()  # what the end of the calls was told to has begun nothing new

    def _become(self, status: SystemStatusValue) -> None:
        self._face.tell_status(status)
        lasting = status in {SystemStatusValue.OVERLOAD_REACHED, SystemStatusValue.INITIALIZING}
        self._face.status = status if lasting else SystemStatusValue.NORMAL
        for listener in self._listeners:
            listener.say_status(self._face.status)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self._pending = {call for call in self._pending if call.active()}
        self._pending.add(self._reactor.callLater(seconds, what))
