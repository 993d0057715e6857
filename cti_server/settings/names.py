"""Value types that several settings files share."""

from typing import Annotated

from pydantic import Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
"""A name that other files refer to: letters, digits, ``-``, ``_`` and ``.``."""

PromptFile = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=64)]
"""Name of a prompt: the file ``<prompts>/<language>/<name>.wav``."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]+$", max_length=253)]
"""A host name or address."""

Port = Annotated[int, Field(ge=1, le=65535)]
