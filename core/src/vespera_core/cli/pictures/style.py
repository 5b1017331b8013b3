"""The colours and faces of pictures, by day and by night: plain declarations, which every viewer of SVG takes."""

from __future__ import annotations

from typing import Final

FACE: Final = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_CODE: Final = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"

_COLOURS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("paper", "fill", "#ffffff", "#0d1117"),
    ("ink", "fill", "#1f2328", "#e6edf3"),
    ("quiet", "fill", "#59636e", "#9198a1"),
    ("card", "fill", "#ffffff", "#161b22"),
    ("card", "stroke", "#d1d9e0", "#3d444d"),
    ("card-closed", "fill", "#f6f8fa", "#10151c"),
    ("card-critical", "stroke", "#bc4c00", "#f0883e"),
    ("bar-ready", "fill", "#1a7f37", "#3fb950"),
    ("bar-active", "fill", "#0969da", "#4493f8"),
    ("bar-waits", "fill", "#afb8c1", "#656c76"),
    ("bar-closed", "fill", "#d1d9e0", "#3d444d"),
    ("ink-ready", "fill", "#1a7f37", "#3fb950"),
    ("ink-active", "fill", "#0969da", "#4493f8"),
    ("ink-waits", "fill", "#59636e", "#9198a1"),
    ("ink-closed", "fill", "#59636e", "#9198a1"),
    ("ink-critical", "fill", "#bc4c00", "#f0883e"),
    ("arrow", "stroke", "#9aa4af", "#656c76"),
    ("arrow-critical", "stroke", "#bc4c00", "#f0883e"),
    ("head", "fill", "#9aa4af", "#656c76"),
    ("head-critical", "fill", "#bc4c00", "#f0883e"),
    ("halo", "stroke", "#ffffff", "#0d1117"),
    ("grid", "stroke", "#e4e8ec", "#262c36"),
    ("axis", "stroke", "#afb8c1", "#656c76"),
    ("scope-line", "stroke", "#59636e", "#9198a1"),
    ("scope-area", "fill", "#eaeef2", "#1c222b"),
    ("done-line", "stroke", "#1a7f37", "#3fb950"),
    ("done-area", "fill", "#b4e5c0", "#1b4a29"),
    ("sure-50", "fill", "#80ccff", "#0c4a86"),
    ("sure-80", "fill", "#218bff", "#1f6feb"),
    ("sure-95", "fill", "#0550ae", "#79c0ff"),
    ("sure-line", "stroke", "#0969da", "#4493f8"),
)
"""Class, property, colour by day, colour by night."""

_SHAPES: Final = (
    f"text{{font-family:{FACE}}}"
    f".code{{font-family:{_CODE};font-size:11px}}"
    ".heading{font-size:18px;font-weight:600}.lead{font-size:13px}.title{font-size:13px}.small{font-size:11px}"
    ".strong{font-weight:600}.middle{text-anchor:middle}.end{text-anchor:end}"
    ".card{stroke-width:1}.card-critical{stroke-width:2}"
    ".arrow,.arrow-critical{fill:none;stroke-width:1.4}.arrow-critical{stroke-width:2.6}"
    ".part{stroke-dasharray:4 4}.grid,.axis{stroke-width:1}"
    ".scope-line,.done-line,.sure-line{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".halo{stroke-width:4px;paint-order:stroke;stroke-linejoin:round}"
    ".fit{max-width:100%;height:auto}"
)


def sheet() -> str:
    """The style sheet: by day, and by night for who prefers it."""
    day = "".join(f".{name}{{{rule}:{light}}}" for name, rule, light, _ in _COLOURS)
    night = "".join(f".{name}{{{rule}:{dark}}}" for name, rule, _, dark in _COLOURS)
    return f"{_SHAPES}{day}@media (prefers-color-scheme:dark){{{night}}}"
