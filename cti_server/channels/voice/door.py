"""What moves need of their surroundings: a link that can be asked, and a pool of media ports."""

from typing import Protocol

from twisted.internet.defer import Deferred

from csta.messages import Request, Response
from cti_server.vocabulary.ids import DeviceNumber, LinkName


class MoverLink(Protocol):
    """A link as moves use it."""

    def request(self, request: Request) -> Deferred[Response]:
        """Ask the PBX."""

    def check_call(self, call_id: str, device: str = "") -> Deferred[None]:
        """Put the mirror's picture of the call right."""


class PortPool(Protocol):
    """Where free media ports come from."""

    def take_port(self, link: LinkName) -> DeviceNumber | None:
        """A free port, reserved for a while, or None."""

    def spare_port(self, link: LinkName) -> DeviceNumber | None:
        """A free port as `take_port` gives it, but not the last one: that is for callers."""

    def return_port(self, port: DeviceNumber) -> None:
        """The reservation is not needed."""

    def serves(self, device: str) -> bool:
        """Whether the device is a port with a session, or a call is on its way to it."""
