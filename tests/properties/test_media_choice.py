"""The choice among media services, whatever their ports, weights and troubles are."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from cti_server.channels.voice import media
from cti_server.channels.voice.services import MediaServices
from cti_server.settings import MediaServiceSettings
from cti_server.vocabulary.ids import SecretId
from media_service.control.messages import Port, ServiceChanged, Welcome
from tests.fakes.virtual_time import VirtualClock

WEIGHTS = st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.0, 10.0])
PORT = st.tuples(st.booleans(), st.booleans(), st.booleans())
"""Whether it is registered, has a session, and is monitored by the link."""
SERVICE = st.tuples(WEIGHTS, st.lists(PORT, max_size=6), st.booleans(), st.booleans())
"""Weight, ports, whether it drains and whether it is away."""


class Client:
    """A control client without a connection of its own."""

    address = "paper"
    connected = True

    def __init__(self, *_: object) -> None:
        pass


def made(found: Mapping[str, Any], clock: VirtualClock) -> MediaServices:
    services = []
    for name, (weight, ports, draining, away) in found.items():
        client = Client()
        with patch.object(media, "ControlClient", lambda *_, client=client: client):
            service = media.MediaService(
                reactor=None,  # type: ignore[arg-type]  # nothing is connected
                client_name="cti",
                settings=MediaServiceSettings(name=name, weight=weight),
                clock=clock,
                keep=lambda _contact, _digits: SecretId("a-secret"),
                masked_for=lambda _verb: None,
            )
        told = tuple(Port(f"{name}-{i}", each[0], "s" if each[1] else None) for i, each in enumerate(ports))
        service.welcomed(Any, Welcome(version=2, service=name, ports=told, sessions=()))
        service.service_changed(Any, ServiceChanged(free=0, draining=draining))
        client.connected = not away
        services.append(service)
    return MediaServices(clock, services)


@given(st.lists(SERVICE, min_size=1, max_size=4))
def test_every_usable_port_is_given_once_the_heaviest_service_first(services: list[Any]) -> None:
    found = {f"m{index}": each for index, each in enumerate(services)}
    rest = {
        name: {
            f"{name}-{i}"
            for i, (registered, taken, monitored) in enumerate(ports)
            if registered and monitored and not taken
        }
        for name, (_, ports, draining, away) in found.items()
        if not draining and not away
    }
    monitored = [f"{name}-{i}" for name, each in found.items() for i, port in enumerate(each[1]) if port[2]]
    all_of_them = made(found, VirtualClock())
    while any(rest.values()):
        port = all_of_them.take_port(monitored)
        assert port is not None
        name = port.partition("-")[0]
        heaviest = max(found[other][0] * len(ports) for other, ports in rest.items() if ports)
        assert found[name][0] * len(rest[name]) == heaviest
        rest[name].remove(port)
        assert all_of_them.serves(port)
    assert all_of_them.take_port(monitored) is None


@given(st.integers(2, 4), st.integers(1, 5))
def test_equal_services_take_turns(services: int, ports: int) -> None:
    found = {f"m{index}": (1.0, [(True, False, True)] * ports, False, False) for index in range(services)}
    all_of_them = made(found, VirtualClock())
    monitored = all_of_them.port_numbers()
    taken = [str(all_of_them.take_port(monitored)).partition("-")[0] for _ in range(services * ports)]
    for start in range(0, len(taken), services):
        assert set(taken[start : start + services]) == set(found)
