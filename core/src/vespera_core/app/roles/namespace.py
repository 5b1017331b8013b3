"""The Python API of this room: `Vespera.roles`."""

from __future__ import annotations

from typing import Any

from vespera_core.app.answers import TaskAnswer
from vespera_core.app.namespaces import Ledger
from vespera_core.app.requests import Nothing
from vespera_core.app.roles import answers, requests
from vespera_core.model.role import RoleDefinition


class Roles:
    """What roles there are, which fits, and giving tasks to them. Ids may be unique prefixes."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def list(self) -> answers.RolesAnswer:
        """Every role, and what is wrong with those that cannot be used."""
        answer: answers.RolesAnswer = self._ledger.call("role.list", Nothing())
        return answer

    def get(self, role: str) -> RoleDefinition:
        """One role with all that it inherits. Raises UnknownRole or RoleFault."""
        answer: answers.RoleAnswer = self._ledger.call("role.get", requests.RoleRef(role=role))
        return answer.role

    def validate(self, text: str | None = None, source: str = "role.yaml") -> answers.ValidationAnswer:
        """What is wrong with the role files in use, or with the text of one."""
        request = requests.ValidateRoles(text=text, source=source)
        answer: answers.ValidationAnswer = self._ledger.call("role.validate", request)
        return answer

    def suitable(self, **needed: Any) -> answers.SuitableAnswer:
        """Roles for what is needed, the best first; `needed` are the fields of `SuitableRoles`."""
        answer: answers.SuitableAnswer = self._ledger.call("role.suitable", requests.SuitableRoles(**needed))
        return answer

    def check(self, task_id: str, role: str) -> answers.CheckAnswer:
        """Everything that speaks against giving a task to a role."""
        request = requests.CheckAssignment(task_id=task_id, role=role)
        answer: answers.CheckAnswer = self._ledger.call("role.check", request)
        return answer

    def assign(
        self, task_id: str, role: str, *, idempotency_key: str | None = None, **how: Any
    ) -> answers.AssignAnswer:
        """Give a task to a role. Raises AssignmentRefused with every violation."""
        request = requests.AssignRole(task_id=task_id, role=role, **how)
        answer: answers.AssignAnswer = self._ledger.call("role.assign", request, idempotency_key=idempotency_key)
        return answer

    def unassign(self, task_id: str, *, idempotency_key: str | None = None, **how: Any) -> TaskAnswer:
        """Take the role of a task away."""
        request = requests.UnassignRole(task_id=task_id, **how)
        answer: TaskAnswer = self._ledger.call("role.unassign", request, idempotency_key=idempotency_key)
        return answer

    def workload(self, **scope: Any) -> answers.WorkloadAnswer:
        """How much each role has to do."""
        answer: answers.WorkloadAnswer = self._ledger.call("role.workload", requests.RoleWorkload(**scope))
        return answer

    def history(self, **scope: Any) -> answers.RoleHistoryAnswer:
        """Who was given which role when, newest first."""
        answer: answers.RoleHistoryAnswer = self._ledger.call("role.history", requests.RoleHistory(**scope))
        return answer
