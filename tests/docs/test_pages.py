"""The pages hang together: links resolve, every page is in an index, none names what is not the project's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a page make."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _links(page: Path) -> list[str]:
    return [link for link in LINK.findall(CODE.sub("", page.read_text("utf-8"))) if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_relative_links_resolve(page):
    broken = []
    for link in _links(page):
        target, _, anchor = link.partition("#")
        found = (page.parent / target).resolve() if target else page
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            broken.append(link)
    assert broken == []


def test_every_page_can_be_reached_from_the_index():
    reached, ahead = set(), [ROOT / "docs/README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        linked = {(page.parent / link.partition("#")[0]).resolve() for link in _links(page)}
        ahead += [found for found in linked - reached if found.suffix == ".md" and found.is_file()]
    assert set((ROOT / "docs").rglob("*.md")) - reached == set()


@pytest.mark.parametrize("folder", [".", "decisions"])
def test_no_page_is_in_an_index_twice(folder):
    links = _links(ROOT / "docs" / folder / "README.md")
    assert [link for link in dict.fromkeys(links) if links.count(link) > 1] == []


@pytest.mark.parametrize("folder", ["how-to", "tutorials", "reference", "explanation"])
def test_every_page_is_in_the_index_itself(folder):
    pages = {f"{folder}/{page.name}" for page in (ROOT / "docs" / folder).glob("*.md")}
    assert pages - set(_links(ROOT / "docs/README.md")) == set()


def test_decisions_stand_in_their_order():
    pages = _links(ROOT / "docs/decisions/README.md")
    assert pages == sorted(page.name for page in (ROOT / "docs/decisions").glob("0*.md"))


@pytest.mark.parametrize("folder", ["tutorials", "how-to", "reference", "explanation", "decisions"])
def test_every_page_begins_with_its_title(folder):
    pages = (ROOT / "docs" / folder).rglob("*.md")
    assert [page.name for page in pages if not page.read_text("utf-8").startswith("# ")] == []
