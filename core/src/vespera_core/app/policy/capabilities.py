"""What roles and grants allow: the rules that tie operations to capabilities, and the words that name families of them.

The first rule whose pattern fits decides. A pattern is tried on the operation's name and on its action, so that a
plugin's operations fall under it as well.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Final, Literal, NamedTuple

from vespera_core.model.role import RoleDefinition
from vespera_core.ports.operation import Operation

Who = Literal["anybody", "every role", "capability", "grant", "person"]
Scope = Literal["project", "workspace"]


class Rule(NamedTuple):
    """Who may perform the operations that a pattern fits.

    ``anybody`` may who brings what the operation itself asks for, ``every role`` may, roles with one of `capabilities`
    may, only who was granted it may, or only a person may, who works in no role. With the scope ``project`` it makes a
    difference in which project it is done.
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
    Rule("plugin.token", "anybody", scope="workspace"),  # it asks for the plugin's own secret
    *_everyone("task.claim", "task.heartbeat", "task.release", "task.checkpoint", "task.comment", "task.complete",
               "evidence.ran", "search.feedback", "system.stats"),
    # what is found on the way is recorded by whoever finds it
    *_everyone("task.create", "task.capture", "relation.add"),
    *_persons("principal.*", "member.*", "grant.*", "token.*", "plugin.*", "service.*", "index.*", "exchange.*",
              "system.*", "task.reap", "keys.*", "webhook.*"),
    Rule("sensitive.read", "grant"),
    Rule("approval.decide", "person"),
    *_everyone("run.start", "run.progress", "run.finish"),
    *_everyone("role.list", "role.get", "role.validate", "guard.read", "project.list", scope="workspace"),
    *_planning("task.write", "relation.write", "event.write", "project.write", "role.write", "run.cancel"),
    Rule("graph.query", "capability", ("data_analysis", "project_management")),
    *_everyone("*.read"),
    Rule("*", "grant"),
)  # fmt: skip
"""The last two lines decide about operations of plugins: every role reads, and nothing else comes by itself."""


WORDS: Final[dict[str, tuple[str, ...]]] = {
    "task_creation": ("task.create", "task.create_many", "task.capture", "relation.add"),
    "task_reading": (
        "task.get", "task.list", "task.tree", "task.ready", "task.explain", "task.blocked", "task.stores",
        "evidence.list", "approval.list", "dependency.*",
    ),
    "task_modification": (
        "task.update", "task.complete", "task.reopen", "task.cancel", "task.defer", "task.block", "task.comment",
        "task.restore", "evidence.ran", "relation.*",
    ),
    "task_deletion": ("task.delete", "task.restore"),
    "task_claiming": (
        "task.claim", "task.heartbeat", "task.release", "task.checkpoint", "task.complete", "task.comment",
        "evidence.ran",
    ),
    "search": (
        "task.search", "task.similar", "task.duplicates", "task.cluster", "task.recommend", "search.suggest",
        "search.trends", "search.feedback",
    ),
    "graph_analysis": ("graph.*",),
    "file_context": ("task.context", "file.*", "editor.*"),
    "project_reading": (
        "project.list", "project.get", "project.health", "project.burnup", "project.timeline", "project.dashboard",
        "project.insights", "system.stats",
    ),
    "project_modification": ("project.write",),
    "event_reading": ("event.read",),
    "event_undoing": ("event.undo",),
    "role_reading": (
        "role.read", "role.suitable", "role.check", "role.workload", "role.history", "guard.read",
    ),
    "role_assignment": ("role.assign", "role.unassign"),
    "run_management": ("run.start", "run.progress", "run.finish", "run.cancel", "run.read"),
    "approval_decision": ("approval.decide",),
    "evidence_proving": ("evidence.seen", "evidence.proved"),
    "sensitive_reading": ("sensitive.read",),
    "administration": (
        "principal.*", "member.*", "grant.*", "token.*", "plugin.*", "webhook.*", "keys.*", "service.*", "index.*",
        "exchange.*", "system.*", "audit.*", "search.metrics", "task.reap",
    ),
}  # fmt: skip
"""Capabilities by the words that grants may use for them, and the patterns that each stands for.

Operations that ship are under one of them at least. What the rules leave to persons stays theirs, whatever was granted.
"""


def is_granted(granted: str, operation: str, action: str) -> bool:
    """Whether what a grant says, a word or a pattern, means an operation."""
    return any(fits(pattern, operation, action) for pattern in WORDS.get(granted, (granted,)))


@cache
def rule_of(operation: str, action: str) -> Rule:
    """The rule for an operation and its action."""
    return next(rule for rule in RULES if fits(rule.pattern, operation, action))


def is_unasked(operation: Operation) -> bool:
    """Whether anybody may ask for an operation, since it asks for a secret itself."""
    return rule_of(operation.name, operation.action).who == "anybody"


def fits(pattern: str, operation: str, action: str) -> bool:
    """Whether a pattern means an operation, by its name or by its action."""
    return fnmatchcase(operation, pattern) or fnmatchcase(action, pattern)
