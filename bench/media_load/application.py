"""A small application at the control door: what the callers of the benchmark hear when they dial ivr, moh and others.

    python -m bench.media_load.application --port 27801

ivr: the first prompt, which gives way to a digit, then the second, then the call is ended. moh: hold music. record:
hold music, with the whole call recorded in stereo. conference: three callers to a room. It prints "ready" once it is
connected, and ends on SIGTERM.
"""

import argparse
import itertools
import signal
import sys

import uvloop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.control.actions import Action, Answer, Conference, Hangup, HoldMusic, Play, Record, Utterance
from media_service.control.client import ControlClient, ControlObserver
from media_service.control.messages import (
    DigitHeard,
    Port,
    Quality,
    ServiceChanged,
    Session,
    SessionEnded,
    Verb,
    VerbEnded,
    Welcome,
)

FIRST = Play((Utterance(prompt="bench_first"),), barge_in=True)
SECOND = Play((Utterance(prompt="bench_second"),))
MUSIC = HoldMusic("bench_music")
ROOM_SIZE = 3


class Application(ControlObserver):
    """Knows for each session what comes next."""

    def __init__(self) -> None:
        self._steps: dict[str, list[Action]] = {}
        self._numbers = itertools.count(1)
        self._calls_to_rooms = itertools.count()

    def welcomed(self, client: ControlClient, welcome: Welcome) -> None:
        """Begin; sessions from before are not ours."""
        del client, welcome
        print("ready", flush=True)

    def session_arrived(self, client: ControlClient, session: Session) -> None:
        """Answer, and remember what is to follow."""
        self._steps[session.id] = self._plan(session)
        self._next(client, session.id)

    def verb_ended(self, client: ControlClient, message: VerbEnded) -> None:
        """Take the next step; a first prompt that nobody interrupted ends the call."""
        steps = self._steps.get(message.session)
        if not steps or message.outcome.result == "stopped":
            return
        if message.outcome.result == "failed":
            print(f"verb failed: {message.outcome.detail}", file=sys.stderr, flush=True)
        if steps[0] is SECOND and message.outcome.result != "digits":
            del steps[0]
        self._next(client, message.session)

    def session_ended(self, client: ControlClient, message: SessionEnded) -> None:
        """Forget the call."""
        del client
        self._steps.pop(message.session, None)

    def port_changed(self, client: ControlClient, port: Port) -> None:
        """Nothing hangs on it."""

    def service_changed(self, client: ControlClient, change: ServiceChanged) -> None:
        """Nothing hangs on it."""

    def session_changed(self, client: ControlClient, session: Session) -> None:
        """Nothing hangs on it."""

    def digit_heard(self, client: ControlClient, message: DigitHeard) -> None:
        """A step that waits for it ends by it."""

    def quality(self, client: ControlClient, message: Quality) -> None:
        """The benchmark measures at its own end."""

    def fault(self, client: ControlClient, text: str) -> None:
        """Say it."""
        del client
        print(text, file=sys.stderr, flush=True)

    def lost(self, client: ControlClient, reason: str) -> None:
        """Say it."""
        self.fault(client, f"connection lost: {reason}")

    def _plan(self, session: Session) -> list[Action]:
        match session.called:
            case "ivr":
                return [Answer(), FIRST, SECOND, Hangup()]
            case "record":
                return [Answer(), Record(name=f"bench-{session.id}"), MUSIC]
            case "conference":
                return [Answer(), Conference(room=f"bench-{next(self._calls_to_rooms) // ROOM_SIZE}")]
            case _:
                return [Answer(), MUSIC]

    def _next(self, client: ControlClient, session: str) -> None:
        client.send(Verb(id=f"bench-{next(self._numbers)}", session=session, action=self._steps[session].pop(0)))


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True, help="the control door's port on the loopback")
    asked = parser.parse_args()
    reactor = AsyncioSelectorReactor(uvloop.new_event_loop())
    client = ControlClient(reactor, "bench", "127.0.0.1", asked.port, Application())
    client.start()
    signal.signal(signal.SIGTERM, lambda *_: reactor.callFromThread(reactor.stop))  # type: ignore[no-untyped-call]  # Twisted leaves both unannotated
    reactor.run(installSignalHandlers=False)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
