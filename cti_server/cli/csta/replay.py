"""``callwright csta replay``: be the switch of a capture for the application that connects, and compare."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich import box
from rich.table import Table
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from csta.captures import Record, Way
from csta.codec.framing import Framing
from csta.trace import Cutter, Row
from csta.trace.replay import Difference, Replay
from cti_server.cli.csta.screen import clean, screen
from cti_server.cli.csta.trace import dialect_named, opened, tracer_for
from cti_server.cli.running import Work

SAME, DIFFERENT, NOBODY = 0, 1, 2
"""Exit statuses: as in the capture, differences, nobody connected or nothing to play."""
_MAX_ROWS: Final = 200_000


def script(
    files: Sequence[Path], dialect: str, profile: str, peer: str, ports: frozenset[int] | None
) -> tuple[list[Row], Framing, Callable[[str], str]]:
    """The rows of one connection of a capture, its framing, and how device numbers are normalised.

    Without ``peer`` it is the first connection of which the capture has the beginning.

    Raises:
        click.ClickException: there is no such connection, or nothing in it that could be played.
    """
    records: list[Record] = []
    name = dialect
    chosen = peer
    for capture in opened(files, ports):
        name = name or capture.header.dialect
        for record in capture.records:
            if not chosen and record.way is Way.OPEN:
                chosen = record.peer
            if record.peer == chosen and len(records) < _MAX_ROWS:
                records.append(record)
            if record.peer == chosen and record.way is Way.CLOSED:
                break
    if not records:
        missing = f"has no connection of {peer}" if peer else "shows no connection from its beginning"
        raise click.ClickException(f"the capture {missing}; without the log-in nothing can be played")
    found = dialect_named(name)
    normalise: Callable[[str], str] = str if found is None else found.normalise_device
    tracer = tracer_for(capture.header, dialect, profile, amid=False)
    rows = [row for record in records for row in tracer.record(record)]
    return rows, _framing(records), normalise


def _framing(records: Sequence[Record]) -> Framing:
    cutter = Cutter()
    for record in records:
        if record.way is Way.IN:
            for _piece in cutter.feed(record.data):
                if cutter.framing is not None:
                    return cutter.framing
    raise click.ClickException("the capture has no frame of the switch")


def replay(files: Sequence[Path], listen: tuple[str, int], wait: float, make: Callable[[], Replay]) -> Work:
    """The work of one replay; its exit status is `SAME`, `DIFFERENT` or `NOBODY`."""

    async def work(reactor: ReactorBase) -> int:
        playing = make()
        stage = _Stage(reactor, playing)
        endpoint: Any = TCP4ServerEndpoint  # which Twisted leaves untyped
        try:
            port = await endpoint(reactor, listen[1], interface=listen[0]).listen(stage)
        except CannotListenError as fault:
            raise click.ClickException(f"cannot listen on {listen[0]}:{listen[1]}: {fault.socketError}") from fault
        told = ", ".join(str(file) for file in files)
        click.echo(f"playing {told}: connect to {listen[0]}:{port.getHost().port} within {wait:g} s", err=True)
        try:
            came = await stage.over_within(wait)
        finally:
            await maybeDeferred(port.stopListening)
            stage.close()
        if not came:
            click.echo("nobody connected", err=True)
            return NOBODY
        show(playing)
        return DIFFERENT if playing.differences else SAME

    return work


def show(playing: Replay) -> None:
    """Print what was different."""
    if playing.differences:
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column("row", justify="right")
        table.add_column("difference", overflow="fold")
        for one in playing.differences:
            table.add_row(_number(one), clean(one.text))
        screen(colour=None).print(table)
    asked = f", {playing.repeated} question(s) asked again" if playing.repeated else ""
    click.echo(f"{len(playing.differences)} difference(s){asked}")


def _number(one: Difference) -> str:
    return str(one.row) if one.row else "-"


class _Stage(Factory):
    """Takes the one application that the capture is played to; others are turned away."""

    noisy = False

    def __init__(self, reactor: Any, playing: Replay) -> None:  # noqa: ANN401 - several interfaces in one
        self._reactor = reactor
        self._playing = playing
        self._player: _Player | None = None
        self._over: Deferred[bool] = Deferred()
        self._patience: Any = None

    def over_within(self, seconds: float) -> Deferred[bool]:
        """Fires when all is played, or with False where nobody came within so many seconds."""
        self._patience = self._reactor.callLater(seconds, self._nobody)
        return self._over

    def _nobody(self) -> None:
        if self._player is None:
            self.finish(came=False)

    def finish(self, *, came: bool) -> None:
        """It is over."""
        if not self._over.called:
            self._over.callback(came)

    def close(self) -> None:
        """Leave the application, and no timer behind."""
        if self._patience is not None and self._patience.active():
            self._patience.cancel()
        if self._player is not None:
            self._player.leave()

    def buildProtocol(self, addr: IAddress | None) -> "_Player | None":  # noqa: ARG002, N802 - Twisted's signature
        """An application connects."""
        if self._player is not None:
            return None
        self._player = _Player(self._reactor, self._playing, self)
        return self._player


class _Player(Protocol):
    """Moves bytes and the one timer between the replay and Twisted."""

    transport: Any  # a TCP transport, whose interfaces zope declares without types

    def __init__(self, reactor: Any, playing: Replay, stage: _Stage) -> None:  # noqa: ANN401 - several interfaces
        self._reactor = reactor
        self._playing = playing
        self._stage = stage
        self._timer: Any = None

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._playing.connection_made(self._reactor.seconds())
        self._pump()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._playing.receive_data(data, self._reactor.seconds())
        self._pump()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted's signature
        self._disarm()
        self._playing.connection_lost(self._reactor.seconds())
        self._stage.finish(came=True)

    def leave(self) -> None:
        """Close the connection."""
        self._disarm()
        if self.transport is not None:
            self.transport.loseConnection()

    def _pump(self) -> None:
        self.transport.write(self._playing.data_to_send())
        self._disarm()
        if self._playing.finished:
            self._stage.finish(came=True)
            return
        at = self._playing.get_timer()
        if at is not None:
            self._timer = self._reactor.callLater(max(0.0, at - self._reactor.seconds()), self._due)

    def _due(self) -> None:
        self._timer = None
        self._playing.handle_timer(self._reactor.seconds())
        self._pump()

    def _disarm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
