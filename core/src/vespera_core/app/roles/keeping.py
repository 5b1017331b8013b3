"""Keeping the catalogue from one process to the next, the way the guard keeps compiled roles.

Reading YAML and compiling patterns takes most of the time of a short command that needs a role. What is kept counts
only while everything that it comes from looks the same, and while the same sets are on offer and the same is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from vespera_core.app.roles import kept
from vespera_core.app.roles.drafts import SUFFIXES, Problem
from vespera_core.model.packing import pack, unpack
from vespera_core.model.role import RoleDefinition
from vespera_core.ports.roles import RoleTemplates

NAME: Final = "*catalogue"
"""What it is kept under: no role can be called so."""


class Kept(NamedTuple):
    """What a catalogue is made of."""

    roles: dict[str, RoleDefinition]
    problems: list[Problem]


def recall(folder: Path, chosen: str | None, sets: Mapping[str, RoleTemplates]) -> Kept | None:
    """The catalogue of a workspace (its `.vespera` folder), or None where it is not kept or not to be used."""
    found = kept.read(str(folder), NAME)
    if found is None or found.get("offer") != _offer(chosen, sets):
        return None
    try:
        roles = [unpack(RoleDefinition, one) for one in found["roles"]]
        problems = [unpack(Problem, one) for one in found["problems"]]
    except (TypeError, ValueError, KeyError, AttributeError):  # written by nobody of us
        return None
    return Kept({one.name: one for one in roles}, problems)


def keep(folder: Path, chosen: str | None, sets: Mapping[str, RoleTemplates], catalogue: Kept, began: int) -> None:
    """Keep a catalogue that was read from `began` (nanoseconds) on; not where its set is no folder on a disk."""
    templates = None if chosen is None else sets.get(chosen)
    place = None if templates is None else templates.folder
    if place is not None and not isinstance(place, Path):
        return
    compiled = {
        "role": NAME, "offer": _offer(chosen, sets), "roles": pack(list(catalogue.roles.values())),
        "problems": pack(catalogue.problems),
    }  # fmt: skip
    try:
        files = () if place is None else _files(place)
    except OSError:
        return
    kept.write(str(folder), NAME, compiled, files, began)


def _offer(chosen: str | None, sets: Mapping[str, RoleTemplates]) -> list[Any]:
    return [chosen, *([name, one.summary, str(one.folder)] for name, one in sets.items())]


def _files(folder: Path) -> tuple[str, ...]:
    return (str(folder), *sorted(str(one) for one in folder.iterdir() if one.name.endswith(SUFFIXES)))
