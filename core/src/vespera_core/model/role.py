"""The role: what an agent that works in it may do, and how much of it at a time."""

from __future__ import annotations

from dataclasses import field
from typing import Final

from vespera_core.model.record import record

CAPABILITIES: Final = (
    "code_writing", "code_analysis", "testing", "deployment", "documentation", "project_management", "data_analysis",
    "design",
)  # fmt: skip
"""The capabilities that ship; plugins and role files may use any other plain word."""

HELD_BY_APPROVAL: Final = ("completion", "execution")
"""What a role may hold until a person approves it."""


@record(frozen=True, slots=True)
class Patterns:
    """What is allowed and what is denied, by patterns; denied beats allowed. `allow` None allows everything."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()


NOTHING: Final = Patterns(())
"""Allows nothing."""


@record(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """Limits on one piece of work; None is no limit. `require_approval` names what waits for a person."""

    max_file_changes: int | None = None
    max_task_depth: int | None = None
    time_limit_minutes: int | None = None
    max_token_usage: int | None = None
    require_approval: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    """A role as it is in force, with all that it inherits.

    `read` and `edit` are patterns of files in the syntax of gitignore, from the workspace's root; without any, a role
    reads everything and edits nothing. `tools` are shell globs over the names of an agent's tools. `task_types` None
    takes every type. `max_concurrent_tasks` None is no limit. `context` names what a briefing must not leave out,
    `validation` what a task needs before the role may take it. `source` says where it was defined.
    """

    name: str
    description: str = ""
    capabilities: tuple[str, ...] = ()
    read: Patterns = Patterns()
    edit: Patterns = NOTHING
    tools: Patterns = Patterns()
    max_concurrent_tasks: int | None = None
    restrictions: Restrictions = field(default_factory=Restrictions)
    task_types: tuple[str, ...] | None = None
    context: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    instructions: str = ""
    source: str = ""
