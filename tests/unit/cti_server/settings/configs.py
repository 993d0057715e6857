"""A small config directory to be spoilt by tests, one edit at a time."""

import shutil
import wave
from pathlib import Path

from cti_server.settings import load_settings

REPOSITORY = Path(__file__).parents[4]
SILENCE = b"\0\0" * 80


def write_wav(file: Path, rate: int = 8000, channels: int = 1, width: int = 2, frames: bytes = SILENCE) -> None:
    with wave.open(str(file), "wb") as audio:
        audio.setparams((channels, width, rate, 0, "NONE", "not compressed"))
        audio.writeframes(frames)


class Config:
    """The demo's config in a directory of its own, with prompts of silence."""

    def __init__(self, home: Path) -> None:
        self.home = home / "config"
        shutil.copytree(REPOSITORY / "config", self.home, ignore=shutil.ignore_patterns("secrets"))
        self.prompts = home / "prompts" / "en"
        self.prompts.mkdir(parents=True)
        for file in sorted((REPOSITORY / "prompts" / "en").glob("*.wav")):
            write_wav(self.prompts / file.name)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.home / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def at(self, file: str, text: str) -> str:
        """``file:line`` of the first line that has ``text``."""
        rows = (self.home / file).read_text().splitlines()
        return f"{file}:{next(number for number, row in enumerate(rows, 1) if text in row)}"

    def write(self, file: str, text: str) -> None:
        (self.home / file).write_text(text)

    def problems(self) -> list[str]:
        loaded = load_settings(self.home)
        assert (loaded.plan is None) == bool(loaded.problems)
        return [str(problem).removeprefix(f"{self.home}/") for problem in loaded.problems]

    def messages(self) -> list[str]:
        return [problem.message for problem in load_settings(self.home).problems]
