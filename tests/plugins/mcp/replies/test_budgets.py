"""The law of budgets: no reply has more tokens than were asked for, and none loses what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counting import tokens
from plugins.mcp.replies.making import HOSTILE, NOW, TEXTS, task, tasks
from reliability.support.dose import dose
from vespera_core.app.answers import (
    ClaimAnswer,
    CompleteAnswer,
    CreateAnswer,
    DeleteAnswer,
    MovedAnswer,
    Reason,
    SimilarTask,
    TaskDetail,
    TaskPage,
    TasksAnswer,
    TreeAnswer,
    TreeNode,
    WaitingPage,
    WaitingTask,
)
from vespera_core.app.context.answers import ContextAnswer
from vespera_core.app.runs.answers import StartedRun
from vespera_core.app.runs.record import Run
from vespera_core.app.search.answers import Hit, SearchAnswer, Snippet
from vespera_core.model.task import Task
from vespera_core.ports.format import Comment
from vespera_mcp.replies.cursors import split
from vespera_mcp.replies.telling import told
from vespera_mcp.replies.wanted import OF_ONE, OF_TASKS, Wanted

Made = Callable[[list[Task], str], Any]

ANSWERS: dict[str, Made] = {
    "task.list": lambda found, text: TaskPage(tuple(found), 10_000, "c" * 60),
    "task.blocked": lambda found, text: WaitingPage(
        tuple(WaitingTask(one, (Reason("held", text), Reason("child", text, one.task_id))) for one in found), 5_000
    ),
    "task.search": lambda found, text: SearchAnswer(
        tuple(found),
        900,
        tuple(Hit(one.task_id, 1.0, (Snippet("notes", text),)) for one in found),
        {},
        "text",
        degraded=True,
        reason=text,
        suggestion=text,
    ),
    "task.get": lambda found, text: TaskDetail(
        found[0],
        False,
        (Reason("held", text),),
        tuple(one.task_id for one in found),
        (),
        tuple(Comment(NOW, text, text) for _ in found),
    ),
    "task.tree": lambda found, text: TreeAnswer(TreeNode(found[0], tuple(TreeNode(one) for one in found[1:]))),
    "task.create": lambda found, text: CreateAnswer(found[0], False, (SimilarTask("bd-9", text, "pending", 0.9),)),
    "task.create_many": lambda found, text: TasksAnswer(tuple(found)),
    "task.update": lambda found, text: MovedAnswer(tuple(found), tuple(one.task_id for one in found)),
    "task.complete": lambda found, text: CompleteAnswer(
        tuple(found), tuple(one.task_id for one in found), ClaimAnswer(found[0], 3, NOW, text)
    ),
    "task.delete": lambda found, text: DeleteAnswer(tuple(one.task_id for one in found), dry_run=True),
    "task.context": lambda found, text: ContextAnswer(
        task_id=found[0].task_id, text=text * 20, tokens=1, budget=1, sections=(), position=7
    ),
    "run.start": lambda found, text: StartedRun(
        run=Run(run_id="run-1", task_id="bd-1", project_id="bd"),
        task=found[0],
        fence=2,
        lease_until=NOW,
        briefing=text * 20,
    ),
    "plugin.any": lambda found, text: {text: [text] * 5, "tasks": found},
}

WANTED = st.builds(
    Wanted,
    budget=st.integers(100, 5_000),
    detail=st.sampled_from(["concise", "full"]),
    fields=st.lists(st.sampled_from([*OF_TASKS, *OF_ONE]), max_size=3, unique=True).map(tuple),
)


@given(
    operation=st.sampled_from(sorted(ANSWERS)), found=st.lists(tasks(), min_size=1, max_size=8),
    times=st.sampled_from([1, 1, 12]), text=TEXTS, wanted=WANTED,
)  # fmt: skip
@settings(max_examples=dose(100, 20_000), deadline=None)
def test_no_reply_is_above_its_budget(operation: str, found: list[Task], times: int, text: str, wanted: Wanted) -> None:
    if operation != "task.get":
        wanted = replace(wanted, fields=tuple(one for one in wanted.fields if one not in OF_ONE))
    reply = told(operation, ANSWERS[operation](found * times, text), wanted, now=NOW)
    assert tokens(reply) <= wanted.budget
    assert reply


@pytest.fixture(scope="module")
def many() -> list[Task]:
    """As many tasks as a large ledger has, each with a hostile title, and the first with long texts."""
    texts = dict.fromkeys(("description", "notes", "acceptance_criteria"), "".join(HOSTILE) * 30)
    first = [task(f"bd-{place}", title=title[:500], **texts) for place, title in enumerate(HOSTILE[:3])]
    return first + [task(f"bd-{place}", title=HOSTILE[place % len(HOSTILE)][:500]) for place in range(3, 10_000)]


@pytest.mark.parametrize("operation", sorted(ANSWERS))
def test_no_usual_reply_is_above_two_thousand_tokens(operation: str, many: list[Task]) -> None:
    assert tokens(told(operation, ANSWERS[operation](many, "".join(HOSTILE)), Wanted(), now=NOW)) <= 2_000


@given(
    st.lists(tasks(), min_size=1, max_size=30, unique_by=lambda one: one.task_id),
    st.integers(1, 12),
    st.integers(220, 2_000),
    st.sampled_from(["concise", "full"]),
)
@settings(max_examples=dose(25, 3_000), deadline=None)
def test_a_walk_by_cursors_tells_every_task_once(found: list[Task], limit: int, budget: int, detail: str) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(200):
        store, _ = split(cursor)
        start = int(store or "0")
        end = start + limit
        page = TaskPage(tuple(found[start:end]), len(found), str(end) if end < len(found) else None)
        reply = told("task.list", page, Wanted(budget=budget, detail=detail, cursor=cursor), now=NOW)
        lines = reply.split("\n")
        seen += [line.split("\t")[0] for line in lines if line.split("\t")[0] in {one.task_id for one in found}]
        following = lines[-1].removeprefix("next: cursor=")
        if following == lines[-1]:
            break
        assert tokens(reply) <= budget
        cursor = following
    assert seen == [one.task_id for one in found]
