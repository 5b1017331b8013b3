"""The operations on services and indexes: looking, commanding, setting, making anew."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.engines.cache import CacheFigures
from vespera_core.app.services import asking
from vespera_core.app.services.answers import IndexState, RebuildAnswer, Rebuilt, ServicesAnswer, ServiceState
from vespera_core.app.services.board import FAILED, RUNNING, STANDBY, STOPPED, Board, Notes, service_lock
from vespera_core.app.services.manager import provider_named, providers
from vespera_core.app.services.requests import ConfigureService, RebuildIndexes, ServiceNames
from vespera_core.app.services.settings import checked, service_class, settings_of
from vespera_core.errors import EmbedderFault, NotFound, Refused
from vespera_core.model.basics import Micros
from vespera_core.ports.access import Caller
from vespera_core.ports.service import ServiceProvider

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.index import Index

_PATIENCE: Final = 3600.0
"""Seconds that a rebuild by another process is waited for."""


def status(kernel: Kernel, request: ServiceNames, _caller: Caller) -> ServicesAnswer:
    """Every service, or those that are named, and what they work on."""
    notes = Board(kernel.storage).look()
    chosen = _named(kernel, request.names)
    if request.names:
        return ServicesAnswer(services=tuple(_state(kernel, notes, one) for one in chosen))
    return ServicesAnswer(
        services=tuple(_state(kernel, notes, one) for one in chosen),
        hosts=tuple(kept for kept in notes.hosts().values() if _is_alive(kernel, kept)),
        engines=kernel.engines.standing(),
        indexes=tuple(_index_state(one) for one in kernel.engines.indexes()),
        health=_health(notes),
        caches={name: _figures(one) for name, one in kernel.engines.cache_figures().items()},
    )


def _named(kernel: Kernel, names: Iterable[str]) -> list[ServiceProvider]:
    return [provider_named(kernel, name) for name in names] or providers(kernel)


def _state(kernel: Kernel, notes: Notes, provider: ServiceProvider) -> ServiceState:
    name, told, wanted = provider.name, notes.state(provider.name), notes.wanted(provider.name)
    standby = tuple(
        kept["pid"] for kept in notes.hosts().values()
        if kept.get("roles", {}).get(name) == STANDBY and _is_alive(kernel, kept)
    )  # fmt: skip
    duration = told.get("duration")
    return ServiceState(
        name=name, summary=provider.summary, status=_status(kernel, name, told, bool(standby)), wanted=wanted.runs,
        pid=told.get("pid"), hostname=told.get("hostname"), standby=standby, last_run=_moment(told.get("last_run")),
        duration_ms=None if duration is None else round(duration * 1000, 1), done=told.get("done", 0),
        text=told.get("text", ""), lag=told.get("lag", 0), last_error=told.get("error", ""),
        heartbeat=_moment(told.get("heartbeat")), settings=settings_of(kernel, provider, wanted.settings),
    )  # fmt: skip


def _status(kernel: Kernel, name: str, told: dict[str, Any], standby: bool) -> str:
    """What a leader last said counts only while there is one: the lock knows."""
    if kernel.folder is not None and service_lock(kernel.folder, name).is_held_elsewhere:
        return FAILED if told.get("status") == FAILED else RUNNING
    return STANDBY if standby else STOPPED


def _is_alive(kernel: Kernel, host: dict[str, Any]) -> bool:
    return kernel.clock() - int(host.get("heartbeat", 0)) < 15_000_000


def _moment(at: int | None) -> Micros | None:
    return None if at is None else Micros(at)


def _index_state(index: Index) -> IndexState:
    live = index.checkpoints.live()
    position = index.checkpoints.position(live.generation) if live.generation else 0
    return IndexState(
        index=index.key, maker=live.maker or index.maker, generation=live.generation, position=position,
        behind=index.behind(), parked=len(index.checkpoints.parked()),
    )  # fmt: skip


def _health(notes: Notes) -> dict[str, Any]:
    kept = notes.health()
    return {} if not kept else {name: kept.get(name) for name in ("level", "reasons", "samples")}


def _figures(one: CacheFigures) -> dict[str, float]:
    return {
        "size": one.size, "held": one.held, "hits": one.hits, "misses": one.misses, "hit_rate": round(one.hit_rate, 4)
    }  # fmt: skip


def start(kernel: Kernel, request: ServiceNames, caller: Caller) -> ServicesAnswer:
    """Let services run wherever they are hosted."""
    return _commanded(kernel, request, caller, runs=True)


def stop(kernel: Kernel, request: ServiceNames, caller: Caller) -> ServicesAnswer:
    """Stop services in every process, until they are started again."""
    return _commanded(kernel, request, caller, runs=False)


def restart(kernel: Kernel, request: ServiceNames, caller: Caller) -> ServicesAnswer:
    """Start services anew where they run, and let those run that were stopped."""
    return _commanded(kernel, request, caller, runs=True, restart=True)


def _commanded(
    kernel: Kernel, request: ServiceNames, caller: Caller, *, runs: bool, restart: bool = False
) -> ServicesAnswer:
    names = [one.name for one in _named(kernel, request.names)]
    Board(kernel.storage).want(names, runs=runs, restart=restart)
    return status(kernel, ServiceNames(names=tuple(names)), caller)


def configure(kernel: Kernel, request: ConfigureService, caller: Caller) -> ServicesAnswer:
    """Give a service other settings, in every process, from its next run on."""
    provider = provider_named(kernel, request.name)
    defaults = {"interval": 60.0, **service_class(provider).defaults}
    board = Board(kernel.storage)
    kept = dict(board.look().wanted(provider.name).settings)
    for key, value in request.settings.items():
        if value in ("", None):
            kept.pop(key, None)
        else:
            kept[key] = checked(provider.name, defaults, key, value)
    if request.settings:
        board.note({f"settings:{provider.name}": kept or None})
    return status(kernel, ServiceNames(names=(provider.name,)), caller)


def rebuild(kernel: Kernel, request: RebuildIndexes, _caller: Caller) -> RebuildAnswer:
    """Make indexes anew from the primary store; the old ones answer until the new ones are whole."""
    return RebuildAnswer(rebuilt=tuple(_rebuilt(kernel, index) for index in _wanted_indexes(kernel, request.index)))


def _wanted_indexes(kernel: Kernel, name: str | None) -> list[Index]:
    if kernel.folder is None:
        raise Refused("A ledger in memory keeps no indexes.", next="Open a workspace on the disk.")
    if name in ("vectors", "graph"):
        found = kernel.engines.index(name, hosted=True)  # says what is missing, where something is
        if found is None:
            raise Refused(
                f"There is no index to make anew: {name} are answered from the store itself.", index=name,
                next="Nothing needs to be done.",
            )  # fmt: skip
        return [found]
    indexes = kernel.engines.indexes()
    fits = [one for one in indexes if name in (None, one.name, one.key)]
    if name is not None and not fits:
        names = ", ".join(one.key for one in indexes) or "none"
        raise NotFound(f"There is no index {name!r}; there are: {names}.", next="Run 'vespera services status'.")
    return fits


def _rebuilt(kernel: Kernel, index: Index) -> Rebuilt:
    began = time.monotonic()
    if index.model is not None:
        _made_vectors(kernel)
    told = asking.with_index(kernel, index, asking.REBUILD, _PATIENCE, kernel.progress)
    return Rebuilt(
        index=index.key, generation=told["generation"], tasks=told["tasks"], digest=told["digest"],
        seconds=round(time.monotonic() - began, 3), pid=told["pid"],
    )  # fmt: skip


def _made_vectors(kernel: Kernel) -> None:
    """Bring the vectors up to the log first: no text is embedded twice. Raises EmbedderFault."""
    standing = kernel.engines.catch_up(_PATIENCE)
    if not standing.complete:
        raise EmbedderFault(f"The vectors are {standing.behind} events behind: {standing.reason or 'too slow'}.")
