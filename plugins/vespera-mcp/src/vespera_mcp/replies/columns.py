"""Columns: what each line of a list of tasks says, by detail or by the facts that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.public import task_json
from vespera_core.model.task import Task
from vespera_mcp.replies.cells import NUMBERS, cell, compact, moment, until
from vespera_mcp.replies.wanted import OF_ONE, Asked

Columns = dict[str, list[str]]

_LONG: Final = 400
_TITLE: Final = 60
_FULL: Final = (
    "type", "parent_id", "role", "assignee", "tags", "depends_on", "due_at", "estimate_minutes", "updated_at",
    "description",
)  # fmt: skip
_OWN: Final[dict[str, Callable[[Task], str]]] = {
    "status": lambda task: task.status,
    "priority": lambda task: NUMBERS[task.priority],
    "title": lambda task: cell(task.title, _LONG),
}


def columns_of(tasks: Sequence[Task], asked: Asked) -> Columns:
    """The cells of each column, by its name; the ids come first."""
    wanted = asked.wanted
    columns: Columns = {"id": [task.task_id for task in tasks]}
    if wanted.fields:
        _check(wanted.fields)
        return columns | _asked(tasks, [name for name in wanted.fields if name != "task_id"], _LONG)
    columns["status"] = [task.status for task in tasks]
    columns["pri"] = [NUMBERS[task.priority] for task in tasks]
    columns["title"] = [cell(task.title, _LONG if wanted.full else _TITLE) for task in tasks]
    columns["note"] = [_note(task, asked.now) for task in tasks]
    return columns | _asked(tasks, _FULL, _LONG // 2) if wanted.full else columns


def _check(names: Sequence[str]) -> None:
    """Raises InvalidInput for what no list looks up."""
    for name in names:
        if name in OF_ONE:
            raise InvalidInput(
                f"{name} is told of one task alone.", field="fields", next="Leave it out, or ask get_task for it."
            )


def _asked(tasks: Sequence[Task], names: Sequence[str], characters: int) -> Columns:
    public = [task_json(task) if any(name not in _OWN for name in names) else {} for task in tasks]
    return {
        name: [_OWN[name](task) for task in tasks]
        if name in _OWN
        else [_shown(name, one.get(name), characters) for one in public]
        for name in names
    }


def _shown(name: str, value: Any, characters: int) -> str:
    if name.endswith(("_at", "_until")) and isinstance(value, str):
        return value[:19] + "Z"
    if name == "relations" and value:
        return cell(",".join(f"{one['kind']}:{one['task_id']}" for one in value), characters)
    return compact(value, characters)


def _note(task: Task, now: int) -> str:
    """Who holds it, or what keeps it, where there is anything to say."""
    if task.lease_owner is not None and (task.lease_until is None or task.lease_until > now):
        till = f" {until(task.lease_until, now)}" if task.lease_until is not None else ""
        return f"held by {cell(task.lease_owner, 30)}{till}"
    if task.status == "blocked" and task.block_reason:
        return cell(task.block_reason, 40)
    if task.status == "deferred" and task.defer_until is not None:
        return f"until {moment(task.defer_until)}"
    return f"for {cell(task.assignee, 30)}" if task.assignee and task.open else ""


def lined(columns: Columns, keep: Sequence[str] = ()) -> tuple[str, list[str]]:
    """The line that names the columns, and the rows. Columns that say nothing are left out."""
    shown = {name: cells for name, cells in columns.items() if name in keep or name == "id" or any(cells)}
    return "\t".join(shown), ["\t".join(cells) for cells in zip(*shown.values(), strict=True)]
