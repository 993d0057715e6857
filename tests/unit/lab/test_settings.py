"""The lab's settings: the files as they are shipped, and every problem at its line."""

from pathlib import Path

import pytest

from lab.settings import load_lab
from lab.switch.plan import Feature, Hunting

ROOT = Path(__file__).parent.parent.parent.parent


def shipped(folder: Path) -> Path:
    """The shipped files in a folder of their own; gives the settings file."""
    (folder / "config/secrets").mkdir(parents=True)
    (folder / "prompts").symlink_to(ROOT / "prompts")
    file = folder / "config/lab.yaml"
    file.write_text((ROOT / "config/lab.yaml").read_text())
    example = (ROOT / "config/secrets.example/lab-extensions.yaml").read_text()
    (folder / "config/secrets/lab-extensions.yaml").write_text(example)
    return file


def test_the_shipped_files_are_right(tmp_path: Path) -> None:
    lab, problems = load_lab(shipped(tmp_path))

    assert problems == []
    assert lab is not None
    assert lab.plan.pilots["7000"].members == ("7101", "7102")
    assert lab.plan.extensions["7101"].agent == "anna"
    assert (lab.plan.pilots["7500"].hunting, lab.plan.pilots["7500"].distributes) == (Hunting.CIRCULAR, True)
    assert lab.plan.trunk_for("0891234") == lab.plan.trunks["9000"]
    assert lab.plan.feature("*21*7102") == (Feature.FORWARD_ALL, "7102")
    assert lab.hold is not None
    assert lab.settings.rtp.range == range(22000, 22100)
    assert "put-a-password-here" not in repr(lab)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("members: [7101, 7102]", "members: [7101, 7109]", "pilots[0].members[1]: 7109 is no extension"),
        ("{number: 7102, name: Ben", "{number: 7101, name: Ben", "extensions[5].number: 7101 is given twice"),
        ('ready: "*62"', 'ready: "7201"', "features.ready: 7201 is given twice"),
        ("ringback: ../prompts", "ringback: ../promts", "tones.ringback: there is no file"),
        (
            "  host: 127.0.0.1\n  port: 15060",
            "  host: localhost\n  port: 15060",
            "sip.host: must be a numeric IP address",
        ),
        ("ports: 22000-22099", "ports: 22099-22000", "rtp.ports: must be two UDP ports like 22000-22099"),
        ("no_answer: 60", "no_anser: 60", "timers.no_anser: unknown key"),
        ("passwords: secrets", "passwords: nowhere", "passwords: there is no file"),
        ("- number: 9000", "- number: 7101", "trunks[0].number: 7101 is given twice"),
        ("hunting: circular", "hunting: spiral", "pilots[1].hunting: "),
        ("{number: 7300,", "{number: 7309,", "extensions[9].number: 7309 has no password"),
    ],
)
def test_a_wrong_line_is_told_with_file_line_and_path(tmp_path: Path, old: str, new: str, message: str) -> None:
    file = shipped(tmp_path)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))

    lab, problems = load_lab(file)

    assert lab is None
    assert any(message in str(problem) for problem in problems), [str(problem) for problem in problems]
    assert all(problem.line > 0 for problem in problems)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    file = shipped(tmp_path)
    text = file.read_text().replace("[7101, 7102]", "[7109]").replace("passwords: secrets", "passwords: nowhere")
    file.write_text(text)

    assert len(load_lab(file)[1]) == 2
