"""Vendors' private data: read, added, and on the wire."""

from csta import ConnectionID, DeviceID
from csta import messages as m
from csta.codec import ber, xml
from csta.dialects.openscape_business import DIALECT as BUSINESS
from csta.dialects.openscape_voice import DIALECT as VOICE
from csta.dialects.private_data import SCX, extended_services_permitted, with_empty_private_data, with_no_reoffer
from csta.dialects.variations import varied

DEFLECT = m.DeflectCall(call_to_be_diverted=ConnectionID("012C", "101"), new_destination=DeviceID("102"))
ED4 = "http://www.ecma-international.org/standards/ecma-323/csta/ed4"


def test_extended_services_of_an_event() -> None:
    frame = f"""<OriginatedEvent xmlns="{ED4}">
      <monitorCrossRefID>71</monitorCrossRefID>
      <originatedConnection><callID>FF00</callID><deviceID>101</deviceID></originatedConnection>
      <extensions><privateData><private>
        <scx:extendedServicesPermitted xmlns:scx="{SCX}">
          <scx:callBack>true</scx:callBack><scx:parkCall>false</scx:parkCall><scx:intrude> 1 </scx:intrude>
        </scx:extendedServicesPermitted>
      </private></privateData></extensions></OriginatedEvent>"""
    message = xml.decode(frame.encode()).message
    assert extended_services_permitted(message) == {"callBack", "intrude"}


def test_a_message_without_private_data_permits_nothing_more() -> None:
    assert extended_services_permitted(DEFLECT) == frozenset()


OTHER = m.ForeignElement(f"{{{SCX}}}other", text="x")


def deflect(*private: bytes | m.ForeignElement) -> m.DeflectCall:
    return m.DeflectCall(
        call_to_be_diverted=ConnectionID("C", "1"),
        new_destination=DeviceID("2"),
        extensions=m.Extensions(private_data=private),
    )


def test_no_reoffer_is_added_once_and_leaves_the_rest() -> None:
    once = with_no_reoffer(deflect(OTHER))
    assert with_no_reoffer(once) == once
    assert once.extensions is not None
    assert once.extensions.private_data[0] == OTHER
    assert len(once.extensions.private_data) == 2
    assert b"noreoffer" in xml.encode(once)


def test_nothing_stands_beside_a_string() -> None:
    assert with_no_reoffer(deflect(b"x")) == deflect(b"x")


def test_deflect_for_hipath_ends_with_empty_private_data() -> None:
    written = ber.encode(BUSINESS.outbound(DEFLECT), 1)
    assert written.endswith(bytes.fromhex("7E02A100"))
    assert not ber.encode(DEFLECT, 1).endswith(bytes.fromhex("7E02A100"))


def test_extensions_that_are_there_stay() -> None:
    assert with_empty_private_data(deflect(b"x")) == deflect(b"x")


def test_only_deflects_and_transfers_are_rewritten() -> None:
    assert VOICE.outbound(DEFLECT) == DEFLECT
    asking = varied(VOICE, {"no_reoffer": True})
    assert asking.outbound(DEFLECT) != DEFLECT
    hold = m.HoldCall(call_to_be_held=ConnectionID("C", "1"))
    assert asking.outbound(hold) == hold
