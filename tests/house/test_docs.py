"""The documents say what the code is: diagrams are current, links and commands in them exist."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from media_service.settings import MediaSettings
from settings_file import SettingsModel

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", ["states", "verbs"])
def test_a_page_that_is_made_is_current(name: str) -> None:
    module = made_by(name)

    assert (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") == module.page(), (
        f"run python docs/make_{name}.py"
    )


def test_the_readme_has_the_figures_that_were_measured() -> None:
    made = made_by("figures")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert readme.count(made.BEGIN) == readme.count(made.END) == 1
    assert readme == made.page(readme), "run python docs/make_figures.py"


def made_by(name: str) -> Any:
    """The module that makes a page."""
    spec = importlib.util.spec_from_file_location(f"make_{name}", ROOT / "docs" / f"make_{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_target_of_the_fuzzers_is_explained() -> None:
    targets = re.findall(r"Target\(\s*\"(\w+)\"", (ROOT / "tests" / "fuzz" / "targets.py").read_text(encoding="utf-8"))
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "development.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(targets) > 10
    assert sorted(targets) == sorted(re.findall(r"`(\w+)`", " ".join(rows)))


def test_the_guide_of_the_media_service_names_every_setting() -> None:
    guide = (ROOT / "docs" / "media.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_.]+)`", guide))
    assert sorted(set(settings_of(MediaSettings)) - named) == []


def test_what_the_guide_reads_in_the_log_is_what_the_service_writes() -> None:
    guide = (ROOT / "docs" / "media.md").read_text(encoding="utf-8")
    table = guide.partition("## At 3 a.m.")[2].partition("\n## ")[0]
    heard = " ".join(row.split("|")[2] for row in table.splitlines() if row.startswith("|"))
    quoted = re.findall(r"`([a-zA-Z][A-Za-z -]* [A-Za-z -]*[a-zA-Z0-9])", heard)
    assert len(quoted) > 15
    sources = [file for room in ("media_service", "sip") for file in (ROOT / room).rglob("*.py")]
    text = re.sub(r"IPv\{[a-z.]*\}", "IPv6", "\n".join(file.read_text(encoding="utf-8") for file in sources))
    assert [phrase for phrase in quoted if phrase not in text] == []


def settings_of(model: type[SettingsModel], prefix: str = "") -> Iterator[str]:
    """The settings of a file as the guide names them: ``sip.tls.key``."""
    for key, field in model.model_fields.items():
        inner = [part for part in models_in(field.annotation) if part is not model]
        if not inner:
            yield f"{prefix}{key}"
        for part in inner:
            yield from settings_of(part, f"{prefix}{key}.")


def models_in(annotation: object) -> Iterator[type[SettingsModel]]:
    """The groups of settings that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, SettingsModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)+[A-Za-z_.-]*)`", text)
    missing = [name for name in named if not any(ROOT.glob(name.rstrip("/"))) and not any(ROOT.glob(f"*/{name}"))]
    assert [name for name in missing if not name.startswith(("run/", "config/secrets"))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8"))
    for file, place in links:
        if not file.startswith(("http:", "https:")):
            target = page.parent / file if file else page
            assert target.exists(), file
            assert not place or place in places(target), f"{file}#{place}"


def places(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) | {"bench-"}
    targets |= {f"bench-{file.stem}" for file in (ROOT / "bench").glob("*.py")}
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
        assert target in targets
