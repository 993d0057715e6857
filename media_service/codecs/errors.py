"""The one root of what goes wrong in codecs."""


class CodecError(Exception):
    """A payload that cannot be decoded, sound that cannot be encoded, or an encoding that is not there."""
