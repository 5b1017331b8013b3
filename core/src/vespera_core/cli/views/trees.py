"""Trees, as text and as JSON, built without recursion: a chain of dependencies may be longer than any stack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vespera_core.cli.views.text import clean, columns, fitted

if TYPE_CHECKING:
    from vespera_core.app.answers import TreeNode


def as_text(root: TreeNode, depth: int) -> str:
    """One line a task, indented below what it belongs to."""
    room = columns()
    lines = []
    for node, level in _walk(root, depth):
        task = node.task
        more = (
            "  (shown above)"
            if node.repeated
            else f"  (+{len(node.children)} below)"
            if node.children and level == depth
            else ""
        )
        text = f"{'  ' * level}{task.task_id}  {clean(task.title)}  [{task.status}]{more}"
        lines.append(text if room is None else fitted(text, room))
    return "\n".join(lines)


def as_json(root: TreeNode, depth: int) -> dict[str, Any]:
    """Nested objects, down to `depth` levels; `omitted` counts the children that lie deeper."""
    from vespera_core.model.public import task_json

    path: list[dict[str, Any]] = []
    for node, level in _walk(root, depth):
        shown = {"task": task_json(node.task), "children": [], "repeated": node.repeated}
        if level == depth and node.children:
            shown["omitted"] = len(node.children)
        del path[level:]
        if path:
            path[-1]["children"].append(shown)
        path.append(shown)
    return path[0]


def _walk(root: TreeNode, depth: int) -> Iterator[tuple[TreeNode, int]]:
    waiting = [(root, 0)]
    while waiting:
        node, level = waiting.pop()
        yield node, level
        if level < depth:
            waiting.extend((child, level + 1) for child in reversed(node.children))
