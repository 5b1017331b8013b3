"""Broken stores as providers: those of `conformance.mutants` on a place of their own, and some that lie about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from conformance import mutants, mutants_entities
from conformance.mutants import Mutant
from testkit.broken.naming import name_of
from vespera_core.builtin.memory.state import State
from vespera_core.ports.capabilities import BACKUP, DURABLE, MULTI_PROCESS
from vespera_core.ports.provider import OpenContext, Provider
from vespera_core.ports.storage import Storage

PLACES: dict[Path, State] = {}
"""What lies in each folder: a disk of this process alone."""

PLAIN: tuple[type[Mutant], ...] = (
    Mutant, mutants.IgnoresVersions, mutants.DropsARelation, mutants.HandsOutLiveTasks, mutants.RepeatsARow,
    mutants.CountsTheNextRow, mutants.ForgetsToRollBack, mutants.RemembersTheTail, mutants.KeepsExpiredAnswers,
    mutants.LetsTheLastInsertWin, mutants.WritesNoReadiness, mutants_entities.MixesTheirKinds,
)  # fmt: skip
"""Broken in what every store keeps."""


class ForgetsTheLastEntity(mutants_entities.DropsOneOnReopen):
    """Durable, but for what was written last."""


class KeepsInSecret(Mutant):
    """Keeps everything in its place, and does not say so."""


class LosesEverything(Mutant):
    """Says that it is durable, and starts empty."""


class CopiesNothing(Mutant):
    """Says that it makes backups, and refuses each."""


class IsAlone(Mutant):
    """Says that several processes may use it at once, and keeps everything in one."""


def opened(broken: type[Mutant], _settings: dict[str, Any], context: OpenContext) -> Storage:
    """A store that starts empty."""
    return broken(context.clock)


def found(broken: type[Mutant], _settings: dict[str, Any], context: OpenContext) -> Storage:
    """The store of a folder."""
    assert context.folder is not None
    fresh = context.folder not in PLACES
    store = broken(context.clock)
    store._state = PLACES.setdefault(context.folder, store._state)
    return store if fresh else store.reopened()


def providers() -> Iterator[Provider[Storage]]:
    """Each with the capabilities that it claims."""
    for broken in PLAIN:
        yield _provider(broken, opened)
    yield _provider(ForgetsTheLastEntity, found, DURABLE)
    yield _provider(KeepsInSecret, found)
    yield _provider(LosesEverything, opened, DURABLE)
    yield _provider(CopiesNothing, opened, BACKUP)
    yield _provider(IsAlone, found, DURABLE, MULTI_PROCESS)


def _provider(broken: type[Mutant], opening: Callable[..., Storage], *claims: str) -> Provider[Storage]:
    return Provider(
        name=name_of(broken),
        summary=(broken.__doc__ or "").partition("\n")[0],
        open=partial(opening, broken),
        capabilities=frozenset(claims),
    )
