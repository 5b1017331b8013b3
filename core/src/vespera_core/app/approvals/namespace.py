"""The Python API of this room: `Vespera.approvals`."""

from __future__ import annotations

from vespera_core.app.approvals import answers, requests
from vespera_core.app.namespaces import Ledger


class Approvals:
    """What waits for a person's word.

    >>> ledger.approvals.approve("web-k3f9")  # doctest: +SKIP
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def list(self, *, project_id: str | None = None, decided: bool = False) -> answers.ApprovalsAnswer:
        """What waits, and with `decided` what was decided. Raises NotFound for an unknown project."""
        request = requests.ListApprovals(project_id=project_id, decided=decided)
        answer: answers.ApprovalsAnswer = self._ledger.call("approval.list", request)
        return answer

    def approve(self, task_id: str, *, step: str | None = None, reason: str = "") -> answers.ApprovalAnswer:
        """Say yes. Raises PermissionDenied for all but persons, and Conflict where nothing waits."""
        request = requests.Decide(task_id=task_id, step=step, reason=reason)
        answer: answers.ApprovalAnswer = self._ledger.call("approval.approve", request)
        return answer

    def reject(self, task_id: str, reason: str, *, step: str | None = None) -> answers.ApprovalAnswer:
        """Say no. Raises PermissionDenied for all but persons, and Conflict where nothing waits."""
        request = requests.Decide(task_id=task_id, step=step, reason=reason)
        answer: answers.ApprovalAnswer = self._ledger.call("approval.reject", request)
        return answer
