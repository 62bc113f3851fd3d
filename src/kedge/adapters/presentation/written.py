"""A message as plain text, HTML or Markdown."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.adapters.presentation.message import Message, Section

_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+!|<>~])")


def as_text(message: Message) -> str:
    """Write it as text, with the names of facts below each other."""
    sections = ["\n".join(_text(section)) for section in message.sections]
    return _parts(message.opening, *sections, "\n".join(message.lines), message.footer)


def as_html(message: Message) -> str:
    """Write it as HTML: what is said may hold anything, and none of it is HTML."""
    opening = "".join(f"<p>{_lines(part)}</p>" for part in message.opening.split("\n\n") if part)
    listed = "".join(f"<li>{escape(line)}</li>" for line in message.lines)
    lines = f"<ul>{listed}</ul>" if listed else ""
    return opening + "".join(map(_html, message.sections)) + f"{lines}<p>{escape(message.footer)}</p>"


def as_markdown(message: Message) -> str:
    """Write it as Markdown."""
    lines = "\n".join(f"- {_marked(line)}" for line in message.lines)
    opening = "\n".join(_marked(line) for line in message.opening.split("\n"))
    return _parts(opening, *("\n".join(_markdown(section)) for section in message.sections), lines, message.footer)


def _text(section: Section) -> Iterator[str]:
    width = max((len(name) for name, _ in section.facts), default=0) + 2
    yield section.title
    yield from (f"  {name:{width}}{value}" for name, value in section.facts)
    yield from (f"  - {line}" for line in section.worst)


def _html(section: Section) -> str:
    facts = "<br>".join(f"<b>{escape(name)}</b>: {_linked(value)}" for name, value in section.facts)
    worst = "".join(f"<li>{escape(line)}</li>" for line in section.worst)
    return f"<h3>{escape(section.title)}</h3><p>{facts}</p>" + (f"<ul>{worst}</ul>" if worst else "")


def _markdown(section: Section) -> Iterator[str]:
    yield f"**{_marked(section.title)}**\n"
    yield from (f"- {name}: {_marked(value)}" for name, value in section.facts)
    yield from (f"- {_marked(line)}" for line in section.worst)


def _parts(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _linked(value: str) -> str:
    text = escape(value)
    return f'<a href="{text}">{text}</a>' if re.fullmatch(r"https?://[^\s]+", value) else text


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _marked(text: str) -> str:
    """Escape what Markdown would read; URLs are what they are."""
    return text if re.fullmatch(r"https?://[^\s<>()]+", text) else _MARKS.sub(r"\\\1", text)
