"""What waits for what, as a tree: below each task those it waits for. Built without recursion, like all trees here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from vespera_core.cli.views.text import clean, columns, count, fitted

if TYPE_CHECKING:
    from vespera_core.app.graph.answers import PictureAnswer, PictureNode
    from vespera_core.model.graph import Edge

_LINES: Final = 500


def waits(edge: Edge) -> tuple[str, str] | None:
    """Who waits and for whom, by an edge that makes somebody wait; None for other kinds."""
    if edge.kind == "depends_on":
        return edge.source, edge.target
    return (edge.target, edge.source) if edge.kind == "child_of" else None


class Forest:
    """Trees of tasks, from those that none waits for down to those that wait for none; or the tree of one task."""

    def __init__(self, answer: PictureAnswer, root: str | None) -> None:
        self._nodes = {one.task_id: one for one in answer.nodes}
        self._below: dict[str, list[str]] = {one: [] for one in self._nodes}
        self._total = answer.total
        pairs = dict.fromkeys(pair for edge in answer.edges if (pair := waits(edge)) is not None)
        for source, target in pairs:
            self._below[source].append(target)
        for found in self._below.values():
            found.sort(key=self._order)
        needed = {target for _, target in pairs}
        self._roots = [root] if root is not None else self._tops(needed)
        self._alone = 0 if root is not None else sum(not self._below[one] for one in self._roots)

    def _order(self, task_id: str) -> tuple[bool, bool, str]:
        """The critical path first, then the tasks with trees of their own."""
        return not self._nodes[task_id].critical, not self._below[task_id], task_id

    def _tops(self, needed: set[str]) -> list[str]:
        """Tasks that none waits for. In a circle each waits for another: its smallest id stands for it."""
        tops = sorted((one for one in self._nodes if one not in needed), key=self._order)
        reached = {one for top in tops for one in self._reached(top)}
        for one in sorted(self._nodes):
            if one not in reached:
                tops.append(one)
                reached.update(self._reached(one))
        return tops

    def _reached(self, top: str) -> set[str]:
        found, waiting = {top}, [top]
        while waiting:
            for one in self._below[waiting.pop()]:
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return found

    def _walk(self, depth: int) -> Iterator[tuple[PictureNode, int, bool, tuple[bool, ...]]]:
        """Each task with its level, whether it was shown before, and which of its ancestors are the last of theirs."""
        seen: set[str] = set()
        waiting: list[tuple[str, int, tuple[bool, ...]]] = [(one, 0, ()) for one in reversed(self._roots)]
        while waiting:
            task_id, level, lasts = waiting.pop()
            repeated = task_id in seen and bool(self._below[task_id])
            seen.add(task_id)
            yield self._nodes[task_id], level, repeated, lasts
            if not repeated and level < depth:
                below = self._below[task_id]
                ends = [place == len(below) - 1 for place in range(len(below))]
                waiting.extend(
                    (one, level + 1, (*lasts, end)) for one, end in reversed(list(zip(below, ends, strict=True)))
                )

    def as_text(self, depth: int) -> str:
        """One line a task; ``*`` marks the critical path. Tasks without any tree are counted, not listed."""
        if not self._nodes:
            return "Nothing is open here, so nothing waits."
        room, hidden = columns(), 0
        lines: list[str] = []
        for node, level, repeated, lasts in self._walk(depth):
            if level == 0 and self._alone and not self._below[node.task_id]:
                continue
            if len(lines) >= _LINES:
                hidden += 1
                continue
            line = self._line(node, repeated, lasts, cut=level == depth)
            lines.append(line if room is None else fitted(line, room))
        return "\n".join([*lines, *self._notes(hidden)])

    def _line(self, node: PictureNode, repeated: bool, lasts: tuple[bool, ...], *, cut: bool) -> str:
        mark = "* " if node.critical else "  "
        stem = "".join("   " if last else "\u2502  " for last in lasts[:-1])
        branch = ("\u2514\u2500 " if lasts[-1] else "\u251c\u2500 ") if lasts else ""
        below = len(self._below[node.task_id])
        more = "  (shown above)" if repeated else f"  (+{below} below)" if cut and below else ""
        return f"{mark}{stem}{branch}{node.task_id}  {clean(node.title)}  [{state(node)}]{more}"

    def _notes(self, hidden: int) -> Iterator[str]:
        if hidden:
            yield f"  and {hidden:,} lines more: --json lists all"
        if any(node.critical for node in self._nodes.values()):
            yield "  * on the critical path"
        if self._alone:
            yield f"  and {count(self._alone, 'task')} besides, where none waits for another"
        if self._total > len(self._nodes):
            yield f"  {len(self._nodes):,} of {self._total:,} tasks: narrow it with an ID or --project"

    def as_json(self, depth: int) -> dict[str, Any]:
        """Nested objects, down to `depth` levels; `omitted` counts what lies deeper."""
        path: list[dict[str, Any]] = []
        roots: list[dict[str, Any]] = []
        for node, level, repeated, _ in self._walk(depth):
            below = self._below[node.task_id]
            shown = {
                "task_id": node.task_id, "title": node.title, "status": node.status, "open": node.open,
                "ready": node.ready, "critical": node.critical, "repeated": repeated, "children": [],
            }  # fmt: skip
            if level == depth and below and not repeated:
                shown["omitted"] = len(below)
            del path[level:]
            (path[-1]["children"] if path else roots).append(shown)
            path.append(shown)
        return {"trees": roots, "total": self._total}


def state(node: PictureNode) -> str:
    """A status, or ``ready`` for what can be worked on now."""
    return "ready" if node.ready else node.status
