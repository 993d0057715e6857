from time import perf_counter

import pytest

from csta import decode
from csta import messages as m
from csta.codec.xml import ED4
from csta.errors import MessageError

BOMB = b"""<?xml version="1.0"?><!DOCTYPE SystemStatus [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<SystemStatus xmlns="x"><systemStatus>&c;</systemStatus></SystemStatus>"""
EXTERNAL = b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB, "document type"),
        (EXTERNAL, "document type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "document type"),
        (BOMB.decode().replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode("utf-16"), "binary data"),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/>', "encoding UTF-7"),
        (b'<?xml version="1.0" encoding="utf-16"?><a/>', "encoding utf-16"),
        (b"", "empty message"),
        (b"\x00\x00", "empty message"),
        (b"\xa1\x0c\x02\x01\x01\x02\x02\x00\xd3\x30", "binary data"),
        (b"\xa1\x0c\x02\x01\x01\x02\x02\xd3\x30", "not well-formed"),
        (b"<a>", "not well-formed"),
        (b"<a/><b/>", "not well-formed"),
        (b"<a>&unknown;</a>", "not well-formed"),
        (b"<a>\xff\xfe</a>", "not well-formed"),
        (b"<a x='1' x='2'/>", "not well-formed"),
        (b"hello", "not well-formed"),
    ],
)
def test_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        decode(data)


@pytest.mark.parametrize("depth", [40, 200, 5000])
def test_deep_nesting_is_refused(depth: int) -> None:
    data = b"<x>" * depth + b"</x>" * depth
    with pytest.raises(MessageError):
        decode(data)


def test_deep_nesting_inside_a_known_message_is_refused() -> None:
    head = f'<SystemStatus xmlns="{ED4}"><systemStatus>normal</systemStatus>'.encode()
    with pytest.raises(MessageError, match="deeper than 32") as caught:
        decode(head + b"<x>" * 60 + b"</x>" * 60 + b"</SystemStatus>")
    assert caught.value.root == "SystemStatus"


def test_many_unknown_elements_give_few_findings_and_take_no_time() -> None:
    body = b"".join(b"<e%d/>" % number for number in range(50_000))
    before = perf_counter()
    decoded = decode(f'<SystemStatusResponse xmlns="{ED4}">'.encode() + body + b"</SystemStatusResponse>")
    assert perf_counter() - before < 10
    assert len(decoded.findings) == 20
    assert len(decoded.message.extra) == 50_000


def test_very_long_number_and_text_are_refused_quickly() -> None:
    data = (
        f'<QueuedEvent xmlns="{ED4}"><monitorCrossRefID>1</monitorCrossRefID><queuedConnection><callID>A</callID>'
        f"</queuedConnection><numberQueued>{'9' * 500_000}</numberQueued></QueuedEvent>"
    )
    decoded = decode(data.encode())
    assert isinstance(decoded.message, m.Queued)
    assert decoded.message.number_queued is None
    assert "not a number" in decoded.findings[0]
    with pytest.raises(MessageError, match="monitorCrossRefID has 100000 characters"):
        decode(
            f'<MonitorStop xmlns="{ED4}"><monitorCrossRefID>{"1" * 100_000}</monitorCrossRefID></MonitorStop>'.encode()
        )


def test_comments_and_processing_instructions_are_passed_over() -> None:
    body = "<!-- a --><systemStatus>nor<!-- b -->mal</systemStatus>"
    data = f'<!-- hi --><?pi x?><SystemStatus xmlns="{ED4}">{body}</SystemStatus>'
    decoded = decode(data.encode())
    assert isinstance(decoded.message, m.SystemStatus)
    assert decoded.message.system_status == "normal"


def test_terminating_nul_and_byte_order_mark_are_accepted() -> None:
    data = b"\xef\xbb\xbf" + f'<SystemStatusResponse xmlns="{ED4}"/>'.encode() + b"\x00"
    assert decode(data).message == m.SystemStatusResponse()
