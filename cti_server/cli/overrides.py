"""Settings given on the command line: ``--set console.port=7900`` or ``--set links.pbx.host=10.0.0.5``."""

from collections.abc import Sequence
from typing import Any

import pydantic

from cti_server.settings import ServerSettings
from cti_server.settings.server import own_database
from settings_file import message_of


class OverrideError(Exception):
    """A ``--set`` cannot be taken; the text says why."""


def override(settings: ServerSettings, wishes: Sequence[str]) -> ServerSettings:
    """The settings with every ``path=value`` in its place; an entry of a list is named by its name or number.

    Raises:
        OverrideError: a wish has no such place, or no such value may stand there.
    """
    if not wishes:
        return settings
    content = settings.model_dump()
    for wish in wishes:
        path, equals, value = wish.partition("=")
        if not equals:
            raise OverrideError(f"{wish}: not of the form path=value")
        _put(content, path.split("."), value, wish)
    try:
        made = ServerSettings.model_validate(content)
    except pydantic.ValidationError as wrong:
        texts = [
            f"{'.'.join(str(part) for part in one['loc'])}: {message_of(ServerSettings, one)}" for one in wrong.errors()
        ]
        raise OverrideError("\n".join(texts)) from wrong
    if made.database == settings.database == own_database(settings.data):
        made = made.model_copy(update={"database": own_database(made.data)})  # nobody named it: it goes with the data
    return made


def _put(content: Any, path: Sequence[str], value: str, wish: str) -> None:  # noqa: ANN401 - what a model dumps
    *way, last = path
    place = content
    for part in way:
        place = _step(place, part, wish)
    if not isinstance(place, dict) or last not in place:
        raise OverrideError(f"{wish}: there is no setting {last!r}{_choices(place)}")
    place[last] = value


def _step(place: Any, part: str, wish: str) -> Any:  # noqa: ANN401 - what a model dumps
    if isinstance(place, dict) and part in place:
        return place[part]
    if isinstance(place, list | tuple):
        for number, entry in enumerate(place):
            if part == str(number) or (isinstance(entry, dict) and entry.get("name") == part):
                return entry
    raise OverrideError(f"{wish}: there is no setting {part!r}{_choices(place)}")


def _choices(place: Any) -> str:  # noqa: ANN401 - what a model dumps
    if isinstance(place, dict):
        return f"; there are {', '.join(place)}"
    if isinstance(place, list | tuple):
        return f"; there are {', '.join(str(one.get('name')) for one in place if isinstance(one, dict))}"
    return ""
