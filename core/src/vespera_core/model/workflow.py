"""Workflow: which statuses there are, what each means for readiness, and which may follow which.

A status has a *category*, and only the category drives readiness: ``todo`` can be ready, ``active`` is being worked
on, ``held`` waits for a person, ``closed`` is over. A project adds statuses and transitions of its own, per task type
where it needs to: ``{"statuses": {"triage": "held"}, "transitions": {"pending": ["triage"]},
"types": {"bug": {"completed": ["in_review"]}}}``. It also says what evidence a completion needs, by task type:
``{"evidence": {"bug": "ran", "*": "said"}}``.
"""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache
from typing import Any, Final

from vespera_core.errors import InvalidInput, TransitionRefused
from vespera_core.model.basics import check_choice, check_word
from vespera_core.model.record import record

CATEGORIES: Final = ("todo", "active", "held", "closed")

PENDING: Final = "pending"
IN_PROGRESS: Final = "in_progress"
BLOCKED: Final = "blocked"
IN_REVIEW: Final = "in_review"
COMPLETED: Final = "completed"
CANCELLED: Final = "cancelled"

STATUSES: Final = {
    PENDING: "todo",
    IN_PROGRESS: "active",
    BLOCKED: "held",
    IN_REVIEW: "active",
    COMPLETED: "closed",
    CANCELLED: "closed",
}
TRANSITIONS: Final[dict[str, tuple[str, ...]]] = {
    PENDING: (IN_PROGRESS, BLOCKED, IN_REVIEW, COMPLETED, CANCELLED),
    IN_PROGRESS: (PENDING, BLOCKED, IN_REVIEW, COMPLETED, CANCELLED),
    BLOCKED: (PENDING, IN_PROGRESS, COMPLETED, CANCELLED),
    IN_REVIEW: (PENDING, IN_PROGRESS, BLOCKED, COMPLETED, CANCELLED),
    COMPLETED: (PENDING, IN_PROGRESS, IN_REVIEW, BLOCKED),
    CANCELLED: (PENDING, IN_PROGRESS, IN_REVIEW, BLOCKED),
}


@record(frozen=True, slots=True)
class Workflow:
    """The statuses and transitions in force for one project."""

    statuses: dict[str, str]
    transitions: dict[str, tuple[str, ...]]
    types: dict[str, dict[str, tuple[str, ...]]]
    evidence: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def read(settings: dict[str, Any]) -> Workflow:
        """The workflow that ships, extended by a project's settings; raises InvalidInput for what does not fit."""
        if not settings:
            return DEFAULT
        unknown = set(settings) - {"statuses", "transitions", "types", "evidence"}
        if unknown:
            raise InvalidInput(f"workflow has unknown keys: {', '.join(sorted(unknown))}.", field="workflow")
        statuses = {**STATUSES, **_custom_statuses(settings.get("statuses", {}))}
        custom = _targets(settings.get("transitions", {}), statuses)
        types = {
            check_word("type", name): _targets(table, statuses) for name, table in _object(settings.get("types", {}))
        }
        return Workflow(statuses, {**_open_to_customs(statuses), **custom}, types, _evidence(settings))

    def category(self, status: str) -> str:
        """What `status` means for readiness; raises InvalidInput for a status that this project does not have."""
        try:
            return self.statuses[status]
        except KeyError:
            raise InvalidInput(
                f"status {status!r} is unknown; it is one of: {', '.join(self.statuses)}.", field="status"
            ) from None

    def check(self, task_type: str, old: str, new: str) -> None:
        """Raise TransitionRefused unless `new` may follow `old` for tasks of this type."""
        self.category(new)
        allowed = self.types.get(task_type, {}).get(old, self.transitions.get(old, ()))
        if new != old and new not in allowed:
            raise TransitionRefused(
                f"A {task_type} that is {old} cannot become {new}.",
                allowed=list(allowed), next=f"From {old} it may become: {', '.join(allowed) or 'nothing else'}.",
            )  # fmt: skip


def _evidence(settings: dict[str, Any]) -> dict[str, str]:
    if "evidence" not in settings:
        return {}
    from vespera_core.model.evidence import read_policy  # the everyday commands need none of it

    return read_policy(settings["evidence"])


def _object(value: object) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise InvalidInput("workflow: statuses, transitions and types are JSON objects.", field="workflow")
    return list(value.items())


def _custom_statuses(value: object) -> dict[str, str]:
    table = {check_word("status", name): check_choice("category", word, CATEGORIES) for name, word in _object(value)}
    for name in table.keys() & STATUSES.keys():
        if table[name] != STATUSES[name]:
            raise InvalidInput(f"status {name!r} ships with Vespera and stays {STATUSES[name]!r}.", field="workflow")
    return table


def _targets(value: object, statuses: dict[str, str]) -> dict[str, tuple[str, ...]]:
    table = {}
    for source, targets in _object(value):
        names = targets if isinstance(targets, list | tuple) else [targets]
        table[check_choice("status", source, tuple(statuses))] = tuple(
            check_choice("status", name, tuple(statuses)) for name in names
        )
    return table


def _open_to_customs(statuses: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Without a table of its own, a custom status follows every status of that project, and every status follows it."""
    customs = tuple(name for name in statuses if name not in STATUSES)
    table = {name: targets + customs for name, targets in TRANSITIONS.items()}
    return table | {name: tuple(other for other in statuses if other != name) for name in customs}


DEFAULT: Final = Workflow(STATUSES, TRANSITIONS, {})


@lru_cache(maxsize=64)
def workflow_of(settings_json: str) -> Workflow:
    """`Workflow.read` of JSON text, remembered: the same few texts are asked for at every write."""
    import json

    return Workflow.read(json.loads(settings_json))
