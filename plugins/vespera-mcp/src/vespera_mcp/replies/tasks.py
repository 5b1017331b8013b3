"""Lists of tasks: pages, search, trees, what is alike, what is recommended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vespera_core.app.answers import Explanation, Reason, TaskPage, TreeAnswer, TreeNode, WaitingPage
from vespera_core.model.task import Task
from vespera_mcp.replies.cells import cell
from vespera_mcp.replies.columns import Columns, columns_of, lined
from vespera_mcp.replies.cursors import joined, split
from vespera_mcp.replies.fitting import LEAST_ROW, listing, table
from vespera_mcp.replies.wanted import Asked

_ORDERS = {"task.ready": "most urgent first", "task.search": "best first"}
_NAMED = 4


def told_page(answer: TaskPage, asked: Asked) -> str:
    return paged(answer.tasks, {}, answer, asked)


def told_waiting(answer: WaitingPage, asked: Asked) -> str:
    waits = [reasons(one.waits_for) for one in answer.tasks]
    return paged([one.task for one in answer.tasks], {"waits_for": waits}, answer, asked)


def told_search(answer: Any, asked: Asked) -> str:
    """Tasks found, best first; where meaning could not be asked, and what else may have been meant."""
    notes = [f"by words alone: {cell(answer.reason, 120)}"] if answer.degraded and answer.reason else []
    if answer.suggestion and not answer.tasks:
        notes.append(f"did you mean: {cell(answer.suggestion, 100)}")
    found = [_snippet(hit) for hit in answer.hits] if asked.wanted.full and not asked.wanted.fields else []
    return paged(answer.tasks, {"found": found} if found else {}, answer, asked, notes)


def _snippet(hit: Any) -> str:
    best = next((one for one in hit.snippets if one.field != "title"), None)
    return cell(f"{best.field}: {best.text}", 160) if best else ""


def paged(
    tasks: Sequence[Task], further: Columns, page: Any, asked: Asked, notes: Sequence[str] = (),
) -> str:  # fmt: skip
    """A page of tasks from where the cursor stands, and the cursor that goes on after the last line."""
    store, skip = split(asked.wanted.cursor)
    count = max(0, len(tasks) - skip)
    end = skip + asked.wanted.budget // LEAST_ROW  # no budget holds more
    names, rows = lined(columns_of(tasks[skip:end], asked) | {name: cells[skip:end] for name, cells in further.items()})
    order = f", {_ORDERS[asked.operation]}" if asked.operation in _ORDERS and count > 1 else ""
    ready = "ready " if asked.operation == "task.ready" else ""
    many = f"{page.total} {ready}task{'' if page.total == 1 else 's'}"
    head = [many if count == page.total else f"{count} of {many}{order}", *notes, *([names] if rows else [])]

    def onward(told: int) -> str | None:
        cursor = joined(store, skip + told) if told < count else page.next_cursor
        return f"next: cursor={cursor}" if cursor else None

    return listing(head, rows, asked.wanted, onward)


# ---------------------------------------------------------------- what waits


def reasons(waits_for: Sequence[Reason]) -> str:
    """What a task waits for: the ids, or else the sentence."""
    named = [f"{one.kind} {one.task_id}" if one.task_id else cell(one.message, 80) for one in waits_for[:_NAMED]]
    more = len(waits_for) - len(named)
    return ", ".join(named) + (f", {more} more" if more else "")


def sentences(waits_for: Sequence[Reason]) -> str:
    """The same where there is room to say why."""
    named = "; ".join(cell(one.message, 120) for one in waits_for[:_NAMED])
    more = len(waits_for) - _NAMED
    return f"{named}; {more} more" if more > 0 else named


def told_explanation(answer: Explanation, asked: Asked) -> str:
    head = f"{answer.task_id} {answer.status}: {'ready' if answer.ready else 'not ready'}"
    rows = [f"{one.kind}\t{one.task_id or ''}\t{cell(one.message, 200)}" for one in answer.waits_for]
    return table([head, *(["kind\ttask\twhy"] if rows else [])], rows, asked.wanted)


# ---------------------------------------------------------------- trees


def told_tree(answer: TreeAnswer, asked: Asked) -> str:
    """One line a task; the dots before an id say how deep it hangs."""
    nodes = list(_walked(answer.tree))
    tasks = [node.task for _, node in nodes]
    columns = columns_of(tasks, asked)
    columns["id"] = [f"{'.' * depth}{node.task.task_id}{'*' if node.repeated else ''}" for depth, node in nodes]
    names, rows = lined(columns)
    open_ones = sum(task.open for task in tasks)
    what = "depends on what hangs below it" if asked.operation == "dependency.tree" else "dots: depth"
    star = ", *: told above" if any(node.repeated for _, node in nodes) else ""
    return table([f"{len(rows)} tasks, {open_ones} open ({what}{star})", names], rows, asked.wanted)


def _walked(top: TreeNode) -> Iterator[tuple[int, TreeNode]]:
    waiting = [(0, top)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting += [(depth + 1, child) for child in reversed(node.children)]


# ---------------------------------------------------------------- alike and recommended


def told_similar(answer: Any, asked: Asked) -> str:
    head = f"{len(answer.similar)} tasks like {answer.task_id}; from {answer.threshold:.2f} on maybe the same"
    return table([head, "likeness\tid\tstatus\ttitle"], [alike(one) for one in answer.similar], asked.wanted)


def alike(one: Any) -> str:
    return f"{one.likeness:.2f}\t{one.task_id}\t{one.status}\t{cell(one.title)}"


def told_recommended(answer: Any, asked: Asked) -> str:
    tasks = [one.task for one in answer.recommended]
    why = [cell("; ".join(one.reasons), 120) for one in answer.recommended]
    names, rows = lined(columns_of(tasks, asked) | {"why": why})
    head = f"{len(rows)} of {answer.ready} ready tasks recommended to {cell(answer.actor)}, best first"
    return table([head, names], rows, asked.wanted)


def told_duplicates(answer: Any, asked: Asked) -> str:
    rows = [f"{place}\t{alike(one)}" for place, group in enumerate(answer.groups, 1) for one in group.tasks]
    head = f"{len(answer.groups)} of {answer.total} groups of tasks that may be the same, among {answer.compared}"
    return table([head, "group\tlikeness\tid\tstatus\ttitle"] if rows else [head], rows, asked.wanted)


def told_clusters(answer: Any, asked: Asked) -> str:
    rows = [f"{one.size}\t{one.open}\t{cell(one.label)}\t{','.join(one.task_ids[:5])}" for one in answer.clusters]
    return table([f"{len(rows)} groups of {answer.tasks} tasks", "size\topen\tlabel\ttasks"], rows, asked.wanted)


def told_file_tasks(answer: Any, asked: Asked) -> str:
    named = [",".join(one.named_in) for one in answer.tasks]
    names, rows = lined(columns_of([one.task for one in answer.tasks], asked) | {"named_in": named})
    return table([f"{len(rows)} of {answer.total} tasks about {cell(answer.file, 200)}", names], rows, asked.wanted)
