"""Export of spans: a collector gets them as OTLP; one that is gone, slow or rude costs spans and no time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import BadStatusLine
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import SpanFlags

from cti_server.telemetry.traces import export as module
from cti_server.telemetry.traces.export import Exporter, http_sender
from cti_server.telemetry.traces.identity import trace_id
from cti_server.telemetry.traces.spans import Span, SpanFold
from cti_server.vocabulary.ids import ContactId
from program.trace_context import SAMPLED, TraceContext
from tests.unit.cti_server.reports.test_why import long_wait


def some_spans() -> list[Span]:
    return SpanFold("here").take(long_wait().journal)


@contextmanager
def collector(
    status: int = 200, location: str | None = None
) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    heard: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if location is not None:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_collector_gets_the_trace_of_a_contact() -> None:
    spans = some_spans()
    with collector() as (endpoint, heard):
        exporter = Exporter(http_sender(endpoint, authorization="Bearer secret"), service="here", version="1")
        exporter.put(spans)
        exporter.stop()
    assert exporter.figures.sent == len(spans)
    headers, body = heard[0]
    assert headers["Content-Type"] == "application/x-protobuf"
    assert headers["Authorization"] == "Bearer secret"
    request = ExportTraceServiceRequest.FromString(body)
    (resource,) = request.resource_spans
    assert {one.key: one.value.string_value for one in resource.resource.attributes}["service.name"] == "here"
    got = {span.span_id: span for scope in resource.scope_spans for span in scope.spans}
    assert len(got) == len(spans)
    for span in spans:
        one = got[span.span.to_bytes(8)]
        assert one.trace_id == span.trace.to_bytes(16)
        assert one.parent_span_id == (b"" if span.parent is None else span.parent.to_bytes(8))
        assert (one.start_time_unix_nano, one.end_time_unix_nano) == (
            round(span.started * 1e9),
            round(span.ended * 1e9),
        )
        assert one.name == span.name
    second = trace_id("here", ContactId(2)).to_bytes(16)
    assert any(span.name == "talk" for span in got.values() if span.trace_id == second)


def test_links_reach_the_collector_with_the_flags_of_the_other_trace() -> None:
    """OTLP's `Span.Link`: the flags' lower 8 bits are those of W3C Trace Context, then: it is known, and is, remote."""
    callers = (TraceContext(0xA1, 0xB1, 0), TraceContext(0xA2, 0xB2, SAMPLED), TraceContext(0xA3, 0xB3, 3))
    spans = some_spans()
    spans[3], spans[5] = replace(spans[3], links=callers[2:]), replace(spans[5], links=callers)
    with collector() as (endpoint, heard):
        exporter = Exporter(http_sender(endpoint), service="here")
        exporter.put(spans)
        exporter.stop()
    (resource,) = ExportTraceServiceRequest.FromString(heard[0][1]).resource_spans
    got = {span.span_id: span.links for scope in resource.scope_spans for span in scope.spans}
    assert {span for span, links in got.items() if links} == {spans[at].span.to_bytes(8) for at in (3, 5)}
    known, remote = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK, SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
    for at in (3, 5):
        told = [(one.trace_id, one.span_id, one.trace_state, one.flags) for one in got[spans[at].span.to_bytes(8)]]
        assert told == [
            (link.trace.to_bytes(16), link.span.to_bytes(8), "", known | remote | link.flags)
            for link in spans[at].links
        ]


def test_a_collector_that_is_gone_delays_nobody_and_what_is_lost_is_counted() -> None:
    spans = some_spans()
    exporter = Exporter(http_sender("http://127.0.0.1:9/v1/traces"), service="here", pause=0.01)
    begun = time.monotonic()
    for _ in range(module.MOST_WAITING // len(spans) + 200):
        exporter.put(spans)
    assert time.monotonic() - begun < 2.0
    exporter.stop()
    assert time.monotonic() - begun < module.STOP_SECONDS + 3.0
    assert exporter.figures.sent == 0
    assert exporter.figures.dropped > 0


def test_spans_wait_while_a_collector_is_away_and_come_when_it_is_back() -> None:
    spans, sent, refusing = some_spans(), list[bytes](), threading.Event()
    refusing.set()

    def send(body: bytes) -> None:
        if refusing.is_set():
            raise ConnectionRefusedError("not now")
        sent.append(body)

    exporter = Exporter(send, service="here", pause=0.01)
    exporter.put(spans)
    deadline = time.monotonic() + 8.0
    while exporter.figures.failures < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    refusing.clear()
    while not sent and time.monotonic() < deadline:
        time.sleep(0.01)
    exporter.stop()
    assert exporter.figures.sent == len(spans)
    assert exporter.figures.dropped == 0


def test_a_collector_that_says_no_is_not_asked_for_ever() -> None:
    with collector(status=400) as (endpoint, heard):
        exporter = Exporter(http_sender(endpoint), service="here", pause=0.01)
        exporter.put(some_spans())
        exporter.stop()
    assert len(heard) == 1
    assert exporter.figures.sent == 0
    assert exporter.figures.dropped == len(some_spans())


def test_the_token_is_not_taken_to_where_a_collector_points() -> None:
    spans = some_spans()
    with collector() as (elsewhere, heard), collector(302, elsewhere) as (endpoint, asked):
        exporter = Exporter(http_sender(endpoint, authorization="Bearer secret"), service="here")
        exporter.put(spans)
        exporter.stop()
    assert len(asked) == 1
    assert heard == []
    assert exporter.figures.dropped == len(spans)


def test_an_answer_that_is_none_is_a_failure_like_others() -> None:
    answers: list[Exception] = [BadStatusLine("nonsense"), ValueError("a defect")]

    def send(_body: bytes) -> None:
        if answers:
            raise answers.pop(0)

    spans = some_spans()
    exporter = Exporter(send, service="here", pause=0.01)
    for _ in range(2):
        exporter.put(spans)
        deadline = time.monotonic() + 20
        while exporter.figures.sent + exporter.figures.dropped < len(spans) and time.monotonic() < deadline:
            time.sleep(0.01)
    exporter.stop()
    assert (exporter.figures.failures, exporter.figures.dropped, exporter.figures.sent) == (2, len(spans), len(spans))
