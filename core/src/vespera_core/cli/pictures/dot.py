"""The graph in the language of Graphviz; for quoted strings see https://graphviz.org/doc/info/lang.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vespera_core.cli.pictures.marks import arrows, kind_of, note_on
from vespera_core.cli.pictures.texts import legible

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer, PictureNode

_COLOURS: Final = {
    "ready": ("#dafbe1", "#1a7f37", "#1f2328"),
    "active": ("#ddf4ff", "#0969da", "#1f2328"),
    "waits": ("#f6f8fa", "#818b98", "#1f2328"),
    "closed": ("#eaeef2", "#afb8c1", "#59636e"),
}
_LINE: Final = 34


def quoted(text: str) -> str:
    """Text inside double quotes: Graphviz takes backslashes and entities in it as marks, unless they are written so."""
    return legible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def digraph(answer: PictureAnswer) -> str:
    """Nodes n1, n2, ... with id and title; an arrow leads from a task to the one that waits for it."""
    names = {node.task_id: f"n{number}" for number, node in enumerate(answer.nodes, 1)}
    lines = [
        "digraph tasks {",
        *(f"  // {one}" for one in note_on(answer)),
        "  rankdir=LR; bgcolor=transparent; nodesep=0.2; ranksep=0.6;",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica,Arial,sans-serif", fontsize=10];',
        '  edge [color="#818b98", arrowsize=0.7];',
    ]
    lines += [f"  {names[node.task_id]} [{_node(node)}];" for node in answer.nodes]
    for arrow in arrows(answer):
        marks = ["style=dashed"] if arrow.part else []
        marks += ['color="#bc4c00", penwidth=2.5'] if arrow.critical else []
        style = f" [{', '.join(marks)}]" if marks else ""
        lines.append(f"  {names[arrow.first]} -> {names[arrow.then]}{style};")
    return "\n".join([*lines, "}"])


def _node(node: PictureNode) -> str:
    fill, line, ink = _COLOURS[kind_of(node)]
    rows = "\\n".join(quoted(one) for one in (node.task_id, *_rows(node.title)))
    border = 'color="#bc4c00", penwidth=2.5' if node.critical else f'color="{line}"'
    return f'label="{rows}", fillcolor="{fill}", fontcolor="{ink}", {border}'


def _rows(title: str) -> list[str]:
    """A title on lines of readable length."""
    from textwrap import wrap

    return wrap(legible(title), _LINE, max_lines=3, placeholder=" \u2026")
