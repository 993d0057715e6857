"""CSTA phase III (ECMA-269) without I/O: messages, codecs, sessions of both roles, a mirror of the calls.

Usable alone. Messages stand in `csta.messages`; a `Session` speaks them over any stream of bytes that its owner moves,
as either side, in XML or BER, with every framing and login; `csta.transport` moves them with Twisted (and is the only
package that imports it); `CallMirror` folds events and snapshots into calls. What is particular to one make of PBX is a
`Dialect`, such as `csta.dialects.openscape_voice.DIALECT`; a `Profile` is one of its ways of speaking.

```python
from csta import ConnectionID, DeviceID, Role, Session, messages
from csta.dialects.openscape_voice import DIALECT

session = Session(Role.COMPUTING_FUNCTION, DIALECT)
session.connection_made(now)
session.receive_data(data, now)  # then next_event(), data_to_send(), get_timer(), close_wanted()
session.send_request(messages.MonitorStart(monitor_object=DeviceID("7000")), now)
```

The names below are the public ones; `csta.errors` shows the tree of exceptions.
"""

from csta import messages
from csta.calls import (
    Call,
    CallMirror,
    Connection,
    Discrepancy,
    DiscrepancyKind,
)
from csta.causes import (
    EventCause,
)
from csta.codec.framing import (
    Frame,
    Framer,
    Framing,
    XmlHeaderFramer,
    encode_frame,
    framer_for,
)
from csta.codec.xml import (
    Decoded,
    decode,
    encode,
)
from csta.dialects.dialect import (
    Capabilities,
    Dialect,
    Encoding,
    Limits,
    Login,
    Profile,
)
from csta.errors import (
    CstaError,
    EncodeError,
    FrameError,
    FrameTooLargeError,
    LinkLost,
    LocalError,
    MessageError,
    RemoteError,
    RequestRejected,
    RequestTimedOut,
    ServiceRefused,
    SessionError,
    TooManyRequestsError,
)
from csta.identifiers import (
    ConnectionID,
    DeviceID,
    Party,
    Presentation,
)
from csta.session import (
    Phase,
    Session,
)
from csta.session_events import (
    Ending,
    EventReceived,
    Fault,
    LinkDown,
    LinkUp,
    NoticeReceived,
    NoticeRefused,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Role,
    SessionEvent,
    SessionSettings,
    StatusReceived,
)
from csta.session_settings import (
    Credentials,
    Verifier,
)
from csta.states import (
    AgentState,
    ConnectionState,
    MonitorType,
    PendingAgentState,
    RequestedAgentState,
    StateAfterWork,
    SystemStatusValue,
)

__all__ = [
    "AgentState",
    "Call",
    "CallMirror",
    "Capabilities",
    "Connection",
    "ConnectionID",
    "ConnectionState",
    "Credentials",
    "CstaError",
    "Decoded",
    "DeviceID",
    "Dialect",
    "Discrepancy",
    "DiscrepancyKind",
    "EncodeError",
    "Encoding",
    "Ending",
    "EventCause",
    "EventReceived",
    "Fault",
    "Frame",
    "FrameError",
    "FrameTooLargeError",
    "Framer",
    "Framing",
    "Limits",
    "LinkDown",
    "LinkLost",
    "LinkUp",
    "LocalError",
    "Login",
    "MessageError",
    "MonitorType",
    "NoticeReceived",
    "NoticeRefused",
    "Party",
    "PendingAgentState",
    "Phase",
    "Presentation",
    "Profile",
    "RemoteError",
    "RequestFailed",
    "RequestReceived",
    "RequestRejected",
    "RequestTimedOut",
    "RequestedAgentState",
    "ResponseReceived",
    "Role",
    "ServiceRefused",
    "Session",
    "SessionError",
    "SessionEvent",
    "SessionSettings",
    "StateAfterWork",
    "StatusReceived",
    "SystemStatusValue",
    "TooManyRequestsError",
    "Verifier",
    "XmlHeaderFramer",
    "decode",
    "encode",
    "encode_frame",
    "framer_for",
    "messages",
]
