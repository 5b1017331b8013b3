"""Views of approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.text import clean, table, when

if TYPE_CHECKING:
    from vespera_core.app.approvals.answers import Approval, ApprovalAnswer, ApprovalsAnswer


def approvals(answer: ApprovalsAnswer) -> str:
    """One line for each."""
    if not answer.approvals:
        return "Nothing waits for an approval."
    return table(_row(one) for one in answer.approvals)


def _row(one: Approval) -> tuple[str, ...]:
    who = one.decided_by or (f"asked by {one.asked_by}" if one.asked_by else "")
    return one.task_id, one.step, one.state, one.role or "", clean(who), when(one.at) if one.at else "", one.title


def decided(answer: ApprovalAnswer) -> str:
    """What was decided, and what became of the task."""
    one = answer.approval
    lines = [f"The {one.step} of {one.task_id} is {one.state}; it is {answer.task.status} now: {clean(one.title)}"]
    if answer.unblocked:
        lines.append(f"  ready now: {', '.join(answer.unblocked)}")
    return "\n".join(lines)
