"""The Python API of this room: `Vespera.access`."""

from __future__ import annotations

from vespera_core.app.namespaces import Ledger
from vespera_core.app.policy import answers, requests


class Access:
    """Who may do what: principals, members of projects, and grants.

    >>> ledger.access.add_principal("bot", kind="agent")  # doctest: +SKIP
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add_principal(self, name: str, *, kind: str = "agent", description: str = "") -> answers.PrincipalAnswer:
        """Register a principal by the name it acts under. Raises DuplicateId or InvalidInput."""
        request = requests.AddPrincipal(name=name, kind=kind, description=description)
        answer: answers.PrincipalAnswer = self._ledger.call("principal.add", request)
        return answer

    def principals(self, *, kind: str | None = None, removed: bool = False) -> answers.PrincipalsAnswer:
        """Principals by name."""
        request = requests.ListPrincipals(kind=kind, removed=removed)
        answer: answers.PrincipalsAnswer = self._ledger.call("principal.list", request)
        return answer

    def principal(self, name: str) -> answers.PrincipalAnswer:
        """One principal with its memberships and grants. Raises NotFound."""
        answer: answers.PrincipalAnswer = self._ledger.call("principal.get", requests.PrincipalRef(name=name))
        return answer

    def remove_principal(self, name: str) -> answers.PrincipalAnswer:
        """Remove a principal with its memberships and grants. Raises NotFound."""
        answer: answers.PrincipalAnswer = self._ledger.call("principal.remove", requests.PrincipalRef(name=name))
        return answer

    def add_member(self, principal: str, role: str, *, project_id: str | None = None) -> answers.MemberAnswer:
        """Make a principal a member of a project, or give it another role there. Raises NotFound or Archived."""
        request = requests.AddMember(principal=principal, role=role, project_id=project_id)
        answer: answers.MemberAnswer = self._ledger.call("member.add", request)
        return answer

    def members(self, *, project_id: str | None = None, principal: str | None = None) -> answers.MembersAnswer:
        """Memberships by project and principal."""
        request = requests.ListMembers(project_id=project_id, principal=principal)
        answer: answers.MembersAnswer = self._ledger.call("member.list", request)
        return answer

    def remove_member(self, principal: str, *, project_id: str | None = None) -> answers.MemberAnswer:
        """End a membership. Raises NotFound."""
        request = requests.RemoveMember(principal=principal, project_id=project_id)
        answer: answers.MemberAnswer = self._ledger.call("member.remove", request)
        return answer

    def grant(self, principal: str, action: str, *, project_id: str | None = None) -> answers.GrantAnswer:
        """Grant an action or a pattern such as ``task.*``, in a project or in all. Raises NotFound or InvalidInput."""
        request = requests.AddGrant(principal=principal, action=action, project_id=project_id)
        answer: answers.GrantAnswer = self._ledger.call("grant.add", request)
        return answer

    def grants(self, *, principal: str | None = None, project_id: str | None = None) -> answers.GrantsAnswer:
        """Grants by project, action and principal."""
        request = requests.ListGrants(principal=principal, project_id=project_id)
        answer: answers.GrantsAnswer = self._ledger.call("grant.list", request)
        return answer

    def revoke(self, principal: str, action: str, *, project_id: str | None = None) -> answers.GrantAnswer:
        """End a grant, named as it was given. Raises NotFound."""
        request = requests.RemoveGrant(principal=principal, action=action, project_id=project_id)
        answer: answers.GrantAnswer = self._ledger.call("grant.remove", request)
        return answer
