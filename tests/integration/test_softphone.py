"""A softphone as people have it: Debian's baresip registers at the lab PBX and calls the pilot."""

import shutil
import subprocess
from pathlib import Path

from tests.integration.house import HOST, PROMPTS, House, house

SETTINGS = """
net_interface {host}
sip_listen {host}:0
audio_source aufile,{speech}
audio_player aufile,{folder}/played.wav
audio_alert aufile,{folder}/alert.wav
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module_app account.so
module_app menu.so
"""


def modules() -> Path:
    """Where Debian keeps baresip's modules."""
    return next(Path("/usr/lib").glob("**/baresip/modules/g711.so")).parent


def call(running: House, folder: Path, number: str, seconds: int) -> str:
    """Register as the softphone, call ``number``, hang up after ``seconds``; what baresip prints."""
    program = shutil.which("baresip")
    assert program is not None, "baresip is missing: apt-get install baresip-core"
    folder.mkdir()
    settings = SETTINGS.format(host=HOST, speech=PROMPTS / "caller_speech.wav", folder=folder, modules=modules())
    (folder / "config").write_text(settings)
    registrar = f"{HOST}:{running.ports['pbx']}"
    (folder / "accounts").write_text(
        f"<sip:7300@{registrar}>;auth_user=7300;auth_pass={running.passwords['7300']};audio_codecs=pcma\n"
    )
    done = subprocess.run(
        [program, "-f", str(folder), "-e", f"d{number}", "-t", str(seconds)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds + 20,
        check=False,
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def test_a_softphone_registers_with_its_password_and_is_answered_at_the_pilot(tmp_path: Path) -> None:
    with house(tmp_path / "house") as running:
        printed = call(running, tmp_path / "baresip", "7000", seconds=6)
        running.expect("ContactReleased", contact=1, disposition="abandoned-in-flow")
        contact = running.contact(1)

    assert "200 OK (Callwright lab PBX) [1 binding]" in printed
    assert "Call established" in printed
    assert "incoming rtp for 'audio' established" in printed
    assert contact["disposition"] == "abandoned-in-flow"
    assert 2.0 < contact["ended"] - contact["arrived"] < 7.0
