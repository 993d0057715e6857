"""The packet process. Started by `PureEngine`, not by people: its arguments are a descriptor, a host and UDP ports."""

import contextlib
import gc
import os
import resource
import signal
import socket
import sys

from media_service.engine.pure.packets import PacketLoop

NICE = -10
"""Packets go before everything else on the machine, where the system lets us say so."""


def main(arguments: list[str]) -> int:
    """Move packets until the owner at the other end of the socket is gone."""
    descriptor, host, first, behind = arguments
    # The life of this process hangs on its socket alone: a Ctrl-C for the whole group must not cut off the callers to
    # whom the owner is just about to say goodbye.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(PermissionError):  # allowed to the administrator alone; we get along without
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # two sockets for each port
    sys.setswitchinterval(0.0005)
    loop = PacketLoop(socket.socket(fileno=int(descriptor)), host, range(int(first), int(behind)))
    gc.collect()
    gc.freeze()
    gc.disable()
    loop.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
