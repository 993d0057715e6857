"""Debian's baresip, over any transport, with SRTP or without."""

import shutil
from pathlib import Path

import numpy as np
import soundfile
import soxr

from media_service.codecs.g711 import SAMPLE_RATE
from tests.integration.house import HOST, free_ports
from tests.integration.peers.phones.process import Telephone

RATES = {"pcma": (8000, 1), "pcmu": (8000, 1), "G722": (16_000, 1), "opus": (48_000, 2)}
SILENCE = 30
"""Seconds after what is said."""
_CONFIG = """
net_interface {host}
sip_listen {host}:{port}
sip_cafile {authority}
sip_verify_server yes
audio_source aufile,{folder}/said.wav
audio_player aufile,{folder}/played.wav
audio_alert aufile,{folder}/alert.wav
snd_path {folder}
module_path {modules}
module stdio.so
module g711.so
module g722.so
module opus.so
module aufile.so
module sndfile.so
module srtp.so
module dtls_srtp.so
module_app account.so
module_app menu.so
"""


class Baresip(Telephone):
    """Calls ``uri`` when it begins, says what is in ``speech``; ``encryption`` is baresip's ``mediaenc``, or empty."""

    goodbye = ("b", "q")

    def __init__(
        self, folder: Path, uri: str, authority: Path, speech: Path, *, codec: str = "pcma", encryption: str = ""
    ) -> None:
        program = shutil.which("baresip")
        assert program is not None, "baresip is missing: apt-get install baresip-core"
        folder.mkdir()
        self._folder = folder
        rate, channels = RATES[codec]
        spoken, _ = soundfile.read(speech, dtype="int16")
        # It hangs up at the end of the file.
        said = np.pad(soxr.resample(spoken, SAMPLE_RATE, rate), (0, SILENCE * rate))
        soundfile.write(folder / "said.wav", np.stack([said] * channels, axis=1), rate, subtype="PCM_16")
        modules = next(Path("/usr/lib").glob("**/baresip/modules/g711.so")).parent
        settings = _CONFIG.format(
            host=HOST, folder=folder, modules=modules, authority=authority, **free_ports({"port": 0})
        )
        (folder / "config").write_text(settings)
        secured = f";mediaenc={encryption}" if encryption else ""
        options = f"regint=0;answermode=auto;audio_codecs={codec}/{rate}/{channels}{secured}"
        transport = uri.partition("transport=")[2]
        (folder / "accounts").write_text(f"<sip:baresip@{HOST};transport={transport}>;{options}\n")
        self.command = [program, "-f", str(folder), "-e", f"d{uri}", "-t", "40"]

    def files(self) -> list[Path]:
        return list(self._folder.glob("dump-*-dec.wav"))
