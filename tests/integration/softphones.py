"""Softphones of other hands that call a media service directly, each keeping what it hears."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from media_service.codecs.g711 import SAMPLE_RATE
from tests.integration.house import free_block, free_ports
from tests.integration.media_process import HOST, PROMPTS
from tests.integration.outsiders import PEERS

SPEECH = PROMPTS / "en" / "caller_speech.wav"
_BARESIP = """
net_interface {host}
sip_listen {host}:{port}
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
_LINPHONE = """
[sip]
sip_port={sip}
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
bind_address={host}
media_encryption={encryption}
media_encryption_mandatory={mandatory}
default_proxy=-1
[rtp]
audio_rtp_port={rtp}
bind_address={host}
[net]
firewall_policy=none
[sound]
echocancellation=0
[video]
enabled=0
capture=0
display=0
"""
_LINPHONE_CODECS = (("opus", 48_000, 2), ("PCMU", 8000, 1), ("PCMA", 8000, 1), ("G722", 8000, 1), ("speex", 8000, 1))


def heard_in(file: Path) -> NDArray[np.int16]:
    """A recording of any rate, its first channel, as it sounds at 8 kHz."""
    samples, rate = soundfile.read(file, dtype="int16", always_2d=True)
    return np.asarray(soxr.resample(samples[:, 0], rate, SAMPLE_RATE), dtype="<i2")


def wait_for_udp(port: int, within: float = 5.0) -> None:
    """Wait until somebody listens there."""
    deadline = time.monotonic() + within
    while free_block(port, 1):
        assert time.monotonic() < deadline, f"nobody listens at {port}"
        time.sleep(0.05)


class Baresip:
    """One call of Debian's baresip: it dials 7001, or answers at ``port`` whoever calls."""

    def __init__(self, folder: Path, *, codec: str, rate: int, channels: int, encryption: str) -> None:
        program = shutil.which("baresip")
        assert program is not None, "baresip is missing: apt-get install baresip-core"
        self.port = free_ports({"sip": 0})["sip"]
        self._folder = folder
        self._program = program
        spoken, _ = soundfile.read(SPEECH, dtype="int16")
        said = soxr.resample(spoken, SAMPLE_RATE, rate)
        soundfile.write(folder / "said.wav", np.stack([said] * channels, axis=1), rate, subtype="PCM_16")
        modules = next(Path("/usr/lib").glob("**/baresip/modules/g711.so")).parent
        settings = _BARESIP.format(host=HOST, port=self.port, folder=folder, modules=modules)
        (folder / "config").write_text(settings)
        options = f"regint=0;answermode=auto;mediaenc={encryption};audio_codecs={codec}/{rate}/{channels}"
        (folder / "accounts").write_text(f"<sip:test@{HOST}>;{options}\n")

    def start(self, seconds: int, *dial: str) -> "subprocess.Popen[bytes]":
        """Begin, for so many seconds."""
        return subprocess.Popen(
            [self._program, "-f", str(self._folder), *dial, "-t", str(seconds)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def call(self, sip: int, seconds: int) -> Path:
        """Call the media service; gives the file of what was heard."""
        return self.heard(self.start(seconds, "-e", f"dsip:7001@{HOST}:{sip}"))

    def heard(self, process: "subprocess.Popen[bytes]") -> Path:
        """Wait for the end; gives the file of what was heard."""
        try:
            printed, _ = process.communicate(timeout=40)
        finally:
            process.kill()
        found = list(self._folder.glob("dump-*-dec.wav"))
        assert found, printed.decode("utf-8", "replace")
        return found[0]


def by_linphone(folder: Path, sip: int, *, codec: str, encryption: str, seconds: float) -> Path:
    """Call for so many seconds; gives the file of what was heard. ``encryption`` is linphone's name, and mandatory."""
    program = shutil.which("linphonec")
    assert program is not None, "linphonec is missing: apt-get install linphone-cli"
    ports = free_ports({"sip": 0, "rtp": 0})
    mandatory = int(encryption != "none")
    settings = _LINPHONE.format(host=HOST, encryption=encryption, mandatory=mandatory, **ports)
    for index, (name, rate, channels) in enumerate(_LINPHONE_CODECS):
        enabled = int(name.lower() == codec.lower())
        settings += f"[audio_codec_{index}]\nmime={name}\nrate={rate}\nchannels={channels}\nenabled={enabled}\n"
    (folder / "linphonerc").write_text(settings)
    (folder / ".local" / "share" / "linphone").mkdir(parents=True)
    home = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    process = subprocess.Popen(
        [program, "-c", str(folder / "linphonerc")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=home,
    )
    heard = folder / "heard.wav"
    assert process.stdin is not None
    try:
        time.sleep(1.0)
        for wish in ("soundcard use files", f"play {SPEECH}", f"record {heard}", f"call sip:7001@{HOST}:{sip}"):
            process.stdin.write(f"{wish}\n".encode())
        process.stdin.flush()
        time.sleep(seconds)
        printed, _ = process.communicate(b"terminate\nquit\n", timeout=20)
    finally:
        process.kill()
    assert heard.exists(), printed.decode("utf-8", "replace")
    return heard


def by_pjsua(folder: Path, sip: int, *, codec: str, srtp: str, seconds: float) -> Path:
    """Call for so many seconds; gives the file of what was heard. ``srtp``: no, optional or mandatory."""
    heard = folder / "heard.wav"
    process = subprocess.Popen(
        [
            *(sys.executable, str(PEERS / "pjsua_phone.py"), "--registrar", f"{HOST}:{sip}", "--unregistered"),
            *("--user", "test", "--password", "none", "--srtp", srtp, "--codec", codec),
            *("--speak", str(SPEECH), "--record", str(heard), "--dial", "7001"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        time.sleep(seconds)
        printed, _ = process.communicate(b"quit\n", timeout=20)
    finally:
        process.kill()
    assert heard.exists(), printed.decode("utf-8", "replace")
    return heard
