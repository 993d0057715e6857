"""A second opinion on BER: another library, made from the standard's grammar, reads what we write and writes the same.

``CALLWRIGHT_CSTA_GRAMMAR`` names a folder with ``asn1/csta3-ecma285-ed4.asn`` and ``asn1/csta3-operations.json``; the
grammar is ECMA's and is not kept here. The golden vectors in ``tests/unit/csta/golden/ber.txt`` have passed this.
"""

import contextlib
import importlib.util
import io
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from csta.codec import ber
from csta.codec.ber import tlv
from csta.messages import Event, GetAgentStateResponse, Message, Response, SendMessage, SendMessageResponse
from csta.schema import kinds as k
from csta.schema.elements import Shape
from tests.strategies.csta_messages import messages
from tests.unit.csta.ber_samples import GOLDEN, IN_BER

GRAMMAR = os.environ.get("CALLWRIGHT_CSTA_GRAMMAR")
pytestmark = pytest.mark.skipif(GRAMMAR is None, reason="CALLWRIGHT_CSTA_GRAMMAR names no grammar of CSTA")


@pytest.fixture(scope="module")
def grammar(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The grammar, compiled by pycrate."""
    asnproc = pytest.importorskip("pycrate_asn1c.asnproc")
    target = tmp_path_factory.mktemp("grammar") / "csta3_compiled.py"
    text = Path(str(GRAMMAR), "asn1", "csta3-ecma285-ed4.asn").read_text(encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        asnproc.compile_text(text)
        asnproc.generate_modules(asnproc.PycrateGenerator, str(target))
    spec = importlib.util.spec_from_file_location("csta3_compiled", target)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _operations() -> dict[int, dict[str, Any]]:
    found = json.loads(Path(str(GRAMMAR), "asn1", "csta3-operations.json").read_text(encoding="utf-8"))
    return {operation["number"]: operation for operation in found["operations"]}


def _type_of(grammar: ModuleType, shape: Shape) -> Any:
    if issubclass(shape.type, Event):
        return grammar.CSTA_event_report_definitions.CSTAEventReportArgument
    operation = _operations()[shape.operation or 0]
    name = operation["result"] if issubclass(shape.type, Response) else operation["argument"]
    if name is None:
        pytest.skip("the grammar has no contents for it")
    return getattr(getattr(grammar, operation["asnModule"].replace("-", "_")), name.replace("-", "_"))


def _body(apdu: bytes) -> bytes:
    """The argument or result in an APDU of ours."""
    outer = tlv.only(apdu, 0, len(apdu))
    *_, last = tlv.elements(apdu, outer.start, outer.stop)
    if outer.identifier == 0xA2:
        *_, last = tlv.elements(apdu, last.start, last.stop)
    return apdu[last.begin : last.after]


def _fits(message: Message) -> bool:
    """Whether a message keeps to the grammar where that is narrower than its sense.

    ECMA-285 writes the lists of SendMessage as a SEQUENCE with one member, and an agent's states as a list of one at
    least; an empty list, or one of several, says what it says all the same.
    """
    match message:
        case SendMessage():
            return len(message.destination_devices) == 1
        case SendMessageResponse():
            return len(message.connection_list) == 1 and len(message.list_of_call_linkage_data) <= 1
        case GetAgentStateResponse():
            return bool(message.agent_state_list)
    return True


@pytest.mark.parametrize("shape", IN_BER, ids=lambda shape: shape.root)
def test_another_library_agrees_with_the_golden_vector(grammar: ModuleType, shape: Shape) -> None:
    type_ = _type_of(grammar, shape)
    vectors = dict(line.split() for line in GOLDEN.read_text(encoding="ascii").splitlines())
    body = _body(bytes.fromhex(vectors[shape.root]))
    type_.from_ber(body)
    assert type_.to_ber().hex() == body.hex()


@pytest.mark.parametrize("shape", IN_BER, ids=lambda shape: shape.root)
def test_another_library_reads_and_writes_the_same(grammar: ModuleType, shape: Shape) -> None:
    type_ = _type_of(grammar, shape)

    @settings(max_examples=4, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        message = data.draw(messages(shape, k.Wire.BER))
        assume(_fits(message))
        body = _body(ber.encode(message, 1))
        type_.from_ber(body)
        assert type_.to_ber().hex() == body.hex()

    check()
