"""Protected and wideband media with callers nobody here wrote: a browser's stack, softphones, PJSUA2."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fakes.listening import samples_of
from tests.integration.media_process import MUSIC, PROMPTS, MediaProcess
from tests.integration.outsiders import in_pieces
from tests.integration.peers.web_caller import WebCaller

MOST = 0.6
SPOKEN = PROMPTS / "en" / "caller_speech.wav"
pytestmark = [pytest.mark.integration, pytest.mark.alone]


def says() -> NDArray[np.int16]:
    return samples_of(SPOKEN).astype("<i2")


@pytest.fixture(params=["native", "pure"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("codecs", ["PCMA, PCMU", "opus", "G722"])
def test_a_browser_hears_music_over_dtls(tmp_path: Path, engine: str, codecs: str) -> None:
    async def story(port: int) -> WebCaller:
        async with WebCaller(port, "7001", says()) as caller:
            answer = await caller.call()
            assert answer.status == 200
            await asyncio.sleep(3)
        return caller

    with MediaProcess(tmp_path, engine, codecs) as service:
        caller = asyncio.run(story(service.sip))
        service.expect("media protected")
    assert in_pieces(caller.heard, MUSIC, seconds=2.0).score > MOST
