"""Telling: each kind of answer in its way, and any other as lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from vespera_core.app import answers
from vespera_core.app.context.answers import ContextAnswer
from vespera_core.app.roles.answers import AssignAnswer, RolesAnswer
from vespera_core.app.runs.answers import RunAnswer, RunsAnswer, StartedRun
from vespera_core.app.search.answers import RecommendAnswer, SearchAnswer
from vespera_mcp.replies import single, tasks, writes
from vespera_mcp.replies.fencing import cell
from vespera_mcp.replies.fitting import cut_whole
from vespera_mcp.replies.generic import anything
from vespera_mcp.replies.wanted import Wanted

Teller = Callable[[Any, Wanted, int], str]


def told(operation: str, answer: Any, wanted: Wanted, *, now: int) -> str:
    """What an operation answered, as text of at most as many model tokens as there is room for."""
    teller = _BY_OPERATION.get(operation) or _BY_KIND.get(type(answer))
    return cut_whole(anything(answer, wanted) if teller is None else teller(answer, wanted, now), wanted.budget)


def _briefing(answer: ContextAnswer, wanted: Wanted, _now: int) -> str:
    left = ", ".join(f"{one.name} {one.told}/{one.found}" for one in answer.sections if one.cut or one.told < one.found)
    head = f"position {answer.position}{f'; told in part: {left}' if left else ''}"
    return writes.briefed(head, answer.text, wanted)


def _runs(answer: RunsAnswer, wanted: Wanted, now: int) -> str:
    rows = [writes.run_line(one, now) for one in answer.runs]
    return tasks.counted(f"{len(rows)} of {answer.total:,} runs, newest first", rows, wanted)


def _roles(answer: RolesAnswer, wanted: Wanted, _now: int) -> str:
    if wanted.is_full:
        return anything(answer, wanted)
    rows = [f"{one.name}\t{cell(one.description)}\t{', '.join(one.capabilities)}" for one in answer.roles]
    rows += [f"cannot be used: {cell(one.text, 200)}" for one in answer.problems]
    state = "in force" if answer.in_force else "on offer, not in force"
    return tasks.counted(f"{len(answer.roles)} roles, {state}: name, description, capabilities", rows, wanted)


_BY_OPERATION: Final[dict[str, Teller]] = {
    "task.ready": lambda answer, wanted, _: tasks.page(answer, wanted, ready=True),
}
_BY_KIND: Final[dict[type, Teller]] = {
    answers.TaskPage: lambda answer, wanted, _: tasks.page(answer, wanted),
    answers.WaitingPage: lambda answer, wanted, _: tasks.waiting(answer, wanted),
    answers.TreeAnswer: lambda answer, wanted, _: tasks.tree(answer.tree, wanted),
    SearchAnswer: lambda answer, wanted, _: tasks.found(answer, wanted),
    RecommendAnswer: lambda answer, wanted, _: tasks.recommended(answer, wanted),
    answers.TaskDetail: single.detail,
    ContextAnswer: _briefing,
    answers.TaskAnswer: writes.changed,
    AssignAnswer: writes.changed,
    answers.CreateAnswer: lambda answer, wanted, _: writes.created(answer, wanted),
    answers.TasksAnswer: lambda answer, wanted, _: writes.planned(answer, wanted),
    answers.MovedAnswer: lambda answer, wanted, _: writes.moved(answer, wanted),
    answers.CompleteAnswer: writes.completed,
    answers.ClaimAnswer: writes.claimed,
    answers.DeleteAnswer: lambda answer, _wanted, _: writes.deleted(answer),
    answers.RestoreAnswer: lambda answer, _wanted, _: writes.restored(answer),
    answers.CommentAnswer: lambda answer, _wanted, _: writes.commented(answer),
    StartedRun: writes.started,
    RunAnswer: writes.run,
    RunsAnswer: _runs,
    RolesAnswer: _roles,
}
