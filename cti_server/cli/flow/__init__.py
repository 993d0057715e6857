"""The group ``callwright flow``: draw a flow, and test flows against tables of callers and expectations."""

from cti_server.cli.flow.commands import flow

__all__ = ["flow"]
