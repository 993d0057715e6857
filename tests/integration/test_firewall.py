"""The firewall rules, loaded for real: in a machine of its own beside this one, who reaches which port."""

import asyncio
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.integration.namespaces import Namespace, namespace

RULES: Final = Path(__file__).parents[2] / "deploy" / "nftables" / "callwright.nft"
INSTALL: Final = "this test loads firewall rules: apt-get install nftables"
SHUT_SECONDS: Final = 1.5
"""Without an answer in this time a port counts as shut."""
OPEN_SECONDS: Final = 20.0
"""So long a port that must be open may take on a machine that is busy."""
REFILL_SECONDS: Final = 6.0
"""After which one more connection to the console is let in: ten a minute."""
ROLES: Final = ("PBX", "CTI_SERVERS", "ADMINS", "MONITORS", "nobody")
Port = tuple[str, int]
TCP: Final = (22, 7801, 7822, 7823, 7880, 9999, 15061, 15080, 15088)
UDP: Final = (5060, 15080, 20999, 21000, 21199, 21200)
ALL: Final = frozenset({*(("tcp", port) for port in TCP), *(("udp", port) for port in UDP)})
AUDIO: Final = frozenset({("udp", 21000), ("udp", 21199)})
OPEN: Final[dict[str, frozenset[Port]]] = {
    "PBX": AUDIO | {("tcp", 15061), ("tcp", 15080), ("udp", 15080)},
    "CTI_SERVERS": AUDIO | {("tcp", 7801)},
    "ADMINS": AUDIO | {("tcp", 22), ("tcp", 7822)},
    "MONITORS": AUDIO | {("tcp", 7880)},
    "nobody": AUDIO,
}

LISTENER: Final = """
import asyncio, sys
host, tcp, udp = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")

async def greet(reader, writer):
    writer.write(b"here")
    await writer.drain()
    writer.close()

class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, address): self.transport.sendto(b"here", address)

async def main():
    loop = asyncio.get_running_loop()
    for port in tcp: await asyncio.start_server(greet, host, int(port))
    for port in udp: await loop.create_datagram_endpoint(Echo, local_addr=(host, int(port)))
    print("listening", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def run(*words: str, given: str | None = None) -> None:
    try:
        done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=20, check=False)
    except FileNotFoundError:
        pytest.fail(INSTALL)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}{INSTALL if 'nft' in done.stderr else ''}"


class Machine:
    """A machine that listens at every port, and addresses of this one to come from, one for each role."""

    def __init__(self, space: Namespace) -> None:
        self.space = space
        (wire,) = space.wires
        self.address = wire.there
        base = wire.here.rpartition(".")[0]
        self.addresses = {role: f"{base}.{200 + place}" for place, role in enumerate(ROLES)}
        for one in self.addresses.values():
            run("ip", "addr", "add", f"{one}/32", "dev", wire.device)
        run("ip", "-n", space.name, "route", "add", "default", "via", wire.here)

    def load(self, **others: str) -> None:
        """Load the rules, with the addresses of the roles; ``others`` in place of some."""
        text = RULES.read_text(encoding="utf-8")
        for role in ROLES[:-1]:
            text, found = re.subn(
                rf"^define {role} = .*$",
                f"define {role} = {{ {others.get(role, self.addresses[role])} }}",
                text,
                flags=re.MULTILINE,
            )
            assert found == 1
        run(*self.space.inside, "nft", "-f", "-", given=text)

    async def reached(self, role: str, wanted: frozenset[Port]) -> set[Port]:
        """Every port that answers to who comes from the role's address; those ``wanted`` have long to do so."""
        found = await asyncio.gather(*(self.answers(role, *port, OPEN_SECONDS * (port in wanted)) for port in ALL))
        return {port for port, answers in zip(ALL, found, strict=True) if answers}

    async def answers(self, role: str, kind: str, port: int, seconds: float = OPEN_SECONDS) -> bool:
        which = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, which) as one:
            one.setblocking(False)
            one.bind((self.addresses[role], 0))
            try:
                async with asyncio.timeout(seconds or SHUT_SECONDS):
                    await loop.sock_connect(one, (self.address, port))
                    if kind == "udp":
                        await loop.sock_sendall(one, b"who is there?")
                    return await loop.sock_recv(one, 10) == b"here"
            except (TimeoutError, OSError):
                return False

    def connected(self, role: str, port: int, attempts: int, at_least: int) -> int:
        """How many of so many connections stand a second after as many as there must be."""
        poller, sockets = select.poll(), [socket.socket() for _ in range(attempts)]
        try:
            for one in sockets:
                one.setblocking(False)
                one.bind((self.addresses[role], 0))
                one.connect_ex((self.address, port))
                poller.register(one, select.POLLOUT)
            give_up = time.monotonic() + OPEN_SECONDS
            while len(poller.poll(0)) < at_least and time.monotonic() < give_up:
                time.sleep(0.01)
            time.sleep(1)
            return len(poller.poll(0))
        finally:
            for one in sockets:
                one.close()


@contextmanager
def listening(machine: Machine) -> Iterator[None]:
    ports = [",".join(str(port) for port in kind) for kind in (TCP, UDP)]
    command = [*machine.space.inside, sys.executable, "-c", LISTENER, machine.address, *ports]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            yield
        finally:
            process.terminate()


@pytest.fixture
def machine() -> Iterator[Machine]:
    with namespace(wires=1) as space:
        made = Machine(space)
        with listening(made):
            yield made


@pytest.mark.integration
def test_who_may_come_in_reaches_their_ports_and_nobody_any_other(machine: Machine) -> None:
    async def story() -> None:
        assert await machine.reached("nobody", ALL) == ALL, "without rules everything is open"
        machine.load()
        found = await asyncio.gather(*(machine.reached(role, OPEN[role]) for role in ROLES))
        assert dict(zip(ROLES, found, strict=True)) == OPEN

    asyncio.run(story())


@pytest.mark.integration
def test_rules_that_are_loaded_again_take_the_place_of_the_former_ones(machine: Machine) -> None:
    async def story() -> None:
        machine.load()
        machine.load(MONITORS="192.0.2.30", ADMINS=machine.addresses["MONITORS"])
        assert await machine.reached("MONITORS", OPEN["ADMINS"]) == OPEN["ADMINS"]
        assert await machine.reached("ADMINS", AUDIO) == AUDIO

    asyncio.run(story())


@pytest.mark.integration
def test_ten_connections_to_the_console_come_in_at_once_and_no_more(machine: Machine) -> None:
    machine.load(ADMINS=f"{machine.addresses['ADMINS']}, {machine.addresses['MONITORS']}")
    began = time.monotonic()
    came = machine.connected("ADMINS", 7822, attempts=16, at_least=10)
    assert 10 <= came <= 10 + (time.monotonic() - began) // REFILL_SECONDS
    assert machine.connected("MONITORS", 7822, attempts=1, at_least=1) == 1, "each address is counted by itself"
    assert machine.connected("ADMINS", 22, attempts=1, at_least=1) == 1
