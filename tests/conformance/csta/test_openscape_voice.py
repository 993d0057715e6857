"""Messages in the shape that OpenScape Voice gives them: everything it adds is taken, kept and not complained about."""

from csta import (
    ConnectionID,
    DeviceID,
    EventCause,
    EventReceived,
    LinkUp,
    Role,
    Session,
    StatusReceived,
    SystemStatusValue,
    encode_frame,
)
from csta import messages as m
from csta.dialects.openscape_voice import DIALECT
from tests.unit.csta.wire import drain

ED4 = "http://www.ecma-international.org/standards/ecma-323/csta/ed4"
ORIGINATED = f"""<?xml version="1.0" encoding="UTF-8"?>
<OriginatedEvent xmlns="{ED4}">
  <monitorCrossRefID>71</monitorCrossRefID>
  <originatedConnection>
    <callID>FF000100000000002D65C85C1C750000</callID>
    <deviceID>N&lt;302118840101&gt;;displayNumber=302118840101;noa=nk</deviceID>
  </originatedConnection>
  <callingDevice>
    <deviceIdentifier>N&lt;302118840101&gt;;displayNumber=302118840101;noa=nk</deviceIdentifier>
  </callingDevice>
  <calledDevice><deviceIdentifier>N&lt;302118840102&gt;;displayNumber=302118840102;noa=nk</deviceIdentifier></calledDevice>
  <localConnectionInfo>connected</localConnectionInfo>
  <cause>newCall</cause>
  <servicesPermitted>
    <callControlServices><clearConnection>true</clearConnection></callControlServices>
    <callAssociatedServices/><mediaAttachementServices/><routeingServices/><voiceServices/>
  </servicesPermitted>
  <mediaCallCharacteristics><mediaClass><voice>true</voice></mediaClass></mediaCallCharacteristics>
  <extensions><privateData><private>
    <scx:extendedServicesPermitted xmlns:scx="http://www.siemens.com/schema/csta"><scx:callBack>true</scx:callBack>
    </scx:extendedServicesPermitted>
  </private></privateData></extensions>
</OriginatedEvent>
"""


def status(value: str) -> bytes:
    return f'<SystemStatus xmlns="{ED4}"><systemStatus>{value}</systemStatus></SystemStatus>'.encode()


def test_originated_event_of_a_real_switch() -> None:
    application = Session(Role.COMPUTING_FUNCTION, DIALECT)
    application.connection_made(0.0)
    # The switch's greeting, its answer to our registration and the first event in one segment.
    answer = (
        f'<SystemRegisterResponse xmlns="{ED4}"><sysStatRegisterID>0001</sysStatRegisterID></SystemRegisterResponse>'
    )
    application.receive_data(
        encode_frame(1, status("enabled"))
        + encode_frame(0, answer.encode())
        + encode_frame(9999, ORIGINATED.encode())
        + encode_frame(2, status("normal")),
        1.0,
    )
    greeting, up, event, normal = drain(application)
    assert greeting == StatusReceived(SystemStatusValue.ENABLED)
    assert up == LinkUp("0001")
    assert normal == StatusReceived(SystemStatusValue.NORMAL)
    assert isinstance(event, EventReceived)
    originated = event.event
    assert isinstance(originated, m.Originated)
    assert originated.originated_connection == ConnectionID("FF000100000000002D65C85C1C750000", "302118840101")
    assert originated.calling_device == DeviceID("302118840101")
    assert originated.called_device == DeviceID("302118840102")
    assert originated.cause is EventCause.NEW_CALL
    assert originated.services_permitted is not None
    assert originated.services_permitted.call_control_services == {m.CallControlService.CLEAR_CONNECTION}
    assert originated.media_call_characteristics is not None
    assert m.MediaClass.VOICE in originated.media_call_characteristics.media_class
    assert originated.extra == ()
    assert originated.extensions is not None
    (private,) = originated.extensions.private_data
    assert isinstance(private, m.ForeignElement)
    assert private.name == "{http://www.siemens.com/schema/csta}extendedServicesPermitted"
