"""A PBX that wants a user and a password is asked over real sockets, in both encodings, and a tap hears it."""

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from csta import messages as m
from csta.captures import Record, Tap, Way, without_passwords
from csta.dialects.openscape_business import DIALECT
from csta.messages import ErrorResponse, Event, Request, Response
from csta.session_events import SessionSettings
from csta.session_settings import Credentials
from csta.trace import Kind, Tracer
from csta.transport import Link, listen
from cti_server.cli.asking import Asker, UnreachableError
from cti_server.cli.asking import Way as WayTo
from cti_server.cli.csta.probe import explore
from tests.unit.media_service.driving import drive, pause

RIGHT, WRONG = Credentials("max", "geheim77"), Credentials("max", "verraten")


class Switch:
    """A switch with one device, 101, which can be monitored and looked at; nothing else."""

    def __init__(self) -> None:
        self.monitors = 0

    def link_up(self, link: Link) -> None: ...
    def link_down(self, link: Link, reason: str) -> None: ...
    def event_received(self, link: Link, event: Event) -> None: ...
    def fault(self, link: Link, text: str, raw: bytes) -> None: ...

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        link.respond(invoke_id, self._answer(request))

    def _answer(self, request: Request) -> Response | ErrorResponse:
        match request:
            case m.MonitorStart():
                self.monitors += 1
                return m.MonitorStartResponse(monitor_cross_ref_id="0102")
            case m.MonitorStop():
                self.monitors -= 1
                return m.MonitorStopResponse()
            case m.SnapshotDevice():
                return m.SnapshotDeviceResponse()
        return ErrorResponse(category="operation", value="serviceNotSupported")


def into(records: list[Record], reactor: AsyncioSelectorReactor) -> Tap:
    def tap(peer: str, way: Way, data: bytes) -> None:
        records.append(Record(reactor.seconds(), "pbx", peer, way, data))

    return tap


@pytest.mark.parametrize("profile", ["ber", "xml"])
def test_a_switch_with_a_log_in_is_probed(profile: str) -> None:
    records: list[Record] = []

    async def story(reactor: AsyncioSelectorReactor) -> None:
        switch = Switch()
        port = await listen(
            reactor,
            "127.0.0.1",
            0,
            DIALECT,
            SessionSettings(),
            switch,
            tap=into(records, reactor),
            profile=profile,
            verify=lambda given: given == RIGHT,
        )
        way = WayTo(host="127.0.0.1", port=port.getHost().port, dialect=DIALECT, profile=profile, credentials=RIGHT)
        asker = Asker(reactor, way)
        await asker.open_()
        verdicts, _ = await explore(asker, way, "101")
        await asker.close()
        found = {one.service: one.switch for one in verdicts}
        assert (found["MonitorStart"], found["MonitorStop"], found["SnapshotDevice"]) == (True, True, True)
        assert (found["GetAgentState"], found["GetForwarding"]) == (False, False)
        assert switch.monitors == 0

        refused = Asker(
            reactor, WayTo(host="127.0.0.1", port=way.port, dialect=DIALECT, profile=profile, credentials=WRONG)
        )
        with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:"):
            await refused.open_()
        await refused.close()
        await pause(reactor, 0.1)
        await port.stopListening()

    drive(story)
    carried = b"".join(record.data for record in records)
    kept = [Record(one.time, one.link, one.peer, one.way, without_passwords(one.data)) for one in records]
    for secret in (b"geheim77", b"verraten"):
        assert secret in carried
        assert all(secret not in record.data for record in kept)
    before, after = rows_of(records), rows_of(kept)
    assert before == after
    assert {Kind.DAMAGED, Kind.UNKNOWN} & {kind for kind, _ in before} == set()
    assert (Kind.RESPONSE, "SnapshotDeviceResponse") in before


def rows_of(records: list[Record]) -> list[tuple[Kind, str]]:
    tracer = Tracer()
    return [(row.kind, row.name) for record in records for row in tracer.record(record)]
