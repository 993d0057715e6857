"""``callwright csta trace --proxy``: what passes a proxy, shown as it passes and kept in a file where asked for."""

from pathlib import Path
from time import time
from typing import Any, TextIO

import click
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError

from csta.captures import CaptureHeader, Record, Way, header_line, record_line, without_passwords
from csta.trace import Wanted
from cti_server.cli.csta.proxy import Proxy
from cti_server.cli.csta.trace import Look, Show, tracer_for
from cti_server.cli.running import Work


def trace_proxy(  # noqa: PLR0917 - where, whereto, and what of the command line
    listen: tuple[str, int], to: tuple[str, int], wanted: Wanted, look: Look, header: CaptureHeader, save: Path | None
) -> Work:
    """The work of a proxy that lasts until Ctrl-C; its exit status is then 0, or 1 where it cannot listen."""

    async def work(reactor: ReactorBase) -> int:
        tracer = tracer_for(header, header.dialect, header.profile, amid=False)
        show = Show(tracer, look)
        file = _file(save, header)

        def tap(peer: str, way: Way, data: bytes) -> None:
            record = Record(time(), header.link, peer, way, data)
            if file is not None:
                kept = Record(record.time, record.link, peer, way, without_passwords(data))
                file.write(record_line(kept))
            for row in tracer.record(record):
                if wanted.takes(row):
                    show.row(row)

        proxy = Proxy(reactor, *to, tap)
        try:
            port = await proxy.start(*listen)
            show.remark(f"applications connect to {listen[0]}:{port}; the switch is {to[0]}:{to[1]}; Ctrl-C ends")
            await _for_ever()
        except CannotListenError as fault:
            raise click.ClickException(f"cannot listen on {listen[0]}:{listen[1]}: {fault.socketError}") from fault
        finally:
            if file is not None:
                file.close()
            show.remark(f"{show.shown} row(s)")
            await proxy.stop()
        return 0

    return work


def _for_ever() -> Deferred[Any]:
    return Deferred()


def _file(save: Path | None, header: CaptureHeader) -> TextIO | None:
    if save is None:
        return None
    try:
        save.touch(mode=0o600, exist_ok=True)
        file = save.open("w", encoding="utf-8")
    except OSError as fault:
        raise click.ClickException(f"{save}: {fault.strerror}") from fault
    file.write(header_line(header))
    return file
