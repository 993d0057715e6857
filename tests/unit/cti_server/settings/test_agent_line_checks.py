"""The agent line in the checks: agents need something to key in, and somebody must check their PINs."""

from tests.unit.cti_server.settings.configs import Config

FLOW = """\
name: line
kind: routing-strategy
steps:
  - id: line
    step: agent_line
"""


def test_an_agent_line_that_lets_nobody_in_is_told(config: Config) -> None:
    config.write("flows/line.yaml", FLOW)
    found = config.messages()
    assert len(found) == 2, found
    pins, numbers = found
    assert numbers.startswith("no agent has a number to key in")
    assert "pins: {}" in pins
    agents = (config.home / "site/agents.yaml").read_text()
    config.write("site/agents.yaml", agents.replace("- id: anna", '- number: "11"\n    id: anna', 1))
    server = (config.home / "server.yaml").read_text()
    config.write("server.yaml", server + "\nconnectors: {pins: {}}\n")
    assert config.messages() == []
