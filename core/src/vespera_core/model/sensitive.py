"""Sensitive metadata: what a task's row, its events and everything that is shown say of it, which is next to nothing.

The plain map never gets here: a reference stands in its place, and the sealed map lies outside of the log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from vespera_core.errors import InvalidInput

SENSITIVE: Final = "sensitive"
"""The key of metadata whose value is sealed."""

SEALED: Final = "sealed"

KEPT: Final = {SEALED: True}
"""What is shown in place of a sealed map. Sent back in an update, it leaves the map as it is."""

_REF: Final = re.compile(r"[0-9a-f]{32}")


def holds_plain(request: Any) -> bool:
    """Whether the input of an operation has something to seal. Every call is asked, and it costs the others nothing."""
    waiting = [request]
    while waiting:
        one = waiting.pop()
        metadata = getattr(one, "metadata", None)
        if isinstance(metadata, dict) and SENSITIVE in metadata:
            return True
        parts = getattr(one, "tasks", None) or getattr(one, "children", None)
        if isinstance(parts, tuple):
            waiting.extend(parts)
    return False


def stored(ref: str) -> dict[str, str]:
    """What a task's metadata holds in place of a map that is sealed under `ref`."""
    return {SEALED: ref}


def ref_of(metadata: Mapping[str, Any]) -> str | None:
    """The reference in a task's metadata; None where there is none."""
    value = metadata.get(SENSITIVE)
    return value[SEALED] if is_stored(value) else None


def is_stored(value: object) -> TypeGuard[dict[str, str]]:
    """Whether this is a reference, as a row holds it."""
    return isinstance(value, dict) and set(value) == {SEALED} and is_ref(value[SEALED])


def is_kept(value: object) -> bool:
    """Whether this is what is shown, or a reference: it stands for the map that is there already."""
    return isinstance(value, dict) and set(value) == {SEALED} and (value[SEALED] is True or is_ref(value[SEALED]))


def check_stored(metadata: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a map that was not sealed: no store takes it."""
    if SENSITIVE in metadata and not is_stored(metadata[SENSITIVE]):
        raise InvalidInput(
            "metadata.sensitive is not taken in this way: it would be stored in clear.", field="metadata",
            next="Give it when a task is created or updated: there it is sealed.",
        )  # fmt: skip


def shown(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as it is shown."""
    return {**metadata, SENSITIVE: dict(KEPT)} if SENSITIVE in metadata else dict(metadata)


def without(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as it leaves the workspace: a reference means nothing elsewhere."""
    return {name: value for name, value in metadata.items() if name != SENSITIVE}


def is_ref(value: object) -> bool:
    """Whether this is the form of a reference."""
    return isinstance(value, str) and _REF.fullmatch(value) is not None
