"""Rows of entities: how stores keep them. One codec, so that every backend keeps the same values.

Beside `ports.rows` and not in it, since the everyday commands need no entity.
"""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Any, Final

from vespera_core.errors import StoreCorrupt, VersionConflict
from vespera_core.model.entity import ENTITY_FIELDS, Entity
from vespera_core.model.jsontext import canonical, parse_object

ENTITY_COLUMNS: Final = ENTITY_FIELDS
"""Columns of an entity's row, in order."""

_VALUES: Final = attrgetter(*ENTITY_COLUMNS)
_DATA: Final = ENTITY_COLUMNS.index("data")


def entity_row(entity: Entity) -> tuple[Any, ...]:
    """The values of ENTITY_COLUMNS: text and whole numbers only."""
    values = list(_VALUES(entity))
    values[_DATA] = canonical(entity.data)
    return tuple(values)


def entity_of_row(row: tuple[Any, ...]) -> Entity:
    """The entity behind a row of ENTITY_COLUMNS. Raises StoreCorrupt for a damaged row."""
    try:
        values = list(row)
        values[_DATA] = parse_object(row[_DATA])
        return Entity(*values)
    except (ValueError, TypeError) as error:
        raise StoreCorrupt(f"The row of {row[0]} {row[1]!r} is damaged: {error}.", entity=str(row[1])) from error


def states_of(state: str | tuple[str, ...] | None) -> Collection[str] | None:
    """The states that a filter lets through; None for all."""
    return (state,) if isinstance(state, str) else state


def entity_moved(entity: Entity) -> VersionConflict:
    """What a write says that was based on another version, or made what is there already."""
    return VersionConflict(
        f"The {entity.kind} {entity.entity_id} was changed by somebody else meanwhile.",
        kind=entity.kind, entity=entity.entity_id, next="Read it again, then decide.",
    )  # fmt: skip
