"""Hiding: sensitive maps in requests are sealed before anything else sees them, and put down with the task.

It happens before the transaction, since no plugin runs within one. What goes on from here holds references alone:
policies, vetoes, rows, events, answers and the idempotency table never see a value, nor the names in the map.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vespera_core.app.requests import CreateTasks, PlannedTask, UpdateTasks
from vespera_core.errors import IdempotencyMismatch, InvalidInput, NotUndoable
from vespera_core.model.basics import check_json
from vespera_core.model.jsontext import canonical
from vespera_core.model.sensitive import KEPT, SEALED, SENSITIVE, is_kept, is_stored, ref_of, shown, stored

if TYPE_CHECKING:
    from vespera_core.app.unit import Unit
    from vespera_core.app.vault.vault import Vault
    from vespera_core.model.task import Task
    from vespera_core.ports.access import Caller

T = TypeVar("T")

MAX_BYTES: Final = 64 * 1024
"""How long a sensitive map may be, as JSON."""


class Hider:
    """Seals what one call holds. The same call under the same idempotency key gets the same references."""

    def __init__(self, vault: Vault, caller: Caller, key: str | None) -> None:
        self._vault = vault
        self._salt = token_bytes(16) if key is None else canonical([caller.actor, key]).encode()
        self.sealed: dict[str, bytes] = {}

    def hidden(self, request: Any) -> Any:
        """The request with references in place of plain maps."""
        if isinstance(request, UpdateTasks) and len(request.task_ids) > 1:
            _check_alone(request.metadata)
        return _replaced(request, self._metadata)

    def carried(self, handler: Callable[..., T]) -> Callable[..., T]:
        """A handler whose unit finds what was sealed for this call."""

        def carrying(unit: Unit, request: Any, *known: Any) -> T:
            unit.sealed = self.sealed
            return handler(unit, request, *known)

        return carrying

    def _metadata(self, metadata: dict[str, Any]) -> dict[str, Any]:
        value = metadata[SENSITIVE]
        if value is None:
            return {name: other for name, other in metadata.items() if name != SENSITIVE}
        if is_kept(value):
            return {**metadata, SENSITIVE: dict(KEPT)}
        return {**metadata, SENSITIVE: stored(self._ref(value))}

    def _ref(self, value: object) -> str:
        if not isinstance(value, dict):
            raise InvalidInput("metadata.sensitive must be a JSON object.", field="metadata.sensitive")
        check_json("metadata.sensitive", value)
        plain = canonical(value).encode()
        if len(plain) > MAX_BYTES:
            raise InvalidInput(f"metadata.sensitive may have {MAX_BYTES:,} bytes as JSON.", field="metadata.sensitive")
        ref = hmac.digest(self._vault.mixing_key(), self._salt + len(self.sealed).to_bytes(4) + plain, "sha256").hex()
        self.sealed[ref[:32]] = self._vault.seal(plain, context_of(ref[:32]))
        return ref[:32]


def veiled(request: Any) -> Any:
    """The request as whoever only watches may see it: it says that there is something, and no more."""
    return _replaced(request, shown)


def _replaced(request: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The request with other metadata wherever it holds sensitive maps."""
    if isinstance(request, CreateTasks):
        return replace(request, tasks=_planned(request.tasks, change))
    metadata = getattr(request, "metadata", None)
    if not isinstance(metadata, dict) or SENSITIVE not in metadata:
        return request
    return replace(request, metadata=change(metadata))


def _planned(
    plans: tuple[PlannedTask, ...], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> tuple[PlannedTask, ...]:
    """The same for trees of tasks, however deep: down level by level, and back up from the last one."""
    found = list(plans)
    spans: list[slice] = []
    for plan in found:
        spans.append(slice(len(found), len(found) + len(plan.children)))
        found.extend(plan.children)
    for at in reversed(range(len(found))):
        found[at] = replace(_replaced(found[at], change), children=tuple(found[spans[at]]))
    return tuple(found[: len(plans)])


def _check_alone(metadata: object) -> None:
    """Raise InvalidInput for a map that is meant for several tasks: each has its own, to be forgotten by itself."""
    value = metadata.get(SENSITIVE) if isinstance(metadata, dict) else None
    if value is not None and not is_kept(value):
        raise InvalidInput(
            "metadata.sensitive is given to one task at a time.", field="metadata.sensitive",
            next="Update the tasks one after the other.",
        )  # fmt: skip


def context_of(ref: str) -> str:
    """What a sealed map is bound to."""
    return f"sensitive {ref}"


# ---------------------------------------------------------------- within the transaction


def put_new(unit: Unit, task: Task) -> None:
    """Put down the sealed map of a new task. Raises InvalidInput for a reference that this call did not make."""
    ref = ref_of(task.metadata)
    if ref is None or ref not in unit.sealed:
        raise InvalidInput("A new task has no sensitive metadata to keep.", field="metadata.sensitive")
    _put(unit, ref)


def settled(unit: Unit, old: Task, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A task's new metadata with its reference, once the sealed map behind it stands and one that is left is forgotten.

    Raises InvalidInput where a map is to be kept and there is none, and NotUndoable for one that was forgotten.
    """
    before, value = ref_of(old.metadata), metadata.get(SENSITIVE)
    if SENSITIVE in metadata and (value == KEPT or value == old.metadata.get(SENSITIVE)):
        if before is None:
            raise InvalidInput(f"{old.task_id} has no sensitive metadata to keep.", field="metadata.sensitive")
        return {**metadata, SENSITIVE: stored(before)}
    if is_stored(value):
        if value[SEALED] not in unit.sealed:
            raise NotUndoable(f"The sensitive metadata that {old.task_id} had then was forgotten when it was replaced.")
        _put(unit, value[SEALED])
    if before is not None:
        unit.work.put_secrets({before: None})
    return dict(metadata)


def _put(unit: Unit, ref: str) -> None:
    """Put down a sealed map. Raises IdempotencyMismatch where the same call was made before, and is not remembered."""
    if unit.work.secrets([ref]):
        raise IdempotencyMismatch(
            "The idempotency key was used before, for a request whose answer is not kept any more.",
            next="Use a new key for a new request.",
        )
    unit.work.put_secrets({ref: unit.sealed[ref]})
