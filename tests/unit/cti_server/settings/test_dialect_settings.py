"""Where a PBX differs from its dialect: checked with the rest of the config, at its line."""

import pytest

from cti_server.settings import plugins
from tests.unit.cti_server.settings.configs import Config


def test_known_settings_are_taken(config: Config) -> None:
    config.edit("server.yaml", "dialect: openscape_voice", _with("second_deflect: true"))
    assert config.problems() == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("second_deflct: true", "has no setting 'second_deflct'"),
        ("framing: [tpkt]", "dialect_settings"),
        ("second_deflect: sometimes", "must be true or false"),
    ],
)
def test_others_are_problems_with_their_line(config: Config, line: str, said: str) -> None:
    config.edit("server.yaml", "dialect: openscape_voice", _with(line))
    assert any(said in problem for problem in config.problems())


def test_a_dialect_from_elsewhere_may_have_none() -> None:
    class Other:
        def normalise_device(self, text: str, /) -> str:
            return text

    plugins.check_variations(Other(), {})
    with pytest.raises(plugins.VariationError, match="no settings"):
        plugins.check_variations(Other(), {"second_deflect": True})


def _with(line: str) -> str:
    return f"dialect: openscape_voice\n    dialect_settings:\n      {line}"
