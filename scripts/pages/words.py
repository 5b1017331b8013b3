"""How the pages are written: Markdown, and the few things that all of them say alike."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTE = "<!-- Computed from the code by scripts/reference.py (make docs). Do not edit by hand. -->"


def page(title: str, lead: str, body: Iterator[str]) -> str:
    """A page: its title, what it is about, and its parts with an empty line between them."""
    parts = [f"# {title}", NOTE, lead, *body]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown; cells are single lines."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Text as code, where there is any."""
    return f"`{text}`" if text else ""


def prose(text: str | None) -> str:
    """A docstring as prose: double backquotes are how code is written there."""
    return inspect.cleandoc(text or "").replace("``", "`")
