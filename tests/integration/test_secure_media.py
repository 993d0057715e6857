"""Protected and wideband media with callers nobody here wrote: a browser's stack, softphones, PJSUA2."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes.listening import samples_of
from tests.integration.media_process import MUSIC, MediaProcess
from tests.integration.outsiders import in_pieces
from tests.integration.peers.web_caller import WebCaller
from tests.integration.softphones import SPEECH, Baresip, by_linphone, by_pjsua, heard_in, wait_for_udp

MOST = 0.3
"""Of the pieces of the music, two of five: on a busy machine phones and browsers record half of what they were sent,
and stutter; a piece that is found was decoded with the right codec and the right keys all the same."""
ALL_CODECS = "PCMA, PCMU, G722, opus"
pytestmark = [pytest.mark.integration, pytest.mark.alone]


def says() -> NDArray[np.int16]:
    return samples_of(SPEECH).astype("<i2")


def assert_both_heard(service: MediaProcess, file: Path) -> None:
    """The caller heard the music, and was heard."""
    assert in_pieces(heard_in(file), MUSIC, seconds=2.0).score > MOST
    assert_heard(service)


def assert_heard(service: MediaProcess) -> None:
    assert in_pieces(heard_in(service.said()), SPEECH, start=0.4, seconds=1.6).score > MOST


async def web_call(port: int, seconds: float) -> WebCaller:
    async with WebCaller(port, "7001", says()) as caller:
        answer = await caller.call()
        if answer.status == 200:
            await asyncio.sleep(seconds)
    return caller


@pytest.mark.parametrize(
    ("engine", "codecs"),
    [("native", "PCMA, PCMU"), ("native", "opus"), ("native", "G722"), ("pure", "PCMA, PCMU"), ("pure", "opus")],
)
def test_a_browser_hears_music_over_dtls(tmp_path: Path, engine: str, codecs: str) -> None:
    with MediaProcess(tmp_path, engine, codecs) as service:
        caller = asyncio.run(web_call(service.sip, 3.0))
        service.expect("media protected")
        assert_heard(service)
    assert in_pieces(caller.heard, MUSIC, seconds=2.0).score > MOST


def test_a_browser_is_refused_where_nothing_is_protected(tmp_path: Path) -> None:
    with MediaProcess(tmp_path, "pure", srtp="never") as service:
        caller = asyncio.run(web_call(service.sip, 0.0))
    assert caller.answer is not None
    assert caller.answer.status == 488


@pytest.mark.parametrize(
    ("engine", "codec", "rate", "channels", "encryption"),
    [
        ("native", "pcma", 8000, 1, "srtp-mand"),
        ("native", "pcmu", 8000, 1, "srtp"),
        ("native", "G722", 16_000, 1, "srtp-mandf"),
        ("native", "opus", 48_000, 2, "dtls_srtp"),
        ("pure", "pcma", 8000, 1, "dtls_srtp"),
        ("pure", "G722", 16_000, 1, "srtp-mandf"),
    ],
)
def test_baresip_hears_music(
    tmp_path: Path, engine: str, codec: str, rate: int, channels: int, encryption: str
) -> None:
    folder = tmp_path / "baresip"
    folder.mkdir()
    with MediaProcess(tmp_path, engine, ALL_CODECS, srtp="required") as service:
        phone = Baresip(folder, codec=codec, rate=rate, channels=channels, encryption=encryption)
        heard = phone.call(service.sip, 4)
        assert_both_heard(service, heard)


@pytest.mark.parametrize(("srtp", "encryption"), [("required", "srtp-mand"), ("optional", "srtp")])
def test_baresip_is_called_with_our_keys(tmp_path: Path, srtp: str, encryption: str) -> None:
    folder = tmp_path / "baresip"
    folder.mkdir()
    phone = Baresip(folder, codec="pcma", rate=8000, channels=1, encryption=encryption)
    with MediaProcess(tmp_path, "native", ALL_CODECS, srtp=srtp, registrar=phone.port) as service:
        process = phone.start(6)
        wait_for_udp(phone.port)
        service.place(f"sip:test@127.0.0.1:{phone.port}")
        heard = phone.heard(process)
        assert_both_heard(service, heard)


@pytest.mark.parametrize(
    ("engine", "codec", "encryption"),
    [("native", "PCMA", "srtp"), ("native", "opus", "srtp"), ("pure", "G722", "none")],
)
def test_linphone_hears_music(tmp_path: Path, engine: str, codec: str, encryption: str) -> None:
    folder = tmp_path / "linphone"
    folder.mkdir()
    with MediaProcess(tmp_path, engine, ALL_CODECS) as service:
        heard = by_linphone(folder, service.sip, codec=codec, encryption=encryption, seconds=4.0)
        assert_both_heard(service, heard)


@pytest.mark.parametrize(
    ("engine", "codec", "srtp"),
    [("native", "PCMA", "mandatory"), ("native", "PCMU", "optional"), ("pure", "G722", "mandatory")],
)
def test_pjsua_hears_music(tmp_path: Path, engine: str, codec: str, srtp: str) -> None:
    with MediaProcess(tmp_path, engine, ALL_CODECS, srtp="required") as service:
        heard = by_pjsua(tmp_path, service.sip, codec=codec, srtp=srtp, seconds=5.0)
        assert_both_heard(service, heard)
