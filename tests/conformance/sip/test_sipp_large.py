"""Requests that are too large for a datagram, to sipp: by TCP where it listens there, back by UDP where it does not."""

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sip.events import Answered, Ended
from sip.uri import SipUri
from tests.conformance.sip.test_sipp import SIPP, errors, sipp_options
from tests.unit.sip.transport.bench import Bench
from tests.unit.sip.wire import OFFER

pytestmark = pytest.mark.integration

LARGE = OFFER + b"".join(b"a=x-padding:%d %s\r\n" % (number, b"x" * 60) for number in range(20))


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.mark.parametrize("listens", ["tcp", "udp"])
def test_a_large_invite_finds_sipp(bench: Bench, tmp_path: Path, listens: str) -> None:
    port = 20000 + secrets.randbelow(20000)
    sipp = subprocess.Popen(
        [SIPP, "-sn", "uas", "-m", "1", "-p", str(port), *sipp_options(listens, tmp_path)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        phone = bench.phone("a")
        table = Path("/proc/net", listens)
        bench.until(lambda: f":{port:04X} " in table.read_text())
        leg = phone.call(SipUri("service", "127.0.0.1", port), LARGE)
        bench.until(lambda: Answered in phone.kinds(), 10)
        answered = next(event for event in phone.events if isinstance(event, Answered))
        assert answered.response.via.transport == listens.upper()
        phone.endpoint.call(lambda now: phone.agent.hangup(leg, now))  # type: ignore[arg-type]  # a leg is a str
        bench.until(lambda: phone.agent.leg_count == 0, 10)
        assert Ended not in phone.kinds()
        bench.until(lambda: sipp.poll() is not None, 10)
        assert sipp.returncode == 0, errors(tmp_path)
    finally:
        sipp.kill()
        sipp.communicate()
