"""``traces:`` in ``config/server.yaml``: where traces of contacts go, by OpenTelemetry's protocol."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from cti_server.settings.connectors import SecretSettings
from settings_file import SettingsModel


class TraceSettings(SettingsModel):
    """One trace for each contact, sent to a collector; nothing is sent where no endpoint is named."""

    endpoint: Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$", max_length=500)] | None = None
    """Where to, as OTLP over HTTP: for example http://127.0.0.1:4318/v1/traces."""
    token: SecretSettings | None = None
    """Sent as `Authorization: Bearer ...`."""
    share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Of how many contacts a trace is sent, 0 to 1."""
    timeout: Annotated[float, Field(ge=0.5, le=60)] = 5.0
    """Seconds for one attempt."""

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute."""
        return self.model_copy(update={"token": None if self.token is None else self.token.resolved(base)})
