"""Health: how each part of the system is, from looks that cost little. The doctor looks closer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Final

from vespera_core.app.requests import Nothing
from vespera_core.app.services.board import FAILED, Board
from vespera_core.app.services.cursors import Cursors, behind, handlers, lacking
from vespera_core.app.services.health import Health
from vespera_core.errors import EmbedderFault, PluginFault
from vespera_core.model.event import is_sealed
from vespera_core.model.query import EventQuery
from vespera_core.model.record import record
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.index import Index
    from vespera_core.plugins.status import PluginStatus

HEALTHY, DEGRADED, CRITICAL = "healthy", "degraded", "critical"
_ORDER: Final = (HEALTHY, DEGRADED, CRITICAL)
_MB: Final = 1 << 20
_CRITICAL_MB: Final = 20
"""Free megabytes below which the next write may be the one that fails."""


@record(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of the system. `figures` are what was looked at, such as ``lag`` in events or ``free`` in bytes."""

    name: str
    status: str
    reasons: tuple[str, ...] = ()
    figures: dict[str, int] = field(default_factory=dict)


@record(frozen=True, slots=True, kw_only=True)
class HealthAnswer:
    """``healthy``, ``degraded`` (something lags or is missing, nothing is lost) or ``critical``: the worst of all."""

    status: str
    components: tuple[Component, ...]


def health(kernel: Kernel, _request: Nothing, _caller: Caller) -> HealthAnswer:
    """Look at every part; one that cannot even be looked at is critical where it holds facts, else degraded."""
    found = [
        _looked("store", CRITICAL, lambda: _store(kernel)),
        _looked("log", CRITICAL, lambda: _log(kernel)),
        _looked("disk", DEGRADED, lambda: _disk(kernel)),
        _looked("embedder", DEGRADED, lambda: _embedder(kernel)),
        *_projections(kernel),
        _looked("services", DEGRADED, lambda: _services(kernel)),
        *(_looked(f"events {one.name}", DEGRADED, partial(_handler, kernel, one)) for one in handlers(kernel)),
    ]
    worst = max(found, key=lambda one: _ORDER.index(one.status))
    return HealthAnswer(status=worst.status, components=tuple(found))


def check_store(kernel: Kernel) -> None:
    """Whether the primary store can be read; raises what stands against it."""
    with kernel.storage.read() as reader:
        reader.position()


def _looked(name: str, otherwise: str, look: Callable[[], Component]) -> Component:
    try:
        return look()
    except Exception as error:
        return Component(name=name, status=otherwise, reasons=(f"{type(error).__name__}: {str(error)[:300]}",))


def _store(kernel: Kernel) -> Component:
    check_store(kernel)
    return Component(name="store", status=HEALTHY)


def _log(kernel: Kernel) -> Component:
    """The last line alone: `audit verify` walks the whole log."""
    with kernel.storage.read() as reader:
        last = next(iter(reader.event_rows(EventQuery(newest_first=True, limit=1))), None)
    if last is not None and not is_sealed(last):
        return Component(name="log", status=CRITICAL, reasons=(f"event {last.seq} was altered",))
    return Component(name="log", status=HEALTHY, figures={"position": 0 if last is None else last.seq})


def _disk(kernel: Kernel) -> Component:
    figures = kernel.storage.figures()
    free = figures.get("free")
    if free is None or free >= Health.defaults["free_mb"] * _MB:
        return Component(name="disk", status=HEALTHY, figures=figures)
    status = CRITICAL if free < _CRITICAL_MB * _MB else DEGRADED
    return Component(name="disk", status=status, reasons=(f"only {free // _MB} MB are free",), figures=figures)


def _embedder(kernel: Kernel) -> Component:
    try:
        behind = kernel.engines.embeddings().standing().behind
    except (EmbedderFault, PluginFault) as error:
        reason = f"{error.message} Search by words works without."
        return Component(name="embedder", status=DEGRADED, reasons=(reason,))
    return _lagging("embedder", behind, 0)


def _projections(kernel: Kernel) -> Iterator[Component]:
    """The indexes that have been built; where that cannot be told, one component that says why."""
    try:
        built = [one for one in kernel.engines.indexes() if one.checkpoints.live().generation]
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error)[:300]}"
        yield Component(name="projections", status=DEGRADED, reasons=(reason,))
        return
    for index in built:
        yield _looked(f"projection {index.key}", DEGRADED, partial(_projection, index))


def _projection(index: Index) -> Component:
    return _lagging(f"projection {index.key}", index.behind(), len(index.checkpoints.parked()))


def _handler(kernel: Kernel, plugin: PluginStatus) -> Component:
    parked = len(Cursors(kernel.storage, plugin.name).parked())
    return _lagging(f"events {plugin.name}", behind(kernel, plugin.name), parked, lacking(kernel, plugin))


def _lagging(name: str, lag: int, parked: int, why: str = "") -> Component:
    reasons = []
    if lag > Health.defaults["lag"]:
        reasons.append(f"{lag} events behind the log")
    if parked:
        reasons.append(why or f"{parked} tasks are parked, since it could not take them")
    status = DEGRADED if reasons else HEALTHY
    return Component(name=name, status=status, reasons=tuple(reasons), figures={"lag": lag, "parked": parked})


def _services(kernel: Kernel) -> Component:
    states = Board(kernel.storage).look().named_states()
    failed = [
        f"{name} fails: {state.get('error', '')}" for name, state in states.items() if state.get("status") == FAILED
    ]
    return Component(name="services", status=DEGRADED if failed else HEALTHY, reasons=tuple(failed))
