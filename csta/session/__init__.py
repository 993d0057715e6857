"""One association over a stream of bytes, without I/O: `Session`, and the parts that it is made of."""

from csta.session.session import Phase, Session
from csta.session_settings import Role, SessionSettings

__all__ = ["Phase", "Role", "Session", "SessionSettings"]
