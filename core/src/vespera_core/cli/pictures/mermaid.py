"""The graph as a Mermaid flowchart. Every label is quoted, with entity codes for whatever Mermaid could take as syntax.

See https://mermaid.js.org/syntax/flowchart.html, "Special characters that break syntax". A few marks are looked for
after the codes are read (line breaks, formulas, icons): a space of no width keeps those apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vespera_core.cli.pictures.marks import LABELS, arrows, kind_of, note_on
from vespera_core.cli.pictures.texts import legible

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer

_SYNTAX: Final = re.compile(
    r"""["#;&<>`\\\[\]{}|*_~$%^@=+]"""  # quotes, entities, markup, shapes, comments and directives
    r"""|\bend\b|style|classDef"""  # keywords that are looked for everywhere in a line
    r"""|(?<=\d)[.)](?=\s)|^[-.]|(?<=\s)-(?=\s)|--|://"""  # lists, arrows and links
)
_LATE: Final = re.compile(r"(?<=\\)(?=n)|(?<=\$)(?=\$)|(?<=:)(?=fa-)")
_LONGEST: Final = 80
_ARROWS: Final = 500
"""So many arrows Mermaid draws, unless its setting maxEdges says otherwise."""

_STYLES: Final = {
    "ready": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "active": "fill:#ddf4ff,stroke:#0969da,color:#1f2328",
    "waits": "fill:#f6f8fa,stroke:#818b98,color:#1f2328",
    "closed": "fill:#eaeef2,stroke:#afb8c1,color:#59636e",
    "critical": "stroke:#bc4c00,stroke-width:3px",
}


def label(text: str) -> str:
    """Text between double quotes."""
    shown = legible(text)
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "\u2026"
    return _SYNTAX.sub(lambda found: "".join(f"#{ord(one)};" for one in found[0]), _LATE.sub("\u200b", shown))


def flowchart(answer: PictureAnswer) -> str:
    """Nodes n1, n2, ... with id and title; an arrow leads from a task to the one that waits for it."""
    names = {node.task_id: f"n{number}" for number, node in enumerate(answer.nodes, 1)}
    drawn = arrows(answer)
    notes = [*note_on(answer), *([f"There are more than {_ARROWS} arrows: raise maxEdges."] * (len(drawn) > _ARROWS))]
    return "\n".join([
        "flowchart LR",
        *(f"  %% {one}" for one in [*notes, f"{', '.join(LABELS.values())}; the critical path has thick borders"]),
        *(
            f'  {names[node.task_id]}["{label(node.task_id)}<br/>{label(node.title)}"]:::{kind_of(node)}'
            for node in answer.nodes
        ),
        *(f"  {names[one.first]} {'-.->' if one.part else '-->'} {names[one.then]}" for one in drawn),
        *(f"  classDef {kind} {style}" for kind, style in _STYLES.items()),
        *_critical([names[node.task_id] for node in answer.nodes if node.critical], "class", " critical"),
        *_critical([str(at) for at, one in enumerate(drawn) if one.critical], "linkStyle", f" {_STYLES['critical']}"),
    ])  # fmt: skip


def _critical(names: list[str], word: str, style: str) -> list[str]:
    return [f"  {word} {','.join(names)}{style}"] if names else []
