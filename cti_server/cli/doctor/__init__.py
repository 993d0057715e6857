"""``callwright doctor``: what a server needs, looked at one by one, with a word of what to do."""

from cti_server.cli.doctor.examining import examine

__all__ = ["examine"]
