"""What is raised for a file that is no capture."""

from csta.errors import CstaError


class CaptureError(CstaError):
    """The file is no capture, or of a form that is not read; the text says what it is and what to do."""
