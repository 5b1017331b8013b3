"""Pages of HTML that need nothing else: no script, no font, no picture from anywhere. They are well-formed XML too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from vespera_core.cli.pictures.drawing import document
from vespera_core.cli.pictures.marks import said_of
from vespera_core.cli.pictures.style import FACE, sheet
from vespera_core.cli.pictures.svg import Board, legend
from vespera_core.cli.pictures.texts import xml

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer

_PAGE: Final = (
    f"html{{color-scheme:light dark}}body{{margin:0;padding:28px 32px;font:14px/1.5 {FACE}}}"
    "body{background:#fff;color:#1f2328}"
    "h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:36px 0 8px}p{margin:0 0 12px}p,th{color:#59636e}"
    ".scroll{overflow-x:auto;margin:8px -32px;padding:0 32px}"
    "table{border-collapse:collapse}th,td{text-align:left;padding:5px 20px 5px 0;vertical-align:top}"
    "th{font-weight:600;font-size:12px}tr+tr td{border-top:1px solid #e4e8ec}"
    "td:first-child{font:12px/1.75 ui-monospace,Menlo,Consolas,monospace;white-space:nowrap}"
    "@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}p,th{color:#9198a1}"
    "tr+tr td{border-top-color:#262c36}}"
)


def page(title: str, facts: Iterable[str], body: Iterable[str]) -> str:
    """A whole page. `body` is markup; title and facts are text."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return "\n".join([
        "<!DOCTYPE html>",
        '<html xmlns="http://www.w3.org/1999/xhtml" lang="en">',
        f'<head><meta charset="utf-8"/><meta http-equiv="Content-Security-Policy" content="{policy}"/>',
        '<meta name="viewport" content="width=device-width"/><meta name="generator" content="vespera"/>',
        f"<title>{xml(title)}</title><style>{_PAGE}{sheet()}</style></head>",
        f"<body><h1>{xml(title)}</h1>",
        *(f"<p>{xml(one)}</p>" for one in facts),
        *body,
        "</body></html>",
    ])  # fmt: skip


def rows(heading: Sequence[str], cells: Iterable[Sequence[Any]]) -> str:
    """A table."""
    head = "".join(f"<th>{xml(one)}</th>" for one in heading)
    body = "\n".join("<tr>" + "".join(f"<td>{xml(one)}</td>" for one in row) + "</tr>" for row in cells)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def graph_page(answer: PictureAnswer) -> str:
    """The graph, and below it every task that is drawn, as a table."""
    board = Board(answer)
    key = document(760, 18, "Legend", legend(1, 13), inline=True)
    cells = [
        (node.task_id, node.title, said_of(node), node.priority, node.type, "yes" if node.critical else "")
        for node in answer.nodes
    ]
    body = [f'<div class="scroll">{board.svg(inline=True)}</div>']
    table = rows(("Task", "Title", "State", "Priority", "Type", "Critical"), cells)
    return page(board.title, board.facts(), [key, *body, "<h2>Tasks</h2>", table] if cells else [])
