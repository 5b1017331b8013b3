"""What a write answers: all that an agent needs for its next call, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.mcp.replies.making import CONCISE, NOW, later, task
from vespera_core.app.answers import (
    ClaimAnswer,
    CommentAnswer,
    CompleteAnswer,
    CreateAnswer,
    DeleteAnswer,
    MovedAnswer,
    RestoreAnswer,
    SimilarTask,
    TaskAnswer,
    TasksAnswer,
)
from vespera_core.app.runs.answers import StartedRun
from vespera_core.app.runs.record import Run
from vespera_core.ports.format import Comment
from vespera_mcp.replies.telling import told

LINE = "bd-1\tpending\tv1\tP2\tFix the parser of dates"
HELD = task(status="in_progress", version=2, fence=5)
CLAIM = (
    "holding bd-1\tin_progress\tv2\tP2\tFix the parser of dates\n"
    "fence 5, lease until 2026-11-23T12:30:00Z (in 30m)"
)  # fmt: skip
CASES: dict[str, tuple[Any, str]] = {
    "created": (CreateAnswer(task()), f"created: {LINE}"),
    "not created": (
        CreateAnswer(task(), False, (SimilarTask("bd-1", "Fix the parser of dates", "pending", 0.97),)),
        f"not created, the likest is there already: {LINE}\nlike it:\n0.97\tbd-1\tpending\tFix the parser of dates",
    ),
    "a tree": (TasksAnswer((task(), task())), f"created 2 tasks\n{LINE}\n{LINE}"),
    "changed": (TaskAnswer(task()), LINE),
    "moved": (MovedAnswer((task(),), ("bd-2", "bd-3")), f"ready now: bd-2, bd-3\n{LINE}"),
    "claimed": (ClaimAnswer(HELD, 5, later(30)), CLAIM),
    "taken over": (ClaimAnswer(HELD, 5, later(30), "bob"), f"{CLAIM}, taken over from bob"),
    "nothing to claim": (ClaimAnswer(None), "nothing is ready to claim"),
    "completed": (CompleteAnswer((task(),), ("bd-2",)), f"ready now: bd-2\n{LINE}"),
    "completed, and held the next": (
        CompleteAnswer((task(),), (), ClaimAnswer(HELD, 5, later(30))), f"{CLAIM}\n{LINE}",
    ),
    "would be deleted": (
        DeleteAnswer(("bd-1", "bd-2"), dry_run=True),
        'dry run, nothing deleted: 2 tasks would go; to delete give "confirm":2\nbd-1, bd-2',
    ),
    "deleted": (DeleteAnswer(("bd-1",)), "deleted 1 task, restorable\nbd-1"),
    "restored": (RestoreAnswer(("bd-1",)), "restored 1 task\nbd-1"),
    "a remark": (CommentAnswer("bd-1", Comment(NOW, "ann", "Done.")), "commented on bd-1 at 2026-11-23T12:00:00Z"),
    "no run": (StartedRun(), "nothing is ready to start"),
    "a run": (
        StartedRun(
            run=Run(run_id="run-1", task_id="bd-1", project_id="bd"), task=HELD, fence=5, lease_until=later(30),
            briefing="# bd-1",
        ),
        f"run run-1, attempt 1\n{CLAIM}\nbriefing (ledger text about the work):\n```\n# bd-1\n```",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_it_answers(name: str) -> None:
    answer, reply = CASES[name]
    assert told("any.write", answer, CONCISE, now=NOW) == reply
