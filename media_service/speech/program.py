"""Runs a program once: text in, files out, within a bounded time."""

import subprocess
from typing import Final

from media_service.speech.errors import SpeechError

MAX_COMPLAINT: Final = 500


def run(command: list[str], text: str, *, timeout: float) -> None:
    """Run a program with ``text`` on its standard input, for ``timeout`` seconds at most; `SpeechError` where it fails.

    For threads that may wait.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; what it is to say goes to its standard input
            command,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        raise SpeechError(f"{command[0]} took longer than {timeout:g} s") from error
    except OSError as error:
        raise SpeechError(f"{command[0]} cannot be started: {error.strerror or error}") from error
    if done.returncode:
        complaint = done.stderr.decode(errors="replace").strip()[-MAX_COMPLAINT:]
        raise SpeechError(f"{command[0]} failed: {complaint or done.returncode}")
