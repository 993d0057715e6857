"""The agents' phones register at the lab PBX from the very socket address at which they will be rung."""

import secrets
import socket
from collections.abc import Iterable, Mapping
from typing import Final

from bench.routing_load.ground import REGISTERED
from sip.digest import Challenge, Credentials, authorization
from sip.message import Response, parse_message

PATIENCE: Final = 5.0


class RegistrationError(Exception):
    """A phone was not taken; the message says which, and what the registrar said."""


def register(
    numbers: Iterable[str], passwords: Mapping[str, str], registrar: tuple[str, int], here: tuple[str, int]
) -> None:
    """Register each number at ``here``, one after the other; raises `RegistrationError`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(PATIENCE)
        phone.bind(here)
        for number in numbers:
            _register_one(phone, number, passwords[number], registrar)


def _register_one(phone: socket.socket, number: str, password: str, registrar: tuple[str, int]) -> None:
    call = secrets.token_hex(8)
    first = _ask(phone, registrar, _request(phone, number, registrar, (call, 1)))
    if first.status != 401:
        raise RegistrationError(f"{number}: {first.status} {first.reason}")
    challenge = Challenge.parse(first.headers.all("WWW-Authenticate")[0])
    uri = f"sip:{registrar[0]}:{registrar[1]}"
    answer = authorization(
        challenge, Credentials(number, password), method="REGISTER", uri=uri, cnonce=secrets.token_hex(8), count=1
    )
    second = _ask(phone, registrar, _request(phone, number, registrar, (call, 2), f"Authorization: {answer}\r\n"))
    if second.status != 200:
        raise RegistrationError(f"{number}: {second.status} {second.reason}")


def _request(
    phone: socket.socket, number: str, registrar: tuple[str, int], which: tuple[str, int], more: str = ""
) -> bytes:
    call, sequence = which
    host, port = phone.getsockname()
    return (
        f"REGISTER sip:{registrar[0]}:{registrar[1]} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK{call}{sequence}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{number}@{registrar[0]}>;tag={call}\r\nTo: <sip:{number}@{registrar[0]}>\r\n"
        f"Call-ID: {call}\r\nCSeq: {sequence} REGISTER\r\nContact: <sip:{number}@{host}:{port}>\r\n"
        f"Expires: {REGISTERED}\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


def _ask(phone: socket.socket, registrar: tuple[str, int], request: bytes) -> Response:
    phone.sendto(request, registrar)
    while True:
        message = parse_message(phone.recv(65536))
        if isinstance(message, Response) and message.status >= 200:
            return message
