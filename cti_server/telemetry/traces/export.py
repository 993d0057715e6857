"""Sends spans to a collector by OTLP over HTTP, in batches, on a thread of its own.

A collector that is gone costs spans, which are counted, and delays nobody.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final, Protocol
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from cti_server.telemetry.traces.spans import Span
from program.trace_context import TraceContext

MOST_WAITING: Final = 10_000
LARGEST_BATCH: Final = 512
BATCH_SECONDS: Final = 2.0
"""How long a span waits for others, at the most."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
STOP_SECONDS: Final = 3.0
_NANOSECONDS: Final = 1_000_000_000
_LATER: Final = frozenset({408, 429})


@dataclass(slots=True)
class Figures:
    """What became of the spans."""

    sent: int = 0
    dropped: int = 0
    failures: int = 0


class Send(Protocol):
    """Posts one body; raises `OSError` where it was not taken, `HTTPException` where the answer is none."""

    def __call__(self, body: bytes) -> None:
        """Post it."""


class _NoRedirects(HTTPRedirectHandler):
    """The token is for this collector alone, and not for whom it points to."""

    def redirect_request(self, *_answer: object) -> None:
        """The redirect is an answer like any other that is no success."""


def http_sender(endpoint: str, *, authorization: str = "", timeout: float = 5.0) -> Send:
    """Posts to ``endpoint`` (``http(s)://.../v1/traces``) as OTLP's protobuf (OTLP specification, OTLP/HTTP)."""
    headers = {"Content-Type": "application/x-protobuf", "User-Agent": "callwright"}
    if authorization:
        headers["Authorization"] = authorization

    opener = build_opener(_NoRedirects())

    def send(body: bytes) -> None:
        request = Request(endpoint, data=body, headers=headers, method="POST")  # noqa: S310 - the settings take http alone
        with opener.open(request, timeout=timeout) as answer:
            answer.read(65_536)

    return send


class Exporter:
    """A bounded queue, and the thread that empties it.

    Args:
        send: posts a batch; called on the thread.
        service: name of this server, as the collector shows it.
        version: its version.
    """

    def __init__(self, send: Send, *, service: str, version: str = "", pause: float = FIRST_PAUSE) -> None:
        self._send = send
        self._first_pause = pause
        self._resource = Resource({"service.name": service, "service.version": version})
        self._scope = InstrumentationScope("callwright", version)
        self._queue: queue.Queue[Span | None] = queue.Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self.figures = Figures()
        self._faulty = False
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def put(self, spans: Sequence[Span]) -> None:
        """Take spans; never blocks: what does not fit is dropped and counted."""
        for span in spans:
            try:
                self._queue.put_nowait(span)
            except queue.Full:
                self.figures.dropped += 1

    def stop(self) -> None:
        """Send what waits, once, and end; blocks for that, three seconds at the most."""
        self._stopping.set()
        with contextlib.suppress(queue.Full):  # then the thread has enough to wake up for
            self._queue.put_nowait(None)
        self._thread.join(STOP_SECONDS)

    # --- on the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pause = self._first_pause
        while True:
            batch, over = self._batch()
            while batch and not self._sent(batch):
                if self._stopping.wait(pause):
                    self.figures.dropped += len(batch)
                    break
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause = self._first_pause
            if over:
                return

    def _batch(self) -> tuple[list[Span], bool]:
        """What is there within the batch's time; whether it is the last."""
        batch: list[Span] = []
        due: float | None = None
        while len(batch) < LARGEST_BATCH:
            try:
                left = None if due is None else due - time.monotonic()
                if left is not None and left <= 0:
                    break
                span = self._queue.get(timeout=left)
            except queue.Empty:
                break
            if span is None:
                return batch, True
            batch.append(span)
            due = due or time.monotonic() + BATCH_SECONDS
        return batch, self._stopping.is_set() and self._queue.empty()

    def _sent(self, batch: Sequence[Span]) -> bool:
        try:
            self._send(self._encoded(batch))
        except (OSError, HTTPException) as fault:
            self.figures.failures += 1
            if isinstance(fault, HTTPError) and 300 <= fault.code < 500 and fault.code not in _LATER:
                # It will never take these (OTLP specification, OTLP/HTTP response): the next ones may be better.
                self.figures.dropped += len(batch)
                self._log.warning("the collector of traces refuses spans", status=fault.code, spans=len(batch))
                return True
            if not self._faulty:
                self._faulty = True
                self._log.warning(
                    "the collector of traces does not take spans; they wait, then are lost", reason=str(fault)
                )
            return False
        except Exception:  # noqa: BLE001 - whatever these spans have in them, the thread goes on with the next ones
            self.figures.failures += 1
            self.figures.dropped += len(batch)
            self._log.exception("defect while spans were sent; they are lost", spans=len(batch))
            return True
        self.figures.sent += len(batch)
        if self._faulty:
            self._faulty = False
            self._log.info("the collector of traces takes spans again", dropped=self.figures.dropped)
        return True

    def _encoded(self, batch: Sequence[Span]) -> bytes:
        """The batch as the collector wants it; the SDK leaves out what flags a linked span has (OTLP, Link.flags)."""
        request = encode_spans([self._readable(span) for span in batch])
        linked = {span.span.to_bytes(8): span.links for span in batch if span.links}
        for resource in request.resource_spans if linked else ():
            for one in (span for scope in resource.scope_spans for span in scope.spans):
                for link, caller in zip(one.links, linked.get(one.span_id, ()), strict=True):
                    link.flags |= caller.flags
        body: bytes = request.SerializeToString()
        return body

    def _readable(self, span: Span) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=_context(span.trace, span.span),
            parent=None if span.parent is None else _context(span.trace, span.parent),
            resource=self._resource,
            attributes=span.attributes,
            links=[Link(_remote(caller)) for caller in span.links],
            kind=SpanKind.CLIENT if span.outward else SpanKind.INTERNAL,
            status=Status(StatusCode.ERROR, span.failed) if span.failed else Status(StatusCode.UNSET),
            start_time=round(span.started * _NANOSECONDS),
            end_time=round(span.ended * _NANOSECONDS),
            instrumentation_scope=self._scope,
        )


def _context(trace: int, span: int) -> SpanContext:
    return SpanContext(trace, span, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _remote(caller: TraceContext) -> SpanContext:
    return SpanContext(caller.trace, caller.span, is_remote=True, trace_flags=TraceFlags(caller.flags))
