"""Faults of speech synthesis and recognition."""


class SpeechError(Exception):
    """An engine is missing, failed or took too long, or was asked for what it cannot do."""
