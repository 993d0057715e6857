"""Every message that we send against ECMA-323's structure as an XML Schema that the tester provides.

``CALLWRIGHT_ECMA323_XSD`` names a schema of the 6th edition; the 4th differs by its namespace as far as we speak it.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from csta import encode
from csta.codec.table import SHAPES
from csta.messages import Message
from csta.schema.elements import Shape
from csta.schema.kinds import NAMESPACE_STEM, Wire
from tests.strategies.csta_messages import messages
from tests.unit.csta.samples import SAMPLES

XSD = os.environ.get("CALLWRIGHT_ECMA323_XSD", "")
needs_schema = pytest.mark.skipif(not XSD, reason="CALLWRIGHT_ECMA323_XSD names no schema")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(XSD).as_posix()))


@needs_schema
@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: type(message).__name__)
def test_message_is_valid(schema: etree.XMLSchema, message: Message) -> None:
    document = etree.fromstring(encode(message, NAMESPACE_STEM + "ed6"))
    assert schema.validate(document), schema.error_log


@needs_schema
@pytest.mark.parametrize("shape", [s for s in SHAPES if s.namespace is None], ids=lambda shape: shape.root)
def test_every_message_is_valid_however_it_is_filled_in(schema: etree.XMLSchema, shape: Shape) -> None:
    @settings(deadline=None, max_examples=10, database=None)
    @given(messages(shape, Wire.XML))
    def check(message: Message) -> None:
        document = etree.fromstring(encode(message, NAMESPACE_STEM + "ed6"))
        assert schema.validate(document), schema.error_log

    check()
