"""Where the prompts are: the options that say so, or the media service's settings file."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from media_service.prompts.catalogue import Catalogue
from media_service.prompts.errors import PromptError
from media_service.settings import MediaSettings
from settings_file import load

CONFIG: Final = Path("config/media.yaml")

Command = Callable[..., Any]


def places(command: Command) -> Command:
    """Give a command the options that lead to the prompts; it gets them as its first argument, a `Catalogue`."""

    @functools.wraps(command)
    def with_catalogue(config: Path, directory: Path | None, own: Path | None, **options: object) -> object:
        return command(catalogue_of(config, directory, own), **options)

    folder = click.Path(path_type=Path, file_okay=False)
    placed: Command = with_catalogue
    for option in (
        click.option("--own", type=folder, help="The folder of the site's own prompts, instead of the settings'."),
        click.option("--directory", type=folder, help="The folder of the built-in prompts, instead of the settings'."),
        click.option(
            "--config",
            type=click.Path(path_type=Path, dir_okay=False),
            default=CONFIG,
            show_default=True,
            help="The media service's settings.",
        ),
    ):
        placed = option(placed)
    return placed


def catalogue_of(config: Path, directory: Path | None, own: Path | None) -> Catalogue:
    """The prompts that these options name; what is wrong ends the command."""
    language, cache = "en", None
    if directory is None:
        settings, problems, _ = load(MediaSettings, config)
        if settings is None:
            text = "\n".join(map(str, problems))
            raise click.ClickException(f"{text}\n(--directory names the prompts without a settings file)")
        prompts, base = settings.prompts, config.parent
        directory, language = base / prompts.directory, prompts.language
        if own is None and prompts.own is not None:
            own = base / prompts.own
        cache = base / prompts.cache if prompts.cache is not None else None
    if not directory.is_dir():
        raise click.ClickException(f"{directory} is no directory")
    try:
        return Catalogue(directory.resolve(), language, own=own.resolve() if own is not None else None, cache=cache)
    except PromptError as error:
        raise click.ClickException(str(error)) from error


def chosen(catalogue: Catalogue, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages that were asked for, or all; one that there is not ends the command."""
    for language in languages:
        if language not in catalogue.languages:
            there = ", ".join(catalogue.languages)
            raise click.ClickException(f"there is no language {language}, but {there}")
    return languages or catalogue.languages
