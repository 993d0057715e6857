"""A network namespace of a test's own, joined to the test's by lines that can be cut."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

NUMBERS = 250
"""Networks for tests that there are on a machine."""
_NUMBERS = count(os.getpid() % NUMBERS)


class NamespaceError(Exception):
    """No namespace can be made; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A line into the namespace: this end's device, and the addresses of both ends."""

    device: str
    here: str
    there: str

    def cut(self) -> None:
        """What is sent from now on is lost, without a word to either end."""
        _ip("link", "set", self.device, "down")

    def join(self) -> None:
        """Whole again."""
        _ip("link", "set", self.device, "up")


@dataclass(frozen=True, slots=True)
class Namespace:
    """A machine beside this one, as far as the network goes; ``wires`` are its lines to this one."""

    name: str
    wires: tuple[Wire, ...]

    @property
    def inside(self) -> tuple[str, ...]:
        """What a command line begins with to run there."""
        return "ip", "netns", "exec", self.name


def may_make_namespaces() -> bool:
    """Whether this user may make one here."""
    name = f"cw{os.getpid()}try"
    try:
        _ip("netns", "add", name)
    except NamespaceError:
        return False
    _ip("netns", "del", name)
    return True


@contextmanager
def namespace(wires: int) -> Iterator[Namespace]:
    """A namespace with so many wires to this one; gone at the end.

    Raises:
        NamespaceError: the machine lets nobody make one, or not this user.
    """
    number = _free_number()
    name = f"cw{os.getpid()}x{number}"
    try:
        _ip("netns", "add", name)
        try:
            _ip("-n", name, "link", "set", "lo", "up")
            yield Namespace(name, tuple(_wire(name, number, place) for place in range(wires)))
        finally:
            _ip("netns", "del", name)
    finally:
        _ip("link", "del", _claim(number))


def _free_number() -> int:
    """A number that no other process has: its networks and devices are called by it.

    It is held by a device of its own, which only one process can make.
    """
    for _ in range(NUMBERS):
        number = next(_NUMBERS) % NUMBERS
        try:
            _ip("link", "add", _claim(number), "type", "veth", "peer", "name", f"cw{number}claim")
        except NamespaceError as error:
            if "File exists" not in str(error):
                raise
        else:
            return number
    raise NamespaceError("all networks for tests are taken: devices cw...own are left over (ip link)")


def _claim(number: int) -> str:
    return f"cw{number}own"


def _wire(name: str, number: int, place: int) -> Wire:
    device, far = f"cw{number}h{place}", f"cw{number}n{place}"
    here, there = f"10.213.{number}.{place * 4 + 1}", f"10.213.{number}.{place * 4 + 2}"
    _ip("link", "add", device, "type", "veth", "peer", "name", far, "netns", name)
    _ip("addr", "add", f"{here}/30", "dev", device)
    _ip("link", "set", device, "up")
    _ip("-n", name, "addr", "add", f"{there}/30", "dev", far)
    _ip("-n", name, "link", "set", far, "up")
    return Wire(device, here, there)


def _ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=10, check=False)
    except FileNotFoundError as error:
        raise NamespaceError("network namespaces need the program ip: apt-get install iproute2") from error
    if done.returncode != 0:
        raise NamespaceError(f"ip {' '.join(words)}: {done.stderr.strip()} (this test must run as root)")
