"""The ``callwright`` command: run, check, look at contacts, add console users, find out what is wrong."""

from cti_server.cli.command import main

__all__ = ["main"]
