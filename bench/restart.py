"""Kills a real server with a long journal, starts it again, and takes the time to the first contact that it routes.

The journal is filled by the engine with contacts that called, waited and gave up; the server is then started, killed
with SIGKILL, called while it is dead, and started again. ``routed`` is when the flow of that caller has begun: state
recovered, link surveyed, contact opened and taken to its first step. Seconds count from the start of the process,
Python's own start and imports included; ``processor`` is what the process had of the processor until then, which is
what counts where other programs share the machine. Byte code is kept, as an installation keeps it, whatever
PYTHONDONTWRITEBYTECODE says: to compile the program anew at each start takes long.
Writes ``bench/results/restart.json``.

    python -m bench.restart --rows 100000 --tail 5000 --times 5
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from cti_server.engine.engine import Engine
from cti_server.runtime.recorder import DEFAULT_SNAPSHOT_EVERY, Recorder
from cti_server.storage.store import Store
from cti_server.vocabulary.commands import Command, ReportCallArrived, ReportCallEnded, ReportMediaJoined
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import CallId, ContactId, DeviceNumber, LinkName, PartyId, ServiceName, SessionId
from cti_server.vocabulary.values import CallRef, ReleasedBy, SessionRef
from tests.integration.house import House, house

RESULTS = Path(__file__).parent / "results" / "restart.json"
PBX = LinkName("pbx")
AT_ONCE = 200
"""Journal rows that are appended in one transaction while the journal is filled."""
MARKS = {
    "recovered": "state recovered",
    "surveyed": "link surveyed",
    "opened": "ContactOpened",
    "routed": "StepEntered",
}


def fill(database: str, rows: int, tail: int) -> None:
    """Fold and append contacts until the journal has so many rows, the last ``tail`` of them behind a snapshot."""
    with Store.open(database) as store:
        recorder = Recorder(store, snapshot_every=10 * rows)
        seq, state = recorder.load()
        engine, now, number = Engine(state), state.at + 1.0, 0
        waiting: list[Recorded] = []
        saved = False
        while seq < rows:
            number += 1
            for command in _story(number, ContactId(engine.state.last_contact + 1)):
                now += 0.2
                waiting += engine.handle(command, now).events
            if len(waiting) >= AT_ONCE or waiting[-1].seq >= rows:
                recorder.append(waiting, [])
                seq, waiting = waiting[-1].seq, []
            if not saved and seq >= rows - tail:
                saved = recorder.save() is not None
        while recorder.advance():
            continue


def _story(number: int, contact: ContactId) -> list[Command]:
    call = CallRef(PBX, CallId(f"bench-{number}"))
    session = SessionRef(ServiceName("media-1"), SessionId(f"bench-{number}"))
    return [
        ReportCallArrived(call=call, pilot=DeviceNumber("7000"), party=PartyId(number)),
        ReportMediaJoined(contact=contact, session=session, port=DeviceNumber("7001")),
        ReportCallEnded(call=call, released_by=ReleasedBy.CUSTOMER),
    ]


def measure(home: House, extension: str) -> dict[str, float]:
    """Kill, call, start; seconds from the start of the process to each mark."""
    home.kill_server()
    caller = home.caller(extension, "--hang-up-after", "30")
    time.sleep(1.0)
    since, began = home.mark(), time.time()
    process = home.start_server(wait=False).process
    took = {name: home.expect(event, within=30, since=since)["seen"] - began for name, event in MARKS.items()}
    took["processor"] = processor_seconds(process.pid)
    caller.stop()
    home.expect("ContactClosed", within=30, since=since)
    return {name: round(seconds, 3) for name, seconds in took.items()}


def keep_byte_code(folder: Path) -> None:
    """Have the programs that are started from now on keep what Python compiles in this folder."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def processor_seconds(pid: int) -> float:
    """What a process has had of the processor: what the start takes on a machine that does nothing else."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sizes(database: str) -> dict[str, Any]:
    """What the start had to read, and how long the reading alone takes in this process."""
    with Store.open(database) as store:
        began = time.perf_counter()
        found = store.snapshots.newest()
        decoded = time.perf_counter()
        seq, _ = Recorder(store).load()
        loaded = time.perf_counter()
        return {
            "rows": seq,
            "snapshot_at": None if found is None else found[0],
            "tail": seq - (0 if found is None else found[0]),
            "database_mib": round(store.size() / (1 << 20), 1),
            "snapshot_seconds": round(decoded - began, 3),
            "load_seconds": round(loaded - decoded, 3),
        }


def main() -> None:
    """Measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--tail", type=int, default=DEFAULT_SNAPSHOT_EVERY)
    parser.add_argument("--times", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="callwright-restart-") as folder, house(Path(folder)) as home:
        home.stop_server()
        keep_byte_code(Path(folder) / "byte-code")
        database = f"sqlite:///{next(Path(folder).rglob('callwright.db'))}"
        began = time.perf_counter()
        fill(database, wanted.rows, wanted.tail)
        print(f"filled in {time.perf_counter() - began:.0f} s")
        home.start_server()
        runs = [measure(home, "7201" if number % 2 else "7202") for number in range(wanted.times)]
        home.kill_server()
        figures: dict[str, Any] = {"sizes": sizes(database), "runs": runs}
    figures["load_average"] = round(os.getloadavg()[0], 1)
    figures["median"] = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    figures["wanted"] = "routed within 2 s"
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
