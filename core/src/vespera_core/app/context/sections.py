"""The sections of a briefing before they are fitted: what there is to say, the most needed first."""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """Pieces of text under a heading, the most needed first; `more` says how to read all of them."""

    name: str
    heading: str
    pieces: tuple[str, ...]
    more: str


def item(head: str, body: str = "") -> str:
    """A line of a list, with the text that belongs to it below: indented, so that no text passes for a heading."""
    text = body.strip()
    return f"- {one_line(head)}" + (f"\n{indented(text)}" if text else "")


def indented(text: str) -> str:
    """Somebody's words as a block: whatever they look like, they stand to the right of what we say."""
    return "\n".join(f"  {line.rstrip()}".rstrip() for line in text.strip().splitlines())


def one_line(text: str) -> str:
    """A text of one line: what would break it becomes a space."""
    return " ".join(text.split())
