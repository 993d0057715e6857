"""The file of a recording under way: WAV with PCM or A-law, or FLAC, its silent ends left out where that is wished."""

import os
import struct
from collections import deque
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import soundfile

from media_service.codecs.g711 import SAMPLE_RATE, a_law_from_linear
from media_service.engine.interface import Format, Recording

_MAX_OCTETS: Final = 0xFFFFFFFF - 64
_PCM, _A_LAW = 1, 6
_CHUNK: Final = struct.Struct("<4sI")
_FORM: Final = struct.Struct("<HHIIHH")

_FRAME: Final = 160
SILENT_RMS: Final = 104.0
"""A frame of 20 ms below this (of 32768: -50 dBov) is silence, to be left out at both ends of a trimmed recording."""
_MARGIN_FRAMES: Final = 5
"""100 ms of silence stay before the first sound and behind the last one: soft beginnings and ends are not cut off."""
_KEPT_FRAMES: Final = 500
"""A pause longer than 10 s is kept as its length alone, so that an open line fills no memory."""


class _Writer(Protocol):
    def append(self, linear: bytes) -> None:
        """Write samples; raises `OSError`."""

    def close(self) -> None:
        """Finish the file; raises `OSError`."""


class RecordingFile:
    """One recording's file, used on the file thread only. After a first failure nothing more is written.

    ``problem`` says what went wrong, empty for nothing; ``seconds`` is the length of what is in the file.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._channels = 2 if recording.stereo else 1
        self._trim = _Trimmer(self._channels) if recording.trim else None
        self._writer: _Writer | None = None
        self._samples = 0
        self.problem = ""

    @property
    def file(self) -> Path:
        """Where it is."""
        return self._recording.file

    @property
    def seconds(self) -> float:
        """Length of the audio in the file; final after `close`."""
        return self._samples / SAMPLE_RATE

    def create(self) -> None:
        """Make the file and its folder, or keep in ``problem`` why not."""
        file = self._recording.file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        except OSError as error:
            self.problem = str(error)
            return
        try:
            os.pwrite(descriptor, b"", 0)  # refused by what is no file, such as a pipe
            if self._recording.format is Format.FLAC:
                self._writer = _FlacWriter(descriptor, self._channels)
            else:
                self._writer = _WavWriter(descriptor, self._channels, a_law=self._recording.format is Format.A_LAW)
        except OSError as error:
            os.close(descriptor)
            self.problem = str(error)

    def append(self, linear: bytes) -> None:
        """Write PCM16 samples (little-endian, 8 kHz; stereo: left and right by turns) at the end."""
        if self._trim is not None:
            linear = self._trim.passed(linear)
        self._write(linear)

    def close(self) -> None:
        """Finish the file."""
        if self._trim is not None:
            self._write(self._trim.rest())
        self._finish()

    def _finish(self) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            writer.close()
        except OSError as error:
            self.problem = self.problem or str(error)

    def _write(self, linear: bytes) -> None:
        if not linear or self._writer is None or 2 * self._channels * self._samples + len(linear) > _MAX_OCTETS:
            return
        try:
            self._writer.append(linear)
            self._samples += len(linear) // (2 * self._channels)
        except OSError as error:
            self.problem = str(error)
            self._finish()


class _WavWriter:
    """WAV; the header is right after every write."""

    def __init__(self, descriptor: int, channels: int, *, a_law: bool) -> None:
        self._descriptor = descriptor
        self._channels = channels
        self._a_law = a_law
        self._octets = 0
        self._data = len(self._header())
        os.pwrite(descriptor, self._header(), 0)

    def append(self, linear: bytes) -> None:
        """Write samples."""
        body = a_law_from_linear(linear) if self._a_law else linear
        os.pwrite(self._descriptor, body, self._data + self._octets)
        self._octets += len(body)
        os.pwrite(self._descriptor, self._header(), 0)

    def close(self) -> None:
        """Finish the file; a data chunk of odd length is padded, as RIFF wants it."""
        try:
            if self._octets % 2:
                os.pwrite(self._descriptor, b"\0", self._data + self._octets)
        finally:
            os.close(self._descriptor)

    def _header(self) -> bytes:
        """Everything before the samples; A-law is no PCM, so it tells its length once more (the fact chunk)."""
        code, width = (_A_LAW, 1) if self._a_law else (_PCM, 2)
        step = width * self._channels
        form = _FORM.pack(code, self._channels, SAMPLE_RATE, SAMPLE_RATE * step, step, 8 * width)
        fact = b""
        if self._a_law:
            form += b"\0\0"
            fact = _CHUNK.pack(b"fact", 4) + (self._octets // step).to_bytes(4, "little")
        chunks = _CHUNK.pack(b"fmt ", len(form)) + form + fact + _CHUNK.pack(b"data", self._octets)
        return _CHUNK.pack(b"RIFF", 4 + len(chunks) + self._octets + self._octets % 2) + b"WAVE" + chunks


class _FlacWriter:
    """FLAC by libsndfile; whole once it is closed."""

    def __init__(self, descriptor: int, channels: int) -> None:
        self._channels = channels
        self._descriptor = descriptor
        try:
            self._file = soundfile.SoundFile(
                descriptor, "w", SAMPLE_RATE, channels, subtype="PCM_16", format="FLAC", closefd=False
            )
        except soundfile.SoundFileError as error:
            raise OSError(str(error)) from error

    def append(self, linear: bytes) -> None:
        """Write samples."""
        samples = np.frombuffer(linear, "<i2").reshape(-1, self._channels)
        try:
            self._file.write(samples)
        except soundfile.SoundFileError as error:
            raise OSError(str(error)) from error

    def close(self) -> None:
        """Finish the file."""
        try:
            self._file.close()
        except soundfile.SoundFileError as error:
            raise OSError(str(error)) from error
        finally:
            os.close(self._descriptor)


class _Trimmer:
    """Lets through what lies between the first sound and the last one, with a little silence around it."""

    def __init__(self, channels: int) -> None:
        self._octets = 2 * channels * _FRAME
        self._part = b""
        self._quiet: deque[bytes] = deque()
        self._forgotten = 0
        self._begun = False

    def passed(self, linear: bytes) -> bytes:
        """What may be written now that these samples have come too."""
        data = self._part + linear
        whole = len(data) - len(data) % self._octets
        self._part = data[whole:]
        passed = b""
        for start in range(0, whole, self._octets):
            frame = data[start : start + self._octets]
            if _silent(frame):
                self._hold(frame)
            else:
                passed += self._held() + frame
                self._begun = True
        return passed

    def rest(self) -> bytes:
        """What stays of the silence at the end."""
        if not self._begun:
            return b""
        return b"".join(list(self._quiet)[:_MARGIN_FRAMES])

    def _hold(self, frame: bytes) -> None:
        self._quiet.append(frame)
        if not self._begun and len(self._quiet) > _MARGIN_FRAMES:
            self._quiet.popleft()
        elif len(self._quiet) > _KEPT_FRAMES:
            self._quiet.popleft()
            self._forgotten += 1

    def _held(self) -> bytes:
        held = bytes(self._octets * self._forgotten) + b"".join(self._quiet)
        self._quiet.clear()
        self._forgotten = 0
        return held


def _silent(frame: bytes) -> bool:
    samples = np.frombuffer(frame, "<i2").astype(np.float32)
    return float(np.sqrt(np.mean(samples * samples))) < SILENT_RMS
