"""What a database is and has, looked at for whoever keeps it; nothing is written."""

from cti_server.storage.inspection.facts import Growth, LeaseFacts, PostgresFacts, SqliteFacts, inspect

__all__ = ["Growth", "LeaseFacts", "PostgresFacts", "SqliteFacts", "inspect"]
