"""The few shapes that pictures are made of, as elements of SVG."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vespera_core.cli.pictures.style import sheet
from vespera_core.cli.pictures.texts import xml


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: object, classes: str) -> str:
    """A line of text whose foot stands at a point."""
    return f'<text x="{number(x)}" y="{number(y)}" class="{classes}">{xml(words)}</text>'


def box(x: float, y: float, width: float, height: float, classes: str, corner: float = 0) -> str:
    """A rectangle."""
    size = f'width="{number(width)}" height="{number(height)}"'
    round_ = f' rx="{number(corner)}"' if corner else ""
    return f'<rect x="{number(x)}" y="{number(y)}" {size}{round_} class="{classes}"/>'


def line(x1: float, y1: float, x2: float, y2: float, classes: str) -> str:
    """A straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f'<line {ends} class="{classes}"/>'


def path(data: str, classes: str, more: str = "") -> str:
    """A path of SVG."""
    return f'<path d="{data}" class="{classes}"{more}/>'


_LEGIBLE: Final = 0.75
"""How far a picture shrinks to fit a window; beyond that the window scrolls."""

_CANVAS: Final = ":root{background:#fff}@media (prefers-color-scheme:dark){:root{background:#0d1117}}"


def document(width: float, height: float, label: str, parts: Iterable[str], *, inline: bool = False) -> str:
    """A whole picture: by itself with its style sheet and paper, or to stand in a page that has them."""
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    least = f'class="fit" style="min-width:{number(_LEGIBLE * width)}px"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {least} role="img" aria-label="{xml(label)}">'
    own = [] if inline else [f"<style>{sheet()}{_CANVAS}</style>", '<rect width="100%" height="100%" class="paper"/>']
    return "\n".join([head, *own, *parts, "</svg>"])
