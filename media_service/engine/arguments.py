"""What every engine refuses of its owner's commands, and in which words."""

from ipaddress import ip_address
from pathlib import Path
from typing import Final

from media_service.engine.errors import EngineError
from media_service.engine.interface import Playlist, Stream
from sip.dtmf import DIGITS

_MAX_FILES: Final = 1000


def numeric_host(host: str) -> str:
    """The address in its usual form; raises `EngineError` for a name."""
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise EngineError(f"{host!r} is no numeric address") from error


def even_ports(ports: range) -> list[int]:
    """The ports for RTP: the even ones, for the odd ones belong to RTCP (RFC 3550 section 11).

    Raises `EngineError` where there is none.
    """
    even = [port for port in ports if 0 < port < 65536 and port % 2 == 0]
    if ports.step != 1 or not even:
        raise EngineError(f"no even UDP port in {ports}")
    return even


def check_stream(stream: Stream) -> None:
    """Raise `EngineError` for ports and payload types out of range and for a host that is a name."""
    numeric_host(stream.remote.host)
    types = [stream.payload_type, *([] if stream.digit_payload_type is None else [stream.digit_payload_type])]
    if not 0 < stream.remote.port < 65536 or not all(0 <= payload_type < 128 for payload_type in types):
        raise EngineError(f"no stream can be sent to {stream}")


def file_path(file: Path) -> str:
    """The absolute path; raises `EngineError` for what no file system takes."""
    path = str(file.absolute())
    if "\0" in path or not path.isprintable():
        raise EngineError(f"{path!r} is no name of a file")
    return path


def playlist_paths(playlist: Playlist) -> tuple[str, ...]:
    """The files to be played; raises `EngineError` for none, too many, or no names of files."""
    if not 0 < len(playlist.files) <= _MAX_FILES:
        raise EngineError(f"a playlist has 1 to {_MAX_FILES} files, not {len(playlist.files)}")
    return tuple(file_path(file) for file in playlist.files)


def checked_digits(digits: str, port: str, stream: Stream | None) -> str:
    """The digits in upper case; raises `EngineError` for others, and where the far end takes no telephone events."""
    digits = digits.upper()
    if not digits or any(digit not in DIGITS for digit in digits):
        raise EngineError(f"{digits!r} are no digits")
    if stream is None or stream.digit_payload_type is None:
        raise EngineError(f"the far end of port {port} takes no telephone events")
    return digits
