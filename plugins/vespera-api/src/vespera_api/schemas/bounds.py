"""Bounds: what the rules of the core let a value be, as far as a schema can say it.

They inform whoever reads the OpenAPI document and programs that are made from it. Nothing is judged by them: the core
judges each value, once. A name means the same in every input, but for those named with their input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from vespera_core.model.basics import MAX_TEXT, MAX_TITLE, MAX_WORD
from vespera_core.model.query import MAX_LIMIT, SORTS
from vespera_core.model.task import PRIORITIES

Bound = dict[str, Any]

_PLAIN: Final = r"^[^\u0000]*$"
_SAYING: Final = r"^[^\u0000]*\S[^\u0000]*$"
_DAYS_30: Final = 30 * 86_400


def _text(most: int, *, empty: bool = True) -> Bound:
    return {"maxLength": most, "pattern": _PLAIN if empty else _SAYING, **({} if empty else {"minLength": 1})}


def _whole(least: int, most: int) -> Bound:
    return {"minimum": least, "maximum": most}


def _one_of(*words: str) -> Bound:
    return {"enum": [*words]}


_WORD: Final[Bound] = {"pattern": "^[a-z][a-z0-9_-]{0,49}$"}
_ID: Final[Bound] = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._~@+#-]{0,127}$"}
_LABEL: Final = _text(MAX_WORD, empty=False)
_LONG: Final = _text(MAX_TEXT)
_LIMIT: Final = _whole(0, MAX_LIMIT)
_HOURS: Final = {"exclusiveMinimum": 0, "maximum": 24}
_COUNT: Final = _whole(0, 10**18 - 1)
_LINE: Final = _whole(1, 10_000_000)
_LEASE: Final = _whole(1, _DAYS_30)

BOUNDS: Final[dict[str, Bound]] = {
    "title": _text(MAX_TITLE, empty=False), "description": _LONG, "acceptance_criteria": _LONG, "notes": _LONG,
    "status": _WORD, "kind": _WORD, "priority": {"pattern": f"^({'|'.join(PRIORITIES)}|[Pp]?[0-4])$"},
    "external_ref": _LABEL, "add_tags": _LABEL, "reason": _text(10_000),
    "file": _text(4_096, empty=False),
    "estimate_minutes": _whole(0, 52_560_000), "limit": _LIMIT, "sort": _one_of(*SORTS),
    "lease_seconds": _LEASE, "fence": _COUNT, "before_seq": _whole(1 - 10**18, 10**18 - 1),
    "exit_code": _whole(-255, 255),
    "command": _text(2_000), "note": _text(10_000), "budget": _whole(200, 100_000),
    "if_similar": _one_of("warn", "return_existing", "refuse"), "mode": _one_of("hybrid", "text", "semantic"),
    "hours_per_day": _HOURS, "agents": {"minimum": 1}, "capacities": {"minimum": 1},
    "max_agents": _whole(1, 64), "samples": _whole(1, 100_000), "seed": _whole(0, 2**63 - 1), "cuts": _whole(1, 100),
    "hops": _whole(0, 1_000), "stale_days": _whole(1, 3_650), "days": _whole(1, 3_650), "count": _whole(0, 100),
    "delay_minutes": _whole(0, 52_560_000), "threshold": {"exclusiveMinimum": 0, "maximum": 1},
    "period": _one_of("day", "week"), "purpose": _one_of("encryption", "signing"),
    "operation": _one_of("read", "edit"), "step": _one_of("completion", "execution"),
    "outcome": _one_of("succeeded", "failed", "stopped"),
    "state": _one_of("running", "succeeded", "failed", "cancelled", "lost"), "progress": _whole(0, 1),
    "start_line": _LINE, "end_line": _LINE, "head": {"pattern": "^[0-9]{1,18}:[0-9a-f]{64}$"},
    "format": _one_of("jsonl", "beads", "taskmaster", "backlog"),
    "executor": _one_of("manual", "command"), "url": {"format": "uri", "maxLength": 2_000},
}  # fmt: skip
"""By the name of the field; of a list or a table, what is said is said of each value in it."""

_OF_TASKS: Final[dict[str, Bound]] = {
    "type": _WORD, "role": _LABEL, "assignee": _LABEL, "tags": _LABEL, "task_id": _ID,
}  # fmt: skip
"""What is judged where it is written; a filter may ask for anything."""

OF_INPUT: Final[dict[tuple[str, str], Bound]] = {
    **{(kind, field): bound for kind in ("CreateTask", "PlannedTask", "UpdateTasks", "CaptureTask")
       for field, bound in _OF_TASKS.items()},
    ("AddPrincipal", "kind"): _one_of("person", "agent", "plugin", "service"),
    ("ListPrincipals", "kind"): _one_of("person", "agent", "plugin", "service"),
    ("UpdateProject", "status"): _one_of("active", "archived"),
    ("Checkpoint", "state"): {},
    ("StartRun", "command"): {},
    ("FinishRun", "command"): {},  # what is kept of it is cut
    ("FinishRun", "exit_code"): {},  # only evidence asks for it
    ("CompleteTasks", "lease_seconds"): {},
    ("CompleteTasks", "exit_code"): {},
    ("AddPrincipal", "name"): _LABEL,
    ("RegisterPlugin", "name"): _LABEL,
    ("AskImpact", "hours_per_day"): {},
    ("AskTimeline", "agents"): _whole(1, 10**18 - 1),  # as long as a number in a query string may be
    ("AskTimeline", "capacities"): _whole(1, 10**18 - 1),
    ("CancelRun", "reason"): _text(2_000),
    ("FinishRun", "reason"): _text(2_000),
    ("AskPicture", "limit"): _whole(1, 5_000),
    ("FindBottlenecks", "limit"): _whole(1, 2_000),
    ("FindPaths", "limit"): _whole(1, 1_000),
    ("AskGraph", "limit"): _whole(1, 100_000),
    ("CaptureTask", "title"): _text(MAX_TITLE, empty=False),
    ("CaptureTask", "note"): _LONG,
    ("AddComment", "text"): _text(MAX_TEXT, empty=False),
    ("AskGraph", "text"): _text(MAX_TEXT, empty=False),
    ("Feedback", "query"): _text(MAX_TEXT, empty=False),
}  # fmt: skip


def bound_of(kind: type, field: str) -> Callable[[dict[str, Any]], None] | None:
    """What completes the schema of a field; None where there is nothing to say of it."""
    bound = OF_INPUT.get((kind.__name__, field), BOUNDS.get(field, {}))
    if not bound:
        return None

    def complete(schema: dict[str, Any]) -> None:
        for one in schema.get("anyOf", (schema,)):
            _innermost(one).update({} if one.get("type") == "null" else bound)

    return complete


def _innermost(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of the values of a list or a table; any other as it is."""
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            found: dict[str, Any] = schema[inner]
            return found
    return schema
