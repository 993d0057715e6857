"""The chapter of capabilities is loaded when it is first spoken of, and nobody need know."""

import subprocess
import sys

import pytest

from csta import messages
from csta.codec import table

NEARLY = "GetCSTAFeature"
CHAPTER = "csta.messages.capabilities.services"
BEFORE = f"import sys, csta; assert {CHAPTER!r} not in sys.modules; "

WAYS = {
    "by its name": "print(csta.messages.GetCSTAFeatures.__name__)",
    "by an import": "from csta.messages import GetCSTAFeatures; print(GetCSTAFeatures.__name__)",
    "in XML": "from csta.codec import xml; print(type(xml.decode(b'<GetCSTAFeatures/>').message).__name__)",
    "in BER, asked": (
        "from csta.codec import ber; print(type(ber.decode(bytes.fromhex('a109020101020201720500')).message).__name__)"
    ),
    "in BER, answered": (
        "from csta.codec.table import response_for_operation;"
        "print(response_for_operation(370).root.removesuffix('Response'))"
    ),
    "in the table": (
        "from csta.codec.table import SHAPES; print(*(each.root for each in SHAPES if each.root == 'GetCSTAFeatures'))"
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_chapter_is_there_whoever_speaks_of_it_first(way: str) -> None:
    told = subprocess.run([sys.executable, "-c", BEFORE + way], capture_output=True, text=True, check=False)

    assert (told.stdout.strip(), told.stderr) == ("GetCSTAFeatures", "")


def test_an_error_is_read_without_the_chapter() -> None:
    answer = (
        "<CSTAErrorCode xmlns='http://www.ecma-international.org/standards/ecma-323/csta/ed4'>"
        "<operation>invalidDeviceID</operation></CSTAErrorCode>"
    )
    way = (
        f"from csta.codec import xml; print(xml.decode({answer.encode()!r}).message.value, {CHAPTER!r} in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", BEFORE + way], capture_output=True, text=True, check=False)

    assert (told.stdout.split(), told.stderr) == (["invalidDeviceID", "False"], "")


def test_unknown_message_is_unknown_still() -> None:
    assert table.shape_for_root("GetCSTAFeature") is None
    assert table.request_for_operation(9999) is None
    assert table.response_for_operation(9999) is None
    assert table.event_for_tags(99, 99) is None


@pytest.mark.parametrize("module", [messages, table])
def test_unknown_name_is_an_error_as_everywhere(module: object) -> None:
    with pytest.raises(AttributeError, match=f"{NEARLY}'"):
        getattr(module, NEARLY)
