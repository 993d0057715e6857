"""Checks of the prompts that flows name: each is there, and is a WAV file that can be played."""

import wave
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cti_server.settings.server import PromptSettings
from cti_server.settings.site import (
    FlowFile,
    MusicSettings,
    PositionSettings,
    QueueStepSettings,
    StepSettings,
    UtteranceSettings,
)
from settings_file import Lines, Problem, did_you_mean

RATE = 8000
NUMBER_CLIP = "num_"
TEXTS = "texts.yaml"


class PromptChecker:
    """Checks prompts in one directory; each file is read once, however often flows name it."""

    def __init__(self, prompts: PromptSettings) -> None:
        self._directory = prompts.directory / prompts.language
        self._known: dict[str, str | None] = {}

    def check(self, flow: FlowFile, lines: Lines) -> Iterator[Problem]:
        """Give what is wrong with the prompts that ``flow`` names."""
        numbers_at: tuple[str | int, ...] | None = None
        for place, step in enumerate(flow.steps):
            for name, path in _prompts(step):
                fault = self._fault(name)
                if fault is not None:
                    yield lines.problem(fault, "steps", place, *path)
            if numbers_at is None and _has_number(step):
                numbers_at = ("steps", place)
        if numbers_at is not None:
            faults = [fault for fault in map(self._fault, self._number_clips()) if fault is not None]
            if faults:
                more = f" (and {len(faults) - 1} more number clips)" if len(faults) > 1 else ""
                yield lines.problem(f"numbers cannot be spoken: {faults[0]}{more}", *numbers_at)

    def _number_clips(self) -> list[str]:
        """Clips from which the language's numbers are spoken, as its texts name them; what they lack cannot be told."""
        try:
            texts = YAML(typ="safe", pure=True).load(self._directory / TEXTS)
        except (OSError, YAMLError):
            return []
        clips = texts.get("clips") if isinstance(texts, dict) else None
        return [name for name in clips if str(name).startswith(NUMBER_CLIP)] if isinstance(clips, dict) else []

    def _fault(self, name: str) -> str | None:
        if name not in self._known:
            file = self._directory / f"{name}.wav"
            self._known[name] = wav_fault(file) if file.is_file() else self._missing(name)
        return self._known[name]

    def _missing(self, name: str) -> str:
        there = [each.stem for each in self._directory.glob("*.wav")]
        return f"prompt {name} is missing: no file {self._directory / name}.wav{did_you_mean(name, there)}"


def wav_fault(file: Path) -> str | None:
    """Say why ``file`` cannot be played (8 kHz, mono, 16-bit PCM, not empty); ``None`` where it can."""
    try:
        with file.open("rb") as stream, wave.open(stream) as audio:
            form = audio.getparams()
            read = len(audio.readframes(form.nframes)) // max(form.nchannels * form.sampwidth, 1)
    except (OSError, wave.Error, EOFError) as error:
        return f"prompt {file.stem} is no readable WAV file ({file}: {error or 'it ends too early'})"
    wrong = []
    if form.framerate != RATE:
        wrong.append(f"{form.framerate} Hz instead of {RATE} Hz")
    if form.nchannels != 1:
        wrong.append(f"{form.nchannels} channels instead of 1")
    if form.sampwidth != 2:
        wrong.append(f"{form.sampwidth * 8} bits instead of 16")
    if form.nframes == 0:
        wrong.append("no sound at all")
    elif read < form.nframes:
        wrong.append("cut off")
    return f"prompt {file.stem} cannot be played ({file}: {', '.join(wrong)})" if wrong else None


def _said(step: StepSettings) -> Iterator[tuple[tuple[UtteranceSettings, ...], str]]:
    match step:
        case MusicSettings() | QueueStepSettings():
            return
        case PositionSettings():
            yield step.before, "before"
            yield step.after, "after"
        case _:
            yield step.say, "say"


def _prompts(step: StepSettings) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if isinstance(step, MusicSettings):
        yield step.music, ("music",)
    for say, key in _said(step):
        for index, utterance in enumerate(say):
            if utterance.prompt is not None:
                yield utterance.prompt, (key, index)


def _has_number(step: StepSettings) -> bool:
    said = any(utterance.number is not None for say, _ in _said(step) for utterance in say)
    return said or isinstance(step, PositionSettings)
