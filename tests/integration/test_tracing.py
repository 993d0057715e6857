"""A real call told on one time line, decided anew, fed to others, and sent to a collector as one trace."""

import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cti_server.telemetry.traces.identity import trace_id
from cti_server.vocabulary.ids import ContactId
from tests.integration.house import House, house, until
from tests.unit.cti_server.telemetry.traces.test_export import collector

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]


BROUGHT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def call(home: House) -> None:
    since = home.mark()
    with home.console() as console:
        console.ask("agent logon anna 7101")
        console.ask("agent ready anna")
    trace = ("--header", f"traceparent: {BROUGHT}")
    caller = home.caller("7201", "--press", "1@0.3", "--hang-up-after", "4", *trace)
    home.expect("ContactAnswered", since=since, contact=1, agent="anna", within=20)
    assert caller.wait() == 0
    home.expect("ContactClosed", since=since, contact=1)


def told(home: House) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(home.cli("trace", "1", "--json"))
    return facts


def test_a_call_is_told_whole_and_comes_out_the_same(tmp_path: Path) -> None:
    with collector() as (endpoint, heard):
        traces = f"\ntraces:\n  endpoint: {endpoint}\n\nchannels:"
        with house(tmp_path, changes={"wrap_up: 8": "wrap_up: 1", "\nchannels:": traces}) as home:
            home.agent("7101")
            call(home)

            facts = told(home)
            layers = {line["layer"] for line in facts["lines"]}
            assert {"sip", "csta", "flow", "media", "queue", "offer", "talk", "agent", "contact"} <= layers
            assert facts["missing"] == []
            times = [line["at"] for line in facts["lines"]]
            assert times == sorted(times)
            signals = [line for line in facts["lines"] if line["layer"] == "sip"]
            assert any("INVITE" in line["text"] for line in signals)
            assert any("BYE" in line["text"] for line in signals)
            frames = [line["message"] for line in facts["lines"] if line["layer"] == "csta"]
            assert {"Established", "ConnectionCleared"} <= set(frames)
            assert any(name.endswith("Response") for name in frames)
            assert "secret-" not in json.dumps(facts)
            (joined,) = [line["text"] for line in facts["lines"] if line["text"].startswith("MediaJoined")]
            assert f"traceparent={BROUGHT}" in joined

            text = home.cli("replay", "1")
            assert text.startswith("Contact 1: the same, bit for bit")
            fed = [json.loads(line) for line in home.cli("feed", "--json").splitlines()]
            kinds = [line["kind"] for line in fed if line["contact"] == 1]
            assert kinds[0] == "contact.opened"
            assert kinds[-1] == "contact.closed"

            with home.console() as console:
                assert "debug" in console.ask("log level channels debug")
                assert "not recorded" in console.ask("record off")
                assert "recorded" in console.ask("record on")
                assert "there is no link" in console.ask("record on nowhere")

            until(lambda: len(heard) > 0, what="the collector hears of it", within=15)
            home.stop_server()
            without = json.loads(home.cli("trace", "1", "--json"))
            assert any(text.startswith("SIP: no server runs") for text in without["missing"])
            assert {"csta", "queue"} <= {line["layer"] for line in without["lines"]}
    spans = [
        span
        for _, body in heard
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    names = {span.name for span in spans}
    assert {"contact", "offer", "talk", "wrap-up"} <= names
    assert any(name.startswith("CSTA ") for name in names)
    assert len({span.trace_id for span in spans}) == 1
    name = next(line for line in (tmp_path / "config" / "server.yaml").read_text().splitlines() if "name:" in line)
    assert spans[0].trace_id == trace_id(name.partition(":")[2].split("#")[0].strip(), ContactId(1)).to_bytes(16)
    (link,) = next(span for span in spans if span.name == "contact").links
    assert f"00-{link.trace_id.hex()}-{link.span_id.hex()}-{link.flags & 0xFF:02x}" == BROUGHT
    assert not any(span.links for span in spans if span.name != "contact")
