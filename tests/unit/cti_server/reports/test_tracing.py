"""The time line: what it is made of, in which order, what is hidden in it and what it says is missing."""

from datetime import UTC
from pathlib import Path

import pytest

from csta.captures import CaptureHeader, Record, Way, header_line, record_line
from cti_server.reports.tracing.frames import frames
from cti_server.reports.tracing.journaled import known_of, lines_beside, lines_of
from cti_server.reports.tracing.lines import Layer, Line, Trace, in_order, trace_facts, trace_text
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import ContactId
from tests.scenarios.engine.story import ANNA, BEN
from tests.unit.cti_server.reports.test_why import long_wait

NUMBER = "4915112345678"


def own(contact: int) -> list[Recorded]:
    return [row for row in long_wait().journal if getattr(row.event, "contact", None) == contact]


def frame(number: int, call: str, invoke: int = 9999) -> bytes:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<DeliveredEvent xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed6">'
        f"<monitorCrossRefID>{number}</monitorCrossRefID>"
        f"<connection><callID>{call}</callID><deviceID>7101</deviceID></connection>"
        "<alertingDevice><deviceIdentifier>7101</deviceIdentifier></alertingDevice>"
        f"<callingDevice><deviceIdentifier>{NUMBER}</deviceIdentifier></callingDevice>"
        "<calledDevice><deviceIdentifier>7000</deviceIdentifier></calledDevice>"
        "<lastRedirectionDevice><notKnown/></lastRedirectionDevice>"
        "<localConnectionInfo>alerting</localConnectionInfo><cause>newCall</cause></DeliveredEvent>"
    ).encode()
    return (0).to_bytes(2) + (len(body) + 8).to_bytes(2) + f"{invoke:04}".encode() + body


def capture(folder: Path, *records: tuple[float, bytes], number: int = 1) -> None:
    lines = [header_line(CaptureHeader(link="pbx"))]
    lines += [record_line(Record(at, "pbx", "h:1", Way.IN, data)) for at, data in records]
    (folder / f"pbx-{number:06d}.capture").write_text("".join(lines))


def test_frames_of_the_call_are_found_in_its_time_and_numbers_are_shortened(tmp_path: Path) -> None:
    capture(tmp_path, (90.0, frame(1, "C1")), (101.0, frame(1, "C1")), (102.0, frame(1, "C2")), number=1)
    capture(tmp_path, (103.0, frame(1, "C1")), (500.0, frame(1, "C1")), number=2)
    found = frames(tmp_path, "pbx", ["C1"], 100.0, 110.0)
    assert [line.at for line in found.lines] == [101.0, 103.0]
    assert found.missing == []
    assert all(line.layer is Layer.CSTA for line in found.lines)
    text = str(found.lines)
    assert "Delivered" in text
    assert NUMBER not in text
    assert "491xxxx" in text
    shown = frames(tmp_path, "pbx", ["C1"], 100.0, 110.0, ours=lambda number: number == NUMBER)
    assert NUMBER in str(shown.lines)


def test_what_the_black_box_does_not_have_is_said(tmp_path: Path) -> None:
    assert frames(tmp_path, "pbx", ["C1"], 0.0, 1.0).missing == ["CSTA of pbx: the black box has no file of this link"]
    capture(tmp_path, (105.0, frame(1, "C1")))
    assert "does not reach back" in frames(tmp_path, "pbx", ["C1"], 100.0, 110.0).missing[0]


def test_a_garbled_black_box_disturbs_nothing(tmp_path: Path) -> None:
    capture(tmp_path, (95.0, b""), (101.0, b"\xff" * 50), (102.0, frame(1, "C1")))
    with (tmp_path / "pbx-000001.capture").open("ab") as file:
        file.write(b'{"t": 103.0, "link": "pbx", "way": "in", "da')
    (tmp_path / "pbx-000002.capture").write_bytes(b"no capture at all\n")
    found = frames(tmp_path, "pbx", ["C1"], 100.0, 110.0)
    assert [line.at for line in found.lines] == [102.0]
    assert any("pbx-000002" in text for text in found.missing)


def test_the_journal_tells_the_contact_and_what_its_agents_did() -> None:
    rows = own(2)
    known = known_of(rows)
    assert {*known.agents} == {"cleo", BEN}
    assert known.calls == {"pbx": {"C2": None}}
    lines = list(lines_of(rows))
    assert [line.facts["seq"] for line in lines if not line.text.startswith("  ")] == [row.seq for row in rows]
    assert any(line.text == "  passed over anna: talks with contact 3" for line in lines)
    assert {line.layer for line in lines} >= {Layer.CONTACT, Layer.QUEUE, Layer.OFFER, Layer.TALK}
    beside = list(lines_beside(long_wait().journal, known))
    assert any("AgentBecameReady" in line.text and BEN in line.text for line in beside)
    assert not any(f"agent={ANNA}" in line.text for line in beside)


def test_of_one_moment_the_outside_stands_first() -> None:
    lines = [Line(1.0, Layer.OFFER, "b"), Line(1.0, Layer.CSTA, "a"), Line(0.5, Layer.CONTACT, "first")]
    assert [line.text for line in in_order(lines)] == ["first", "a", "b"]


def test_a_line_can_neither_break_nor_steer_the_terminal() -> None:
    trace = Trace(ContactId(1), [Line(0.0, Layer.SIP, "INVITE\x1b[2J\nx")], ["SIP: away"])
    text = trace_text(trace, UTC)
    assert "\x1b" not in text
    assert text.splitlines()[-1] == "missing: SIP: away"
    assert len(text.splitlines()) == 5
    assert trace_facts(trace)["missing"] == ["SIP: away"]


@pytest.mark.parametrize("lines", [[]])
def test_no_lines_are_no_contact(lines: list[Line]) -> None:
    assert trace_text(Trace(ContactId(9), lines)) == "no contact 9"
