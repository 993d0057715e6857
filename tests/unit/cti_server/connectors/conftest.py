"""PostgreSQL for the look-ups' tests."""

from tests.unit.cti_server.storage.conftest import postgres

__all__ = ["postgres"]
