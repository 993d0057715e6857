"""Writes the lists in docs/integrators.md from the views and the change feed as they are."""

from pathlib import Path

from cti_server.storage.contracted.page import columns_page

PAGE = Path(__file__).parent / "integrators.md"
MARK = "<!-- made by docs/make_integrators.py from here on -->\n"


def page() -> str:
    """The page with its lists made anew."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    return f"{head}{MARK}\n{columns_page()}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
