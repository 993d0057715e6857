"""The transport on real sockets of the loopback interface."""

import subprocess
import sys

import pytest

STORY = """
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import reactor
from csta import DeviceID, SessionSettings, messages as m
from csta.dialects.openscape_voice import DIALECT
from csta.transport import LinkClient, listen

class Switch:
    def link_up(self, link): print("switch: up")
    def link_down(self, link, reason): print("switch: down")
    def event_received(self, link, event): print("switch:", event)
    def fault(self, link, text, raw): print("switch:", text)
    def request_received(self, link, invoke_id, request):
        link.respond(invoke_id, m.MonitorStartResponse(monitor_cross_ref_id="9"))
        for number in range(3):
            link.notify(m.BackInService(monitor_cross_ref_id=str(number), device=request.monitor_object))

class Application:
    seen = 0
    def link_up(self, link):
        print("application: up")
        link.request(m.MonitorStart(monitor_object=DeviceID("7000"))).addCallback(
            lambda answer: print("application: monitor", answer.monitor_cross_ref_id))
    def link_down(self, link, reason): print("application: down,", reason)
    def fault(self, link, text, raw): print("application:", text)
    def event_received(self, link, event):
        print("application:", event.monitor_cross_ref_id, event.device)
        self.seen += 1
        if self.seen == 3:
            client.stop().addCallback(lambda _: reactor.callLater(0.2, reactor.stop))

def listening(port):
    global client
    client = LinkClient(reactor, "127.0.0.1", port.getHost().port, DIALECT, SessionSettings(), Application())
    client.start()

listen(reactor, "127.0.0.1", 0, DIALECT, SessionSettings(), Switch()).addCallback(listening)
reactor.callLater(15, reactor.stop)
reactor.run()
"""


@pytest.mark.integration
def test_application_and_switch_over_tcp() -> None:
    # A process of its own, because a reactor can be neither chosen nor run twice in one.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", STORY], capture_output=True, text=True, timeout=30, check=False
    )
    lines = done.stdout.splitlines()
    assert done.stderr == ""
    assert sorted(lines[:2]) == ["application: up", "switch: up"]
    assert lines[2:] == [
        "application: monitor 9",
        "application: 0 7000",
        "application: 1 7000",
        "application: 2 7000",
        "application: down, closed by us",
        "switch: down",
    ]
