"""How roles look in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vespera_core.cli.views.text import block, clean, table, when

if TYPE_CHECKING:
    from vespera_core.app.roles.answers import (
        AssignAnswer,
        CheckAnswer,
        RoleAnswer,
        RoleHistoryAnswer,
        RolesAnswer,
        SuitableAnswer,
        ValidationAnswer,
        WorkloadAnswer,
    )
    from vespera_core.app.roles.drafts import Problem
    from vespera_core.model.role import Patterns, RoleDefinition

ON_OFFER = "They are only on offer: 'vespera role use SET' puts a set in force."


def listed(answer: RolesAnswer) -> str:
    """The roles by name, then what is wrong with others."""
    rows = table((one.name, _limit(one.max_concurrent_tasks), one.source, one.description) for one in answer.roles)
    head = f"Roles{f' on the set {clean(answer.chosen)}' if answer.chosen else ''}:" if rows else "There are no roles."
    note = "" if answer.in_force or not rows else ON_OFFER
    sets = f"Sets: {', '.join(map(clean, answer.sets))}" if answer.sets else ""
    return "\n".join(part for part in (head, rows, sets, note, *_problems(answer.problems)) if part)


def shown(answer: RoleAnswer) -> str:
    """One role, field by field."""
    role = answer.role
    head = f"{clean(role.name)}  {clean(role.description)}".rstrip()
    rows = table((name, value) for name, value in _fields(role) if value)
    text = f"\n{block(role.instructions.rstrip())}" if role.instructions.strip() else ""
    return f"{head}\n{rows}{text}"


def _fields(role: RoleDefinition) -> Iterator[tuple[str, str]]:
    limits = role.restrictions
    yield "capabilities", ", ".join(role.capabilities)
    yield "reads", _patterns(role.read)
    yield "edits", _patterns(role.edit)
    yield "tools", _patterns(role.tools)
    yield "task types", "every type" if role.task_types is None else ", ".join(role.task_types)
    yield "at a time", _limit(role.max_concurrent_tasks)
    for name in ("max_file_changes", "max_task_depth", "time_limit_minutes", "max_token_usage"):
        value = getattr(limits, name)
        yield name.replace("_", " "), "" if value is None else f"{value:,}"
    yield "approval for", ", ".join(limits.require_approval)
    yield "tasks need", ", ".join(role.validation)
    yield "briefing", ", ".join(role.context)
    yield "extends", ", ".join(role.extends)
    yield "tags", ", ".join(role.tags)
    yield "defined in", role.source


def _patterns(patterns: Patterns) -> str:
    allowed = "everything" if patterns.allow is None else ", ".join(patterns.allow) or "nothing"
    return f"{allowed}; not {', '.join(patterns.deny)}" if patterns.deny else allowed


def _limit(limit: int | None) -> str:
    return "any number" if limit is None else str(limit)


def _problems(problems: tuple[Problem, ...]) -> Iterator[str]:
    if problems:
        yield "Not to be used:"
        yield from (f"  {clean(one.text)}" for one in problems)


def validated(answer: ValidationAnswer) -> str:
    """What can be used, and what is wrong."""
    head = f"Valid: {', '.join(map(clean, answer.valid)) or 'none'}"
    return "\n".join([head, *_problems(answer.problems)])


def suitable(answer: SuitableAnswer) -> str:
    """Roles, the best first."""
    if not answer.roles:
        return "No role fits."
    return table((one.role, f"{one.score:.2f}", "; ".join(one.reasons)) for one in answer.roles)


def checked(answer: CheckAnswer) -> str:
    """Every violation, or that there is none."""
    if answer.allowed:
        return f"{answer.task_id} may be given to {clean(answer.role)}."
    rows = table((one.rule, one.message) for one in answer.violations)
    return f"{answer.task_id} cannot be given to {clean(answer.role)}:\n{rows}"


def assigned(answer: AssignAnswer) -> str:
    """The task and its role, and what was passed over."""
    head = f"{answer.task.task_id} is for {clean(answer.task.role)} now."
    return "\n".join([head, *(f"  Passed over: {clean(one.message)}" for one in answer.forced)])


def loads(answer: WorkloadAnswer) -> str:
    """Each role's load as a table."""
    if not answer.roles:
        return "There are no roles."
    rows = [("role", "held", "of", "used", "ready", "open")]
    for one in answer.roles:
        used = "" if one.utilisation is None else f"{one.utilisation:.0%}"
        rows.append((one.role, str(one.live), _limit(one.capacity), used, str(one.queue), str(one.open)))
    return table(rows)


def past(answer: RoleHistoryAnswer) -> str:
    """Assignments, newest first."""
    if not answer.items:
        return "No task was given a role."
    return table(
        (when(one.at), one.actor, one.task_id, one.role or "no role", f"was {one.was}" if one.was else "",
         "against the rules" if one.forced else "")
        for one in answer.items
    )  # fmt: skip
