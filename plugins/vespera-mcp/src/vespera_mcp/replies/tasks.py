"""Lists of tasks: a line that says how many, and a line for each with tabs between what is told of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from vespera_core.app.answers import Reason, TaskPage, TreeNode, WaitingPage
from vespera_core.app.search.answers import RecommendAnswer, SearchAnswer
from vespera_core.model.public import public
from vespera_core.model.task import PRIORITIES, Task
from vespera_mcp.replies.cursors import joined, split
from vespera_mcp.replies.fencing import cell
from vespera_mcp.replies.fitting import fitted_rows, lines_left_out
from vespera_mcp.replies.wanted import Wanted

Row = Callable[[Task], str]

_RANKS: Final = {name: f"P{rank}" for rank, name in enumerate(PRIORITIES)}
_QUIET: Final = frozenset({"pending"})
_SNIPPET: Final = 160


def rank(task: Task) -> str:
    """How urgent a task is, P0 to P4."""
    return _RANKS.get(task.priority, task.priority)


def line(task: Task) -> str:
    """What tells a task from others: id, status and holder, priority, title."""
    held = f" @{cell(task.lease_owner, 30)}" if task.lease_owner else ""
    return f"{task.task_id}\t{task.status}{held}\t{rank(task)}\t{cell(task.title)}"


def _quiet_line(task: Task) -> str:
    """The same of a task that is ready: all are pending, and nobody holds them."""
    status = "" if task.status in _QUIET else f"{task.status} "
    return f"{task.task_id}\t{status}{rank(task)}\t{cell(task.title)}"


def row_of(wanted: Wanted, usual: Row = line) -> Row:
    """How each task is told."""
    if wanted.fields:
        return lambda task: "\t".join((task.task_id, *_chosen(task, wanted.fields)))
    return _whole if wanted.is_full else usual


def _chosen(task: Task, fields: Iterable[str]) -> list[str]:
    known: dict[str, Any] = public(task)
    return [_value(known[name]) for name in fields if name != "task_id"]


def _value(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    return cell(value if isinstance(value, str) else _dense(value), 400)


def _whole(task: Task) -> str:
    """Every fact of a task that says something, as one line of JSON."""
    return _dense({name: value for name, value in public(task).items() if value not in (None, "", [], {})})


def _dense(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _columns(wanted: Wanted, usual: str) -> str:
    if wanted.fields:
        return ", ".join(("id", *(one for one in wanted.fields if one != "task_id")))
    return "JSON" if wanted.is_full else usual


# ---------------------------------------------------------------- pages


def page(answer: TaskPage, wanted: Wanted, *, ready: bool = False) -> str:
    """A page of tasks."""
    row = row_of(wanted, _quiet_line if ready else line)
    columns = _columns(wanted, "id, priority, title" if ready else "id, status, priority, title")
    word = "ready" if ready else "tasks"
    return _paged([row(task) for task in answer.tasks], answer.total, answer.next_cursor, wanted, word, columns)


def found(answer: SearchAnswer, wanted: Wanted) -> str:
    """What was found, best first."""
    row = row_of(wanted)
    rows = [
        row(task) if not wanted.is_full else f"{row(task)}{_snippets(hit)}"
        for task, hit in zip(answer.tasks, answer.hits, strict=True)
    ]
    notes = []
    if answer.degraded:
        notes.append(f"(Meaning was not looked at: {cell(answer.reason or '', 200)})")
    if answer.suggestion:
        notes.append(f"(Did you mean: {cell(answer.suggestion)}?)")
    columns = _columns(wanted, "id, status, priority, title")
    return _paged(rows, answer.total, answer.next_cursor, wanted, "found", columns, notes)


def _snippets(hit: Any) -> str:
    return "".join(f"\t{one.field}: {cell(one.text, _SNIPPET)}" for one in hit.snippets[:2])


def _paged(
    rows: Sequence[str], total: int, cursor: str | None, wanted: Wanted, word: str, columns: str,
    notes: Sequence[str] = (),
) -> str:  # fmt: skip
    """Rows of a page, without those that a reply before this one told."""
    start, skipped = split(wanted.cursor)
    rows = rows[skipped:]
    head = f"{len(rows)} of {total:,} {word}: {columns}" if rows or total else f"0 {word}"
    tail = "\n".join((*notes, f"next: cursor={joined(cursor, 0)}" if cursor else "")).strip()

    def left_out(told: int) -> str:
        return f"(No room for {len(rows) - told} of them.) next: cursor={joined(start, skipped + told)}"

    return fitted_rows(head, rows, tail, wanted.budget, left_out)


def waiting(answer: WaitingPage, wanted: Wanted) -> str:
    """Tasks that wait, and for what."""
    row = row_of(wanted)
    rows = [f"{row(one.task)}\t{reasons(one.waits_for)}" for one in answer.tasks]
    columns = _columns(wanted, "id, status, priority, title")
    return _paged(rows, answer.total, answer.next_cursor, wanted, "waiting", f"{columns}, waits for")


def reasons(waits_for: Iterable[Reason]) -> str:
    """What a task waits for, within a line."""
    return "; ".join(cell(one.message) for one in waits_for)


def recommended(answer: RecommendAnswer, wanted: Wanted) -> str:
    """What to take up next, with reasons."""
    rows = [f"{_quiet_line(one.task)}\t{'; '.join(cell(why) for why in one.reasons)}" for one in answer.recommended]
    return counted(f"{len(rows)} of {answer.ready:,} ready: id, priority, title, why", rows, wanted)


# ---------------------------------------------------------------- trees


def tree(root: TreeNode, wanted: Wanted) -> str:
    """A tree, each level two spaces further in."""
    row = row_of(wanted)
    rows: list[str] = []
    left = [(root, 0)]
    while left:
        node, depth = left.pop()
        rows.append(f"{'  ' * depth}{row(node.task)}{' (see above)' if node.repeated else ''}")
        left.extend((child, depth + 1) for child in reversed(node.children))
    return counted(f"{len(rows):,} tasks: {_columns(wanted, 'id, status, priority, title')}", rows, wanted)


def counted(head: str, rows: Sequence[str], wanted: Wanted) -> str:
    """Rows under a head, with a note of those that had no room."""
    from vespera_core.model.tokens import most_tokens

    whole = most_tokens("\n".join((head, *rows))) if len(head) + sum(map(len, rows)) > wanted.budget // 3 else 0
    return fitted_rows(head, rows, "", wanted.budget, lines_left_out(rows, whole))
