"""The endpoints as a web application: who may ask what, and what is answered."""

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cti_server.telemetry.standing import Standing
from cti_server.web.limits import Limits

UNAVAILABLE: Final = 503
TOO_MANY: Final = 429
UNAUTHORIZED: Final = 401
LARGEST_BODY: Final = 0
"""None of the endpoints takes a body."""
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the answers come from.

    ``standing`` says how the server stands; ``metrics`` reads the figures for what the asker accepts and gives what
    writes them down, with their content type, on another thread (None: they are not offered); ``steady`` are seconds
    that only go forward; ``locked_out`` hears of an address that was wrong about the token too often.
    """

    standing: Callable[[], Standing]
    metrics: Callable[[str], Callable[[], tuple[bytes, str]]] | None
    steady: Callable[[], float]
    locked_out: Callable[[str], None] = lambda _address: None


class Endpoints:
    """`/health`, `/ready` and `/metrics`; nothing else is there, and nothing can be changed here.

    Args:
        sources: where the answers come from.
        token: what has to be sent for the figures and the parts; None: nothing.
        per_minute: requests that an address may make in a minute.
    """

    def __init__(self, sources: Sources, token: str | None, per_minute: int) -> None:
        self._sources = sources
        self._token = None if token is None else token.encode()
        self._limits = Limits(per_minute)
        self.log = structlog.get_logger(room="web")
        routes = [Route("/health", self._health), Route("/ready", self._ready)]
        if sources.metrics is not None:
            routes.append(Route("/metrics", self._metrics))
        self.application = Starlette(routes=routes, exception_handlers={HTTPException: _refused, Exception: _defect})

    async def _health(self, request: Request) -> Response:
        """That it is answered says that the loop turns."""
        return self._refusal(request) or _json({"alive": True})

    async def _ready(self, request: Request) -> Response:
        known = self._token is None or "authorization" in request.headers
        refusal = self._refusal(request, secret=self._token is not None and known)
        if refusal is not None:
            return refusal
        standing = self._sources.standing()
        return _json(standing.facts(parts=known), 200 if standing.ready else UNAVAILABLE)

    async def _metrics(self, request: Request) -> Response:
        refusal = self._refusal(request, secret=self._token is not None)
        if refusal is not None or self._sources.metrics is None:
            return refusal or _json({"error": "not offered"}, 404)
        body, kind = await asyncio.to_thread(self._sources.metrics(request.headers.get("accept", "")))
        return Response(body, headers={**HEADERS, "Content-Type": kind})

    def _refusal(self, request: Request, *, secret: bool = False) -> Response | None:
        """Why the request is not answered, None where it is; ``secret``: the token is needed."""
        now = self._sources.steady()
        address = request.client.host if request.client is not None else ""
        wait = self._limits.admit(address, now)
        if wait is not None:
            return _json({"error": "too many requests"}, TOO_MANY, {"Retry-After": str(int(wait) + 1)})
        if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
            return _json({"error": "a request has no body here"}, 413, {"Connection": "close"})
        if not secret:
            return None
        if self._is_known(request):
            self._limits.right(address, now)
            return None
        if self._limits.wrong(address, now):
            self.log.warning("locked out after wrong tokens", peer=address)
            self._sources.locked_out(address)
        return _json({"error": "a token is needed"}, UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})

    def _is_known(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # Compared in a time that does not tell how much of it is right.
        return (
            scheme.lower() == "bearer"
            and self._token is not None
            and hmac.compare_digest(given.strip().encode(), self._token)
        )


def _json(facts: object, status: int = 200, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(facts, status, headers={**HEADERS, **(headers or {})})


async def _refused(_request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    text = fault.detail if isinstance(fault, HTTPException) else "not answered"
    headers = fault.headers if isinstance(fault, HTTPException) else None
    return _json({"error": text}, status, dict(headers or {}))


async def _defect(_request: Request, fault: Exception) -> Response:
    """The log has the trace; the asker learns nothing of the inside."""
    structlog.get_logger(room="web").error("defect in an endpoint", exc_info=fault)
    return _json({"error": "not answered; the log says why"}, 500)
