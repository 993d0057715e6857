"""The file of a recording under way; its header is right after every write."""

import os
from pathlib import Path
from typing import Final

from media_service.codecs.wav import wav_header

_MAX_OCTETS: Final = 0xFFFFFFFF - 44


class RecordingFile:
    """The file itself. Used on the file thread only; its header is right after every write."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._octets = 0
        self._descriptor: int | None = None
        self.problem = ""

    def create(self) -> None:
        """Make the file, or keep in ``problem`` why not."""
        try:
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(
                self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NONBLOCK, 0o600
            )
            os.pwrite(self._descriptor, wav_header(0), 0)  # refused by what is no file, such as a pipe
        except OSError as error:
            self._give_up(error)

    def append(self, linear: bytes) -> None:
        """Write samples at the end; after a first failure nothing more."""
        if self._descriptor is None or self._octets + len(linear) > _MAX_OCTETS:
            return
        try:
            os.pwrite(self._descriptor, linear, 44 + self._octets)
            self._octets += len(linear)
            os.pwrite(self._descriptor, wav_header(self._octets), 0)
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Finish the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _give_up(self, error: OSError) -> None:
        self.problem = str(error)
        self.close()
