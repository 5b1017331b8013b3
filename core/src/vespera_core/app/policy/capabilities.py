"""What a role may do: the one table that ties operations to capabilities.

The first line whose pattern fits decides. A pattern is tried on the operation's name and on its action, so that a
plugin's operations fall under it as well.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Final, Literal, NamedTuple

from vespera_core.model.role import RoleDefinition

Who = Literal["every role", "capability", "grant", "person"]
Scope = Literal["project", "workspace"]


class Rule(NamedTuple):
    """Who may perform the operations that a pattern fits.

    ``every role`` may, roles with one of `capabilities` may, only who was granted it may, or only a person may, who
    works in no role. With the scope ``project`` it makes a difference in which project it is done.
    """

    pattern: str
    who: Who
    capabilities: tuple[str, ...] = ()
    scope: Scope = "project"

    def allows(self, role: RoleDefinition) -> bool:
        """Whether the role is enough to be allowed."""
        return self.who == "every role" or (self.who == "capability" and self._has_one(role))

    def forbids(self, role: RoleDefinition) -> bool:
        """Whether the role stands against it, whatever was granted."""
        return self.who == "person" or (self.who == "capability" and not self._has_one(role))

    def _has_one(self, role: RoleDefinition) -> bool:
        return any(one in role.capabilities for one in self.capabilities)


_PLANNING: Final = ("project_management",)


def _persons(*patterns: str) -> tuple[Rule, ...]:
    return tuple(Rule(pattern, "person", scope="workspace") for pattern in patterns)


def _planning(*patterns: str) -> tuple[Rule, ...]:
    return tuple(Rule(pattern, "capability", _PLANNING) for pattern in patterns)


def _everyone(*patterns: str, scope: Scope = "project") -> tuple[Rule, ...]:
    return tuple(Rule(pattern, "every role", scope=scope) for pattern in patterns)


RULES: Final = (
    *_everyone("task.claim", "task.heartbeat", "task.release", "task.checkpoint", "task.comment", "task.complete",
               "evidence.ran", "search.feedback", "system.stats"),
    *_everyone("task.create", "relation.add"),  # what is found on the way is recorded by whoever finds it
    *_persons("principal.*", "member.*", "grant.*", "plugin.*", "service.*", "index.*", "exchange.*",
              "system.*", "task.reap"),
    Rule("approval.decide", "person"),
    *_everyone("run.start", "run.progress", "run.finish"),
    *_everyone("role.list", "role.get", "role.validate", "guard.read", "project.list", scope="workspace"),
    *_planning("task.write", "relation.write", "event.write", "project.write", "role.write", "run.cancel"),
    Rule("graph.query", "capability", ("data_analysis", "project_management")),
    *_everyone("*.read"),
    Rule("*", "grant"),
)  # fmt: skip
"""The last two lines decide about operations of plugins: every role reads, and nothing else comes by itself."""


@cache
def rule_of(operation: str, action: str) -> Rule:
    """The rule for an operation and its action."""
    return next(rule for rule in RULES if fits(rule.pattern, operation, action))


def fits(pattern: str, operation: str, action: str) -> bool:
    """Whether a pattern means an operation, by its name or by its action."""
    return fnmatchcase(operation, pattern) or fnmatchcase(action, pattern)
