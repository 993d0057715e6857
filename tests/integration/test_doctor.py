"""``callwright doctor`` at a real media service: one without its ports, one that drains, and none at all."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.control.messages import ServiceChanged
from program.findings import Finding
from tests.integration.test_media_service import Started, free_port
from tests.unit.media_service.driving import drive, until
from tests.unit.media_service.peers import CtiServer, Registrar

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.integration


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("secrets"))
    (tmp_path / "prompts").symlink_to(ROOT / "prompts")
    return tmp_path / "config"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Started]:
    (tmp_path / "media").mkdir()
    started = Started(tmp_path / "media")
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.stop()


def doctor(config: Path, control: int) -> list[Finding]:
    """What the command finds of media-1 at a port."""
    command = [sys.executable, "-m", "cti_server", "doctor", "--config", str(config)]
    command += ["--set", f"media_services.media-1.port={control}", "--set", f"console.port={free_port()}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    findings = [finding for line in done.stdout.splitlines() if (finding := Finding.read(line)) is not None]
    assert done.returncode == 1, "nobody is at the link of the PBX"
    assert {"python", "link pbx", "packet engine", "native core", "descriptors"} <= {one.what for one in findings}
    return [one for one in findings if one.what == "media-1"]


def test_a_service_is_asked_what_it_is_and_has(service: Started, config: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        pbx = Registrar(reactor, service.registrar)
        await pbx.endpoint.start()
        cti = CtiServer(reactor, service.control)
        await cti.connect()
        await until(reactor, lambda: all(port.registered for port in cti.ports.values()))
        cti.drain(on=True)
        await until(reactor, lambda: ServiceChanged(free=2, draining=True) in cti.services)
        await cti.client.stop()
        await pbx.endpoint.stop()

    without = doctor(config, service.control)
    assert [one.good for one in without] == [True, True, False]
    assert without[0].text == f"127.0.0.1:{service.control} answers as media-1, protocol 2"
    assert "PCMU, PCMA" in without[1].text
    assert without[2].text == "0 of 2 ports registered, calls: 0, free: 0; not registered: 7001, 7002"
    drive(story)
    draining = doctor(config, service.control)
    assert [one.good for one in draining] == [True, True, True]
    assert draining[2].text == "2 of 2 ports registered, calls: 0, free: 2; draining: new calls are refused"


def test_a_service_that_is_not_there_is_bad(config: Path) -> None:
    (found,) = doctor(config, free_port())
    assert not found.good
    assert "refused" in found.text
