"""``journal:`` in ``config/server.yaml``: how long the journal is kept."""

from typing import Annotated

from pydantic import Field

from settings_file import SettingsModel


class JournalSettings(SettingsModel):
    """How long what happened is kept row by row; the tables for reports keep what was folded from it."""

    keep: Annotated[int, Field(ge=7, le=36_500)] | None = None
    """Days after which rows are removed, once nobody needs them any more: open contacts, reports, a second server
    (docs/storage.md). Without it they are kept for good."""
    remove_from: Annotated[int, Field(ge=0, le=23)] = 2
    """Hour of the day, local time, from which rows are removed: a quiet time."""
    remove_until: Annotated[int, Field(ge=0, le=23)] = 5
    """Hour of the day at which removing is left off until the next day; with the hour of remove_from it never is."""

    def may_remove_at(self, hour: int) -> bool:
        """Whether rows are removed at this hour of the day."""
        lasts = (self.remove_until - self.remove_from) % 24 or 24
        return (hour - self.remove_from) % 24 < lasts
