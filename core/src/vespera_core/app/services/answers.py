"""What the operations on services and indexes answer."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from vespera_core.app.engines.answering import Answering
from vespera_core.app.projections.digest import Comparison
from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """A service: whether it is led anywhere, by which process, what it last did, and how far it is behind in events.

    `status` is ``running``, ``standby`` (hosted, and no process leads it yet), ``stopped`` or ``failed``.
    """

    name: str
    summary: str
    status: str
    wanted: bool
    pid: int | None = None
    hostname: str | None = None
    standby: tuple[int, ...] = ()
    last_run: Micros | None = None
    duration_ms: float | None = None
    done: int = 0
    text: str = ""
    lag: int = 0
    last_error: str = ""
    heartbeat: Micros | None = None
    settings: dict[str, Any] = field(default_factory=dict)


@record(frozen=True, slots=True, kw_only=True)
class IndexState:
    """An index on the disk: the generation that answers, how far it is, and the tasks that it could not take."""

    index: str
    maker: str
    generation: int
    position: int
    behind: int
    parked: int


@record(frozen=True, slots=True, kw_only=True)
class ServicesAnswer:
    """All services, the processes that host them, who answers in this process, and how the workspace is."""

    services: tuple[ServiceState, ...]
    hosts: tuple[dict[str, Any], ...] = ()
    engines: tuple[Answering, ...] = ()
    indexes: tuple[IndexState, ...] = ()
    health: dict[str, Any] = field(default_factory=dict)
    caches: dict[str, dict[str, float]] = field(default_factory=dict)


@record(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What became of one index: the generation that answers now, how many tasks it holds, and by which process."""

    index: str
    generation: int
    tasks: int
    digest: str
    seconds: float
    pid: int


@record(frozen=True, slots=True, kw_only=True)
class RebuildAnswer:
    """The indexes that were made anew."""

    rebuilt: tuple[Rebuilt, ...]


@record(frozen=True, slots=True, kw_only=True)
class StoresAnswer:
    """Which stores hold a task, and at which version: None where one does not hold it.

    `primary` is its version, `text` that of the words that are found, `vectors` by model, `indexes` by index.
    """

    task_id: str
    primary: int
    text: int | None
    vectors: dict[str, int]
    indexes: dict[str, int | None]


@record(frozen=True, slots=True, kw_only=True)
class RepairAnswer:
    """What was repaired, in words, and how every index compares with the primary afterwards."""

    repaired: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    seq: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class ReapAnswer:
    """The tasks that were given back."""

    released: tuple[str, ...]
