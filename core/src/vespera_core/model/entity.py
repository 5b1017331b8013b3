"""The entity: a fact of the ledger that is neither a task nor a project, such as a run, a principal or a grant.

What an entity means is the business of the room that its kind belongs to; the store keeps, filters and versions it.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any, Final

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import (
    EPOCH,
    MAX_WORD,
    Micros,
    check_id,
    check_json,
    check_moment,
    check_text,
    check_word,
)
from vespera_core.model.event import PROJECT, TASK, Event
from vespera_core.model.record import record

NOT_KINDS: Final = (TASK, PROJECT, "system")
"""What events are about otherwise: no entity may take one of these words for its kind."""

MAX_ID: Final = 500


@record(frozen=True, slots=True)
class Entity:
    """One entity as it stands. Its kind and id name it; `project_id` is "" where it belongs to the whole workspace.

    `owner` is what it belongs to (a run's task, a member's principal) and `state` a plain word; both are found by
    index, and may be "". `data` is a JSON object. `version` rises with every event of the entity.
    """

    kind: str
    entity_id: str
    project_id: str = ""
    owner: str = ""
    state: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    created_at: Micros = EPOCH
    updated_at: Micros = EPOCH


ENTITY_FIELDS: Final = tuple(Entity.__dataclass_fields__)
CHANGEABLE: Final = ("owner", "state", "data")
"""What a later version may change: the kind, the id and the project of an entity stay what they are."""


def check_entity(entity: Entity) -> None:
    """Raise InvalidInput for the first value that no store may hold. Every write passes here."""
    if check_word("kind", entity.kind) in NOT_KINDS:
        raise InvalidInput(f"{entity.kind!r} is no kind of entity: the ledger keeps it in its own way.", field="kind")
    check_text("entity_id", entity.entity_id, MAX_ID, empty=False)
    if entity.project_id != "":
        check_id("project_id", entity.project_id)
    check_text("owner", entity.owner, MAX_WORD)
    if entity.state != "":
        check_word("state", entity.state)
    if not isinstance(entity.data, dict):
        raise InvalidInput("data must be a JSON object.", field="data")
    check_json("data", entity.data)
    for name in ("created_at", "updated_at"):
        check_moment(name, getattr(entity, name))


def entity_facts(entity: Entity) -> dict[str, Any]:
    """What the event of a new entity says of it; version and moments are those of the event."""
    return {name: getattr(entity, name) for name in ("kind", "entity_id", "project_id", *CHANGEABLE)}


def fold_entity(entity: Entity | None, event: Event) -> Entity:
    """The entity after `event`, from the entity before it (None before its creation)."""
    at, version = event.at, event.entity_version
    if entity is None:
        return Entity(**event.payload["entity"], version=version, created_at=at, updated_at=at)
    changes = {name: new for name, (_, new) in event.payload.get("changes", {}).items()}
    return replace(entity, **changes, version=version, updated_at=at)
