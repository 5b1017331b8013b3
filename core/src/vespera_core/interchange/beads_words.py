"""The words of beads and ours, in both directions. Reader and writer agree because both look here."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import check_word
from vespera_core.model.task import PRIORITIES
from vespera_core.model.workflow import BLOCKED, CANCELLED, COMPLETED, IN_PROGRESS, IN_REVIEW, PENDING

HOME: Final = "beads"
"""The key of metadata that keeps what has no field here, so that an export can give it back."""

PARENT: Final = "parent-child"
UNLINKED: Final = "unlinked_dependencies"
"""The key of an exported row for recorded dependencies that the task does not have (any more, or yet)."""

STATUS_IN: Final = {
    "open": PENDING, "in_progress": IN_PROGRESS, "hooked": IN_PROGRESS, "blocked": BLOCKED, "closed": COMPLETED,
    "deferred": PENDING,
}  # fmt: skip
STATUS_OUT: Final = {
    PENDING: "open", IN_PROGRESS: "in_progress", IN_REVIEW: "in_progress", BLOCKED: "blocked", COMPLETED: "closed",
    CANCELLED: "closed",
}  # fmt: skip

KIND_IN: Final = {
    "blocks": "depends_on", "related": "relates_to", "relates-to": "relates_to", "replies-to": "relates_to",
    "duplicates": "duplicate_of",
}  # fmt: skip
KIND_OUT: Final = {"depends_on": "blocks", "relates_to": "relates-to", "duplicate_of": "duplicates"}

TEXTS: Final = (
    "title", "description", "notes", "acceptance_criteria", "assignee", "external_ref", "close_reason", "created_by",
)  # fmt: skip
TIMES: Final = ("created_at", "updated_at", "started_at", "closed_at", "due_at", "defer_until")
"""Texts and times that have the same name in beads and in our fields."""

_GAPS = re.compile(r"[^a-z0-9]+")
_NOT_TYPE = re.compile(r"[^a-z0-9_-]+")


def kind_in(kind: object) -> str:
    """Our kind for a dependency of beads: ``blocks`` is ``depends_on``, ``discovered-from`` is ``discovered_from``."""
    if not isinstance(kind, str) or not kind:
        raise InvalidInput(f"a dependency has the type {kind!r}, which is not a word.")
    return _kind_word(kind)


@lru_cache(maxsize=256)
def _kind_word(kind: str) -> str:
    return KIND_IN.get(kind) or check_word("dependency type", _GAPS.sub("_", kind.lower()).strip("_"))


def kind_out(kind: str) -> str:
    """The dependency type of beads for our kind."""
    return KIND_OUT.get(kind) or kind.replace("_", "-")


def type_in(word: object) -> str:
    """Our type for an issue type of beads, most of which are the same words."""
    if not isinstance(word, str):
        raise InvalidInput(f"issue_type must be text, not {type(word).__name__}.", field="issue_type")
    return _type_word(word)


@lru_cache(maxsize=256)
def _type_word(word: str) -> str:
    return check_word("issue_type", _NOT_TYPE.sub("-", word.lower()).strip("-"))


def status_in(word: object, *, closed: bool) -> str:
    """Our status for one of beads; for a custom one, completed or pending, as the row has a time of closing or not."""
    if not isinstance(word, str):
        raise InvalidInput(f"status must be text, not {type(word).__name__}.", field="status")
    return STATUS_IN.get(word) or (COMPLETED if closed else PENDING)


def priority_in(number: Any) -> str:
    """``0`` is critical and ``4`` is someday."""
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(PRIORITIES):
        raise InvalidInput(f"priority {number!r} is not one of 0, 1, 2, 3 and 4.", field="priority")
    return PRIORITIES[number]
