from pathlib import Path

import pytest

from media_service.engine.errors import EngineError
from media_service.engine.interface import Format
from media_service.sound.recordings import SCRATCH, Recordings


def test_a_name_becomes_a_file_whose_folders_are_there(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "new")
    file = recordings.file("2026/11/call", Format.FLAC)
    assert file == tmp_path / "new" / "2026" / "11" / "call.flac"
    assert file.parent.is_dir()
    assert recordings.name_of(file) == "2026/11/call.flac"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path)
    for expected in ("call.wav", "call-2.wav", "call-3.wav"):
        file = recordings.file("call", Format.A_LAW)
        assert file.name == expected
        file.touch()


@pytest.mark.parametrize("name", ["../call", "a/../../call", "/etc/passwd"])
def test_no_name_leads_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(EngineError, match="leads out"):
        Recordings(tmp_path / "inner").file(name, Format.PCM)


def test_no_link_leads_out(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "way").symlink_to(tmp_path)
    with pytest.raises(EngineError, match="leads out"):
        Recordings(inner).file("way/call", Format.PCM)


def test_what_is_only_understood_has_a_place_apart(tmp_path: Path) -> None:
    file = Recordings(tmp_path).scratch("7001-ab#1/../2")
    assert file.parent == tmp_path / SCRATCH


def test_without_a_directory_there_is_no_file() -> None:
    with pytest.raises(EngineError, match="no directory"):
        Recordings(None).file("call", Format.PCM)
    with pytest.raises(EngineError, match="no directory"):
        Recordings(None).scratch("call")
