"""What the process has of its machine, and how late its loop is."""

import time
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from cti_server.telemetry import machine as machine_module
from cti_server.telemetry.machine import LoopLag, certificates, disk_free, look
from tests.unit.cti_server.cli.doctor.test_doors import certificate


def test_shares_are_between_nothing_and_all(tmp_path: Path) -> None:
    found = look(tmp_path)
    for share in (found.memory, found.descriptors, found.disk_free):
        assert share is not None
        assert 0 < share < 1


def test_what_the_system_does_not_say_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_STATUS", "_DESCRIPTORS"):
        monkeypatch.setattr(machine_module, name, tmp_path / "none")
    found = look(tmp_path / "gone")
    assert (found.memory, found.descriptors, found.disk_free) == (None, None, None)
    assert disk_free(tmp_path / "gone") is None


def test_the_first_certificate_of_a_file_that_ends_counts(tmp_path: Path) -> None:
    one, two = tmp_path / "one.pem", tmp_path / "two.pem"
    certificate(one, 30)
    certificate(two, 10)
    one.write_bytes(one.read_bytes() + two.read_bytes())
    (found,) = certificates([one, one], time.time())
    assert found.days == pytest.approx(10, abs=0.01)


def test_a_loop_that_stood_still_is_late_once() -> None:
    clock, noted = Clock(), []
    lag = LoopLag(clock, clock.seconds, noted.append)
    lag.start()
    clock.pump([0.5, 0.5])
    assert lag.worst() == 0.0
    clock.advance(2.0)
    assert lag.worst() == 1.5
    clock.pump([0.5])
    assert lag.worst() == 0.0
    assert max(noted) == 1.5
    lag.stop()
    assert not clock.getDelayedCalls()
