"""A house for other load tools, such as sipp: numbers 7000 (queue), 7010 (menu of two prompts), 7020 (music).

One parent process with the three programs as its children, so that a tool that reads the CPU of a process and its
children measures all of them. Phones at 127.0.0.3 may register without a password, callers
come from 127.0.0.2; SIGUSR1 logs everybody on. The PBX joins phones by re-INVITE: ``queue_uac.xml`` is a sipp
caller who follows them.
"""

import os
import shutil
import signal
import wave
from pathlib import Path
from typing import Final

import numpy as np

from bench.routing_load.end_to_end import FOLDER
from bench.routing_load.ground import ROOT, Document, Ground
from bench.routing_load.house import open_house

QUEUE: Final = "7000"
MENU: Final = "7010"
MUSIC: Final = "7020"

_MENU_FLOW: Final[Document] = {
    "name": "two-prompts",
    "kind": "routing-strategy",
    "steps": [
        {"id": "first", "step": "play", "say": "bench_first", "barge_in": True},
        {"id": "second", "step": "play", "say": "bench_second"},
        {"id": "end", "step": "disconnect"},
    ],
}
_MUSIC_FLOW: Final[Document] = {
    "name": "to-music",
    "kind": "routing-strategy",
    "steps": [{"id": "enter", "step": "queue", "queue": "nobody"}],
}
_ADDRESS: Final = "127.0.0.1"
_HEEDED: Final = {signal.SIGUSR1, signal.SIGTERM, signal.SIGINT}


def serve(agents: int, media_ports: int) -> None:
    """Run the house until SIGTERM or Ctrl-C; prints how a load tool calls it."""
    prompts = FOLDER.with_name("bench-routing-prompts")
    _furnish_prompts(prompts)
    ground = Ground(
        folder=FOLDER,
        agents=agents,
        media_ports=media_ports,
        open_registration="127.0.0.3",
        callers=("127.0.0.2", "127.0.0.12"),
        pilots={MENU: _MENU_FLOW, MUSIC: _MUSIC_FLOW},
        prompts=prompts,
    )
    with open_house(ground, staffed=False) as house:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEEDED)  # not before: the programs would inherit it
        pid, port = os.getpid(), ground.ports["pbx"]
        target = f"--pid {pid} --tree --target {_ADDRESS}:{port}"
        phones = f"{ground.phones[0][:-3]}%03d"
        print(f"ready\n  ivr   {target} --service {MENU}\n  hold  {target} --service {MUSIC}", flush=True)
        print(
            f"  queue {target} --service {QUEUE} --agents {agents} --agent-fmt {phones} --after-reg 'kill -USR1 {pid}; "
            f"sleep {2 + agents // 10}'",
            flush=True,
        )
        while signal.sigwait(_HEEDED) == signal.SIGUSR1:
            house.log_on()
            print("everybody is logged on", flush=True)


def _furnish_prompts(target: Path) -> None:
    """The prompts that callers tell apart by their tones, beside those that are there anyhow."""
    shutil.rmtree(target, ignore_errors=True)
    for name in ("en", "tones"):
        shutil.copytree(ROOT / "prompts" / name, target / name)
    for name, seconds, frequency in (("bench_first", 10, 400), ("bench_second", 2, 1000)):
        samples = (8000 * np.sin(2 * np.pi * frequency * np.arange(8000 * seconds) / 8000)).astype("<i2")
        with wave.open(str(target / "en" / f"{name}.wav"), "wb") as out:
            out.setparams((1, 2, 8000, len(samples), "NONE", ""))
            out.writeframes(samples.tobytes())
