"""A page that draws intervals brings the style that they are drawn in: without it they are black squares."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from kedge.adapters import renderers

ROOM = Path(str(files(renderers)))
TEMPLATES = ROOM / "templates"


def drawn(template, seen=()):
    """Return the text of a template and of all that it includes or imports."""
    text = (TEMPLATES / template).read_text("utf-8")
    inner = set(re.findall(r'"([\w.]+\.html)"', text)) - {template, *seen}
    return text + "".join(drawn(name, (*seen, template)) for name in sorted(inner))


@pytest.mark.parametrize("page", sorted(path.name for path in ROOM.glob("*_page.py")))
def test_a_page_with_intervals_has_their_style(page):
    code = (ROOM / page).read_text("utf-8")
    (template,) = set(re.findall(r'"(\w+\.html)"', code)) - {"report.html"}
    assert 'class="interval"' in drawn(template)
    assert '"figures.css"' in code
