"""Checks of the prompts that flows name: each is there, and is a WAV file that can be played."""

import wave
from collections.abc import Iterator, Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cti_server.flows.steps import WaitTimeStep
from cti_server.flows.steps.speaking.say import Form
from cti_server.settings.flow_checks import Drawn
from cti_server.settings.flows.naming import named
from cti_server.settings.server import PromptSettings
from cti_server.vocabulary.ids import PromptName
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance
from settings_file import Lines, Problem, did_you_mean

RATE = 8000
CLIPS: Mapping[str, tuple[str, ...]] = {
    "number": ("num_",),
    "ordinal": ("ord_",),
    "date": ("weekday_", "month_", "date_"),
    "time": ("time_",),
    "amount": ("cur_", "amount_"),
    "wait": ("wait_", "minute_"),
}
"""By the kind of what is spoken, how its clips' names begin."""
_KINDS: Mapping[str, tuple[str, ...]] = {
    "number": ("number",),
    "digits": ("number",),
    "position": ("number", "ordinal"),
    "date": ("number", "ordinal", "date"),
    "time": ("number", "time"),
    "amount": ("number", "amount"),
    "wait": ("number", "wait"),
}
TEXTS = "texts.yaml"


class PromptChecker:
    """Checks prompts in every configured language; each file is read once, however often flows name it."""

    def __init__(self, prompts: PromptSettings) -> None:
        self._directory = prompts.directory
        self._languages = tuple(dict.fromkeys((prompts.language, *prompts.languages)))
        self._known: dict[tuple[str, str], str | None] = {}
        self._kinds: dict[str, str | None] = {}
        self._clips_of: dict[str, tuple[str, ...]] = {}

    def check(self, way: Drawn, lines: Lines) -> Iterator[Problem]:
        """Give what is wrong with the prompts that a flow names, and with the clips of what it lets be spoken."""
        spoken_at: dict[str, int] = {}
        for place, (step, component) in enumerate(zip(way.steps, way.components, strict=True)):
            for name, path in _prompts(step):
                for fault in self._faults(name):
                    yield lines.problem(fault, "steps", place, *path)
            for kind in _clip_kinds(step, speaks=getattr(component, "speaks_numbers", False)):
                spoken_at.setdefault(kind, place)
        for kind, place in spoken_at.items():
            unspoken = self._fault_of_kind(kind)
            if unspoken is not None:
                yield lines.problem(unspoken, "steps", place)

    def _faults(self, name: str) -> Iterator[str]:
        for language in self._languages:
            fault = self._fault(language, name)
            if fault is not None:
                yield fault

    def _fault_of_kind(self, kind: str) -> str | None:
        if kind not in self._kinds:
            faults = [
                fault
                for language in self._languages
                for name in self._clips(language, kind)
                if (fault := self._fault(language, name)) is not None
            ]
            more = f" (and {len(faults) - 1} more {kind} clips)" if len(faults) > 1 else ""
            self._kinds[kind] = f"{kind}s cannot be spoken: {faults[0]}{more}" if faults else None
        return self._kinds[kind]

    def _clips(self, language: str, kind: str) -> list[str]:
        """Clips of a kind as the language's texts name them; what they lack cannot be told."""
        if language not in self._clips_of:
            self._clips_of[language] = self._all_clips(language)
        return [name for name in self._clips_of[language] if name.startswith(CLIPS[kind])]

    def _all_clips(self, language: str) -> tuple[str, ...]:
        try:
            texts = YAML(typ="safe", pure=True).load(self._directory / language / TEXTS)
        except (OSError, YAMLError):
            return ()
        clips = texts.get("clips") if isinstance(texts, dict) else None
        return tuple(str(name) for name in clips) if isinstance(clips, dict) else ()

    def _fault(self, language: str, name: str) -> str | None:
        if (language, name) not in self._known:
            file = self._directory / language / f"{name}.wav"
            self._known[language, name] = wav_fault(file) if file.is_file() else self._missing(language, name)
        return self._known[language, name]

    def _missing(self, language: str, name: str) -> str:
        there = [each.stem for each in (self._directory / language).glob("*.wav")]
        file = self._directory / language / f"{name}.wav"
        return f"prompt {name} is missing: no file {file}{did_you_mean(name, there)}"


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


def _prompts(step: Step) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for each in named(step):
        if each.kind is PromptName:
            yield each.value, each.path
        elif each.kind is Utterance and each.value.prompt is not None:
            yield each.value.prompt, each.path


def _clip_kinds(step: Step, *, speaks: bool) -> Iterator[str]:
    """Kinds of clips that a step needs: for its utterances, and for the value that it ``speaks`` itself."""
    for each in named(step):
        if each.kind is Utterance:
            for field, kinds in _KINDS.items():
                if getattr(each.value, field) is not None:
                    yield from kinds
    if speaks:
        yield from clips_of_step(step)


def clips_of_step(step: Step) -> tuple[str, ...]:
    """Kinds of clips that a step needs which speaks a value: by its ``form``, else numbers (position) or a wait."""
    form = getattr(step, "form", None)
    if isinstance(form, Form):
        return _KINDS.get(form.value, ())
    return _KINDS["wait" if isinstance(step, WaitTimeStep) else "number"]
