"""Debian's linphonec, over any transport, with SRTP or without."""

import os
import shutil
import time
from pathlib import Path

from tests.integration.house import HOST, free_ports
from tests.integration.peers.phones.process import Telephone

_CONFIG = """
[sip]
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port={tls}
use_ipv6=0
bind_address={host}
media_encryption={encryption}
media_encryption_mandatory={mandatory}
default_proxy=-1
root_ca={authority}
verify_server_certs=1
verify_server_cn=1
use_rfc2833=1
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
_CODECS = (("opus", 48_000, 2), ("PCMU", 8000, 1), ("PCMA", 8000, 1), ("G722", 8000, 1), ("speex", 8000, 1))


class Linphone(Telephone):
    """Calls ``uri`` when it begins, says what is in ``speech``; with ``secured`` it must be SRTP.

    Over TLS ``uri`` names us as the certificate does: linphone looks for names alone there, not for addresses.
    """

    goodbye = ("terminate", "quit")
    hold = ("pause",)
    resume = ("resume 1",)

    def __init__(
        self, folder: Path, uri: str, authority: Path, speech: Path, *, codec: str = "PCMA", secured: bool = False
    ) -> None:
        program = shutil.which("linphonec")
        assert program is not None, "linphonec is missing: apt-get install linphone-cli"
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        ports = free_ports({"udp": 0, "rtp": 0, "tcp": 0, "tls": 0})
        settings = _CONFIG.format(
            host=HOST, encryption="srtp" if secured else "none", mandatory=int(secured), authority=authority, **ports
        )
        for index, (name, rate, channels) in enumerate(_CODECS):
            enabled = int(name.lower() == codec.lower())
            settings += f"[audio_codec_{index}]\nmime={name}\nrate={rate}\nchannels={channels}\nenabled={enabled}\n"
        (folder / "linphonerc").write_text(settings)
        self.environment = {
            **os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)
        }  # fmt: skip
        self.command = [program, "-c", str(folder / "linphonerc")]
        self._heard = folder / "heard.wav"
        self._wishes = ("soundcard use files", f"play {speech}", f"record {self._heard}", f"call {uri}")

    def begin(self) -> None:
        self.says("linphonec>")
        time.sleep(0.3)  # what is typed before its own loop turns is lost
        self.tell(*self._wishes)

    def files(self) -> list[Path]:
        return [self._heard]
