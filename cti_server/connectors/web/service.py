"""One web service of the site: requests with encoded parameters, answers in JSON of limited size."""

import asyncio
import json
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import quote

import httpx2

from cti_server.connectors.base import failed, refused, timed_out
from cti_server.connectors.breaker import Breaker
from cti_server.connectors.values import ValueRefusedError, plain
from cti_server.settings.connectors import SecretFault, WebServiceSettings
from cti_server.vocabulary.outside import RequestOutcome, RequestResult
from cti_server.vocabulary.values import Value

_BRACED: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TOO_MANY: Final = 429


class _AnswerError(Exception):
    """The answer is none that can be used; the text says why."""


class WebService:
    """Asks one service.

    Args:
        settings: the service's part of ``server.yaml``.
        now: Unix seconds, for the circuit breaker.
    """

    def __init__(self, settings: WebServiceSettings, now: Callable[[], float]) -> None:
        self.name = settings.name
        self.peer = _BRACED.sub("…", settings.url)
        self.breaker = Breaker(settings.breaker.failures, settings.breaker.pause)
        self._settings = settings
        self._now = now
        self._busy = 0
        self._client: httpx2.AsyncClient | None = None
        self._secret_headers: dict[str, str] = {}
        self._connecting = asyncio.Lock()
        # It logs each address at level info, with the customer's number in it.
        logging.getLogger("httpx2").setLevel(logging.WARNING)

    async def ask(self, parameters: Mapping[str, Value], seconds: float) -> RequestOutcome:
        """What the service answers, as the settings pick it; ``seconds`` are the flow's."""
        missing = sorted(self._settings.braced - set(parameters))
        if missing:
            return failed(f"web service {self.name} needs {', '.join(missing)}")
        if self._busy >= self._settings.at_once:
            return refused(f"web service {self.name} has {self._busy} requests to answer already")
        if not self.breaker.lets_through(self._now()):
            return refused(f"web service {self.name} failed too often: it is left alone for a while")
        self._busy += 1
        reached = False
        try:
            outcome, reached = await self._exchange(parameters, min(seconds, self._settings.timeout))
            return outcome
        finally:
            self._busy -= 1
            if reached:
                self.breaker.succeeded()
            else:
                self.breaker.failed(self._now())

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _exchange(self, parameters: Mapping[str, Value], seconds: float) -> tuple[RequestOutcome, bool]:
        """The outcome, and whether the service did its part."""
        try:
            client = await self._connected()
            request = self._request(client, parameters, seconds)
        except (SecretFault, OSError, httpx2.InvalidURL, _AnswerError) as fault:
            return failed(f"web service {self.name}: {fault}"), True
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(client, request)
        except (TimeoutError, httpx2.TimeoutException):
            return timed_out(f"web service {self.name} did not answer within {seconds:g} s"), False
        except httpx2.HTTPError as fault:
            return failed(f"web service {self.name}: {_words(fault)}"), False

    async def _answer(self, client: httpx2.AsyncClient, request: httpx2.Request) -> tuple[RequestOutcome, bool]:
        response = await client.send(request, stream=True)
        try:
            status = response.status_code
            if status in self._settings.nothing_found:
                return RequestOutcome(result=RequestResult.NOTHING_FOUND), True
            if status not in self._settings.found:
                theirs = status >= httpx2.codes.INTERNAL_SERVER_ERROR or status == _TOO_MANY
                return failed(f"web service {self.name} answers with status {status}"), not theirs
            body = await self._read(response)
            return RequestOutcome(result=RequestResult.DONE, values=self._values(body)), True
        except _AnswerError as wrong:
            return failed(f"web service {self.name}: {wrong}"), True
        finally:
            await response.aclose()

    async def _read(self, response: httpx2.Response) -> bytes:
        """The body as it is unpacked, no more of it than is allowed."""
        most = self._settings.kilobytes * 1024
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > most:
                raise _AnswerError(f"the answer is larger than {self._settings.kilobytes} KiB")
        return bytes(body)

    def _values(self, body: bytes) -> dict[str, Value]:
        try:
            answer = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as fault:
            raise _AnswerError(f"the answer is no JSON: {fault}") from fault
        values: dict[str, Value] = {}
        for name, path in self._settings.values.items():
            try:
                values[name] = plain(picked(answer, path))
            except ValueRefusedError as wrong:
                raise _AnswerError(f"{path} {wrong}") from wrong
        return values

    def _request(self, client: httpx2.AsyncClient, parameters: Mapping[str, Value], timeout: float) -> httpx2.Request:
        settings = self._settings
        headers = {"Accept": "application/json", "User-Agent": "callwright", **settings.headers}
        headers |= self._secret_headers
        rest = {name: value for name, value in parameters.items() if name not in settings.braced}
        url = _BRACED.sub(lambda found: encoded(parameters[found[1]]), settings.url)
        if settings.method == "POST":
            return client.build_request("POST", url, headers=headers, json=rest, timeout=timeout)
        if rest:
            # Not by the client's own argument, which would drop what the address has behind its question mark.
            query = "&".join(f"{quote(name, safe='')}={encoded(value)}" for name, value in sorted(rest.items()))
            url = f"{url}{'&' if '?' in url else '?'}{query}"
        return client.build_request("GET", url, headers=headers, timeout=timeout)

    async def _connected(self) -> httpx2.AsyncClient:
        """The client, made at its first use; what reads files for it does so on a thread."""
        async with self._connecting:
            if self._client is None:
                trust, self._secret_headers = await asyncio.to_thread(self._read_files)
                limits = httpx2.Limits(max_connections=self._settings.at_once)
                self._client = httpx2.AsyncClient(verify=trust, limits=limits, trust_env=False, follow_redirects=False)
            return self._client

    def _read_files(self) -> tuple[ssl.SSLContext, dict[str, str]]:
        trust = ssl.create_default_context(cafile=self._settings.ca)
        return trust, {name: secret.read() for name, secret in self._settings.secret_headers.items()}


def encoded(value: Value) -> str:
    """A parameter as it stands in an address: nothing of it can be taken for the address itself.

    Raises:
        _AnswerError: a parameter of dots alone, which means another folder however it is written.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            if str(value) in {".", ".."}:
                raise _AnswerError("a parameter is nothing but dots")
            return quote(str(value), safe="")


def picked(answer: Any, path: str) -> Any:  # noqa: ANN401 - JSON has no common type
    """What stands in a JSON value at keys and places in lists that are joined by dots; None where there is nothing."""
    for key in path.split("."):
        match answer:
            case dict():
                answer = answer.get(key)
            case list() if key.isdecimal() and int(key) < len(answer):
                answer = answer[int(key)]
            case _:
                return None
    return answer


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _words(fault: Exception) -> str:
    """Without the address, which may hold what the caller keyed in."""
    return (str(fault).splitlines() or [type(fault).__name__])[0][:200] or type(fault).__name__
