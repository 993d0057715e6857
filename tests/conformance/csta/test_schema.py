"""Every message that we send against ECMA-323's structure as an XML Schema that the tester provides.

``CALLWRIGHT_ECMA323_XSD`` names a schema of the 6th edition; the 4th differs by its namespace as far as we speak it.
"""

import os
from pathlib import Path

import pytest
from lxml import etree

from csta import encode
from csta.schema.kinds import NAMESPACE_STEM
from csta.codec.schema import SHAPES
from csta.messages import ErrorResponse, Message
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


def test_samples_cover_every_message() -> None:
    sampled = {type(sample) for sample in SAMPLES}
    assert {shape.type for shape in SHAPES} | {ErrorResponse} == sampled


def test_operations_and_event_tags_are_unambiguous() -> None:
    events = [shape.event for shape in SHAPES if shape.event is not None]
    assert len(set(events)) == len(events)
    operations = [shape.operation for shape in SHAPES if shape.operation is not None]
    assert all(operations.count(operation) == 2 for operation in set(operations))
