"""House rules that no linter knows: sizes, module docstrings, rooms, and where the reactor may be named."""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("csta", "sip", "media_service", "lab", "cti_server", "program", "settings_file")
MODULE_LINES = 500
FUNCTION_LINES = 60
FOLDER_MODULES = 18
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", list(modules()), ids=name)
def test_module_opens_with_its_purpose_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)

    assert ast.get_docstring(tree), "a module opens with one sentence of purpose"
    assert len(text.splitlines()) <= MODULE_LINES
    assert path.stem not in BANNED_NAMES


@pytest.mark.parametrize("path", list(modules()), ids=name)
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < FUNCTION_LINES, f"{node.name} is long"


@pytest.mark.parametrize("path", list(modules()), ids=name)
def test_the_reactor_is_never_imported_at_module_level(path: Path) -> None:
    # Importing it installs the default one; the asyncio reactor must be installed first (Twisted, Choosing a Reactor).
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            assert not (node.module == "twisted.internet" and any(n.name == "reactor" for n in node.names))
            assert node.module not in {"twisted.conch.manhole", "twisted.conch.recvline", "twisted.protocols.sip"}


def test_every_folder_is_small() -> None:
    folders = {path.parent for path in modules()}
    crowded = {name(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in crowded.items() if count > FOLDER_MODULES} == {}


def test_every_package_has_its_place_in_the_contracts() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    placed = set(config["importlinter"]["root_packages"].split())
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found == placed
