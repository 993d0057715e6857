"""Messages of every chapter and every call event, byte by byte as they stand on the wire."""

import pytest

from csta import decode, encode
from csta import messages as m
from csta.codec.table import SHAPES
from csta.codec.xml import ED4
from csta.messages import application_session as a
from tests.unit.csta.golden_xml_events import GOLDEN_EVENTS
from tests.unit.csta.golden_xml_services import GOLDEN_SERVICES

GOLDEN = [*GOLDEN_EVENTS, *GOLDEN_SERVICES]


def document(message: m.Message, content: str) -> bytes:
    """``content`` in its namespace, after the declaration."""
    namespace = a.SESSION_NAMESPACE if type(message).__module__ == a.__name__ else ED4
    end = content.index("/>") if content.endswith("/>") else content.index(">")
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}{content[:end]} xmlns="{namespace}"{content[end:]}'.encode()


@pytest.mark.parametrize(("message", "content"), GOLDEN, ids=[type(message).__name__ for message, _ in GOLDEN])
def test_message_is_written_so_and_read_again(message: m.Message, content: str) -> None:
    data = document(message, content)
    assert encode(message) == data
    decoded = decode(data)
    assert decoded.message == message
    assert decoded.findings == ()


def test_every_call_event_is_here() -> None:
    call_events = {shape.type for shape in SHAPES if shape.event is not None and shape.event[0] == 0}
    assert call_events <= {type(message) for message, _ in GOLDEN}
