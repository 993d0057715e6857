"""``callwright csta probe``: log in to a PBX, ask what it can do, and compare that with what its dialect says."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Final

import click
from rich import box
from rich.table import Table
from twisted.internet.base import ReactorBase

from csta import messages as m
from csta.codec.table import SHAPES
from csta.dialects.dialect import Login
from csta.identifiers import DeviceID
from csta.messages import Notice, Request, Response
from cti_server.cli.asking import Asker, Refusal, UnreachableError, Way
from cti_server.cli.csta.screen import clean, screen
from cti_server.cli.running import Work

SAME, DIFFERENT, UNREACHABLE = 0, 1, 2
"""Exit statuses: as the dialect says, differences, not reached."""
_ALIASES: Final = {
    "singlestepconference": "SingleStepConferenceCall",
    "singlesteptransfer": "SingleStepTransferCall",
    "getswitchingfunctioncapabilities": "GetSwitchingFunctionCaps",
    "systemstatusregistercancel": "SystemRegisterCancel",
    "changesystemstatusfilter": "ChangeSysStatFilter",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One service: what the dialect says, what the switch says (None: not known), and how that is known."""

    service: str
    dialect: bool
    switch: bool | None
    remark: str

    @property
    def differs(self) -> bool:
        """Whether the two contradict each other."""
        return self.switch is not None and self.switch != self.dialect


def listed(response: Response) -> frozenset[str]:
    """The services that an answer of capability exchange names, by the names of their messages."""
    return frozenset(_listed(response))


def _listed(value: object) -> Iterator[str]:
    if not is_dataclass(value):
        return
    is_list = type(value).__name__.endswith("ServList")
    for each in fields(value):
        inner = getattr(value, each.name)
        if isinstance(inner, frozenset) and is_list:
            plain = each.name.replace("_", "")
            yield _ALIASES.get(plain) or _SERVICES.get(plain, each.name)
        elif inner is not None:
            yield from _listed(inner)


_SERVICES: Final = {
    shape.type.__name__.lower(): shape.type.__name__ for shape in SHAPES if issubclass(shape.type, Request | Notice)
}


def trials(device: str) -> list[Request]:
    """Questions that change nothing; those about a device only where there is one."""
    general: list[Request] = [m.RequestSystemStatus(), m.GetSwitchingFunctionCaps(), m.GetCSTAFeatures()]
    if not device:
        return general
    where = DeviceID(device)
    return [
        *general,
        m.GetLogicalDeviceInformation(device=where),
        m.GetPhysicalDeviceInformation(device=where),
        m.SnapshotDevice(snapshot_object=where),
        m.GetAgentState(device=where),
        m.GetForwarding(device=where),
        m.GetDoNotDisturb(device=where),
    ]


async def explore(asker: Asker, way: Way, device: str) -> tuple[list[Verdict], list[tuple[str, str]]]:
    """Ask the switch; return a verdict for each service, and what it says of itself."""
    said = {service.__name__ for service in way.dialect.capabilities.services}
    tried: dict[str, tuple[bool | None, str]] = {}
    offered: frozenset[str] = frozenset()
    facts: list[tuple[str, str]] = []
    for request in trials(device):
        answer = await asker.ask(request)
        name = type(request).__name__
        tried[name] = _outcome(answer)
        if isinstance(answer, Response):
            offered |= listed(answer)
            facts += _facts(answer)
    if device:
        tried |= await _try_monitor(asker, device)
    if asker.status is not None:
        tried |= {"SystemStatus": (True, "received")}
    if way.dialect.profile(way.profile if isinstance(way.profile, str) else None).login is Login.SWITCH_SPEAKS_FIRST:
        tried |= {"SystemRegister": (True, "answered at the log-in")}
    verdicts = []
    for service in sorted(said | offered | tried.keys()):
        switch, remark = tried.get(service, (None, "not tried: it would change something"))
        if switch is None and offered:
            switch, remark = service in offered, "by its list of capabilities"
        verdicts.append(Verdict(service, service in said, switch, remark))
    return verdicts, facts


async def _try_monitor(asker: Asker, device: str) -> dict[str, tuple[bool | None, str]]:
    answer = await asker.ask(m.MonitorStart(monitor_object=DeviceID(device)))
    found = {"MonitorStart": _outcome(answer)}
    if isinstance(answer, m.MonitorStartResponse):
        stopped = await asker.ask(m.MonitorStop(monitor_cross_ref_id=answer.monitor_cross_ref_id))
        found["MonitorStop"] = _outcome(stopped)
    return found


def _outcome(answer: Response | Refusal) -> tuple[bool | None, str]:
    match answer:
        case Response():
            return True, "answered"
        case Refusal(text=text, unsupported=True):
            return False, text
        case Refusal(text=text, lost=True):
            return None, text
    # A refusal for another reason shows that the service is known.
    return (None, answer.text) if answer.text.startswith("no answer") else (True, f"known, but refused: {answer.text}")


def _facts(answer: Response) -> list[tuple[str, str]]:
    names = (
        ("manufacturer", "manufacturer_name"),
        ("sub-domain", "switching_sub_domain_name"),
        ("profiles", "profiles"),
        ("status", "system_status"),
        ("seconds between status messages", "system_status_timer"),
    )
    found = ((label, getattr(answer, name, None)) for label, name in names)
    return [(label, _text(value)) for label, value in found if value]


def _text(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def probe(way: Way, device: str, colour: bool | None) -> Work:
    """The work of one probe; its exit status is `SAME`, `DIFFERENT` or `UNREACHABLE`."""

    async def work(reactor: ReactorBase) -> int:
        asker = Asker(reactor, way)
        try:
            await asker.open_()
            verdicts, facts = await explore(asker, way, device)
        except UnreachableError as failed:
            click.echo(str(failed), err=True)
            return UNREACHABLE
        finally:
            await asker.close()
        status = asker.status
        show(way, [("status", str(status))] if status else [], facts, verdicts, colour)
        for fault in asker.faults:
            click.echo(f"odd: {clean(fault)}", err=True)
        return DIFFERENT if any(one.differs for one in verdicts) else SAME

    return work


def show(
    way: Way, first: list[tuple[str, str]], facts: list[tuple[str, str]], verdicts: list[Verdict], colour: bool | None
) -> None:
    """Print what was found."""
    page = screen(colour=colour)
    page.print(f"{way}: logged in as {way.dialect.title} expects", markup=False)
    for label, value in dict([*first, *facts]).items():
        page.print(f"  {label}: {clean(value)}", markup=False)
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("service", "dialect says", "switch says", "", "how that is known"):
        table.add_column(heading)
    for one in verdicts:
        switch = "?" if one.switch is None else _yes(one.switch)
        mark = "DIFFERENT" if one.differs else ""
        style = "bold red" if one.differs else ("dim" if one.switch is None else "")
        table.add_row(one.service, _yes(one.dialect), switch, mark, clean(one.remark), style=style)
    page.print(table)
    many = sum(one.differs for one in verdicts)
    unknown = sum(one.switch is None for one in verdicts)
    page.print(f"{many} difference(s), {unknown} service(s) not tried", markup=False)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
