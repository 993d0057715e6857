"""Flow components of plug-ins: loaded before the journal is read, known to the engine, named where they are broken."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cti_server.settings.flows import components
from cti_server.vocabulary.ids import FlowName, StepId
from tests.unit.cti_server.runtime.test_kernel import Server

PLUG_IN = """
from dataclasses import dataclass
from cti_server.flows.component import Leave
from cti_server.flows.steps.pattern import Standard
from cti_server.vocabulary.plan import Step

@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeBellStep(Step):
    strokes: int = 1

class StrikeBell(Standard):
    name = "strike_bell"
    settings = StrikeBellStep

    def enter(self, step, here):
        return Leave(keep={"strokes": step.strokes, "caller": here.value("source")})

STRIKE_BELL = StrikeBell()
"""


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "plugin_with_bells.py").write_text(PLUG_IN)
    (tmp_path / "plugin_out_of_order.py").write_text("raise ValueError('the bell is cracked')\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = [
        EntryPoint("strike_bell", "plugin_with_bells:STRIKE_BELL", components.GROUP),
        EntryPoint("cracked", "plugin_out_of_order:BELL", components.GROUP),
    ]
    monkeypatch.setattr(components, "entry_points", lambda group: found)
    components.library.cache_clear()
    yield tmp_path
    components.library.cache_clear()
    sys.modules.pop("plugin_with_bells", None)


def test_a_plug_ins_step_is_carried_out_and_known_after_a_restart(
    plugged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs:
        server = Server(plugged, monkeypatch)
    (broken,) = [one for one in logs if one["event"] == "a flow component cannot be used"]
    assert broken["component"] == "cracked"
    assert "the bell is cracked" in broken["reason"]
    step = sys.modules["plugin_with_bells"].StrikeBellStep(id=StepId("bell"), strokes=3)
    welcome = server.plan.flows[FlowName("welcome")]
    flow = replace(welcome, version="with a bell", steps=(step, *welcome.steps))
    server.plan = replace(server.plan, version="with a bell", flows={**server.plan.flows, flow.name: flow})
    server.kill()
    server.kernel = server.make()
    server.up()
    server.pbx.dial_pilot("7201")
    party = server.contact().party
    assert server.contact().data == {"strokes": 3, "caller": f"{{party:{party}}}"}
    server.kill()
    server.kernel = server.make()
    assert server.contact().data["strokes"] == 3
    assert server.state.plan.flows[flow.name].steps[0] == step
    book = server.kernel._opened
    assert book is not None
    assert book.parties.address(party) == "tel:7201"
