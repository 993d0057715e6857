"""Keeps the views of all links: they are asked for many times with each event, and are seldom others than before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from csta.calls import CallMirror
from cti_server.channels.voice.view import Devices, View
from cti_server.engine.state import State
from cti_server.vocabulary.ids import DeviceNumber, LinkName, PartyId


@dataclass(frozen=True, slots=True)
class _Known:
    """Devices with what they were told apart by; ``seq`` is the state's row at which that was last looked at."""

    state: State
    seq: int
    plan: object
    ports: frozenset[DeviceNumber]
    logged_on: frozenset[DeviceNumber]
    devices: Devices


class Views:
    """Devices and view of each link.

    Args:
        state: the engine's state.
        identify: the party of an address.
        ports: the numbers of all media ports, the same object as long as they are the same ports.
        extensions: the extensions that the settings name, by link.
    """

    def __init__(
        self,
        *,
        state: Callable[[], State],
        identify: Callable[[str], PartyId],
        ports: Callable[[], frozenset[DeviceNumber]],
        extensions: Mapping[LinkName, tuple[str, ...]],
    ) -> None:
        self._state = state
        self._identify = identify
        self._ports = ports
        self._extensions = extensions
        # Ports where contacts were when the server stopped; their service may be away longer than we were.
        self._ports_before: frozenset[DeviceNumber] = frozenset()
        self._known: dict[LinkName, _Known] = {}
        self._views: dict[LinkName, View] = {}

    def start(self) -> None:
        """Count the ports where contacts are now among the media ports, even before their service tells of them."""
        contacts = self._state().contacts.values()
        self._ports_before = frozenset(one.port for one in contacts if one.port is not None)
        self._known.clear()

    def devices(self, link: LinkName) -> Devices:
        """The devices of a link by their part in the site; the same object as long as they are the same ones."""
        state, ports = self._state(), self._ports()
        known = self._known.get(link)
        if known is not None and known.plan is state.plan and known.ports is ports:
            if known.state is state and known.seq == state.seq:
                return known.devices
            if known.logged_on == state.devices.keys():
                self._known[link] = _Known(state, state.seq, state.plan, ports, known.logged_on, known.devices)
                return known.devices
        all_ports = self._ports_before | ports
        pilots = frozenset(one.number for one in state.plan.pilots if one.link == link)
        phones = frozenset({*self._extensions[link], *state.devices}) - pilots - all_ports
        found = Devices(pilots, all_ports, phones)
        self._known[link] = _Known(state, state.seq, state.plan, ports, frozenset(state.devices), found)
        return found

    def view(self, link: LinkName, mirror: CallMirror) -> View:
        """The link as it stands, with the mirror of its calls."""
        state, devices = self._state(), self.devices(link)
        known = self._views.get(link)
        if known is not None and known.state is state and known.devices is devices and known.mirror is mirror:
            return known
        made = View(link=link, devices=devices, mirror=mirror, state=state, identify=self._identify)
        self._views[link] = made
        return made
