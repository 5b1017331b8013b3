"""Words and values of other trackers, in ours."""

from __future__ import annotations

import re
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import MAX_TITLE, Micros, check_text
from vespera_core.model.workflow import BLOCKED, CANCELLED, COMPLETED, IN_PROGRESS, IN_REVIEW, PENDING, STATUSES

STATUS_WORDS: Final = {
    "pending": PENDING, "todo": PENDING, "to-do": PENDING, "open": PENDING, "draft": PENDING, "backlog": PENDING,
    "deferred": PENDING, "in-progress": IN_PROGRESS, "doing": IN_PROGRESS, "started": IN_PROGRESS,
    "blocked": BLOCKED, "on-hold": BLOCKED, "review": IN_REVIEW, "in-review": IN_REVIEW, "done": COMPLETED,
    "completed": COMPLETED, "closed": COMPLETED, "cancelled": CANCELLED, "canceled": CANCELLED,
}  # fmt: skip
"""What people call a status, as `dashed` writes it."""

PRIORITY_WORDS: Final = {"critical": "critical", "high": "high", "medium": "normal", "normal": "normal", "low": "low"}

_GAPS = re.compile(r"[^a-z0-9]+")


def dashed(text: str) -> str:
    """``In Progress`` as ``in-progress``."""
    return _GAPS.sub("-", text.lower()).strip("-")


def settle_closing(fields: dict[str, Any], fallback: Micros) -> None:
    """See to it that a closed row has `closed_at` (its last known time, where it says none) and an open one has not."""
    if STATUSES[fields.get("status", PENDING)] != "closed":
        fields.pop("closed_at", None)
    elif fields.get("closed_at") is None:
        fields["closed_at"] = fields.get("updated_at") or fields.get("created_at") or fallback


def tag_tuple(values: list[Any]) -> tuple[str, ...]:
    """Tags without empty and repeated ones, in order; raises InvalidInput for what is not text."""
    for value in values:
        if not isinstance(value, str):
            raise InvalidInput(f"a tag must be text, not {type(value).__name__}.", field="tags")
    return tuple(dict.fromkeys(value for value in values if value.strip()))


def title_of(value: object) -> str:
    """A title; raises InvalidInput where there is none or it is too long."""
    if value is None:
        raise InvalidInput("it has no title.", field="title")
    return check_text("title", value, MAX_TITLE, empty=False)


def list_of(value: object, field: str) -> list[Any]:
    """A list, an empty one for null; raises InvalidInput for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(f"{field} must be a list, not {type(value).__name__}.", field=field)
    return value
