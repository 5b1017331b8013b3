"""The health monitor: samples how the ledger is, and writes an event when that changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from vespera_core.app.care.recording import record_system
from vespera_core.app.services.board import FAILED, Board, Notes
from vespera_core.app.services.cursors import handlers, lacking
from vespera_core.errors import EmbedderFault, PluginFault
from vespera_core.ports.service import Ledger, Report, Service

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

OK, DEGRADED, CRITICAL = "ok", "degraded", "critical"
KEY: Final = "health"
_MB: Final = 1 << 20

LIMITS: Final = {
    "read_ms": "reading takes {value} ms",
    "begin_ms": "getting at the store takes {value} ms",
    "lag": "what is derived is {value} events behind",
    "parked": "{value} tasks are parked: an index cannot take them",
    "failed": "{value} services fail",
    "memory_mb": "this process uses {value} MB",
    "log_mb": "the store's log has {value} MB",
}
"""Samples that may not exceed the setting of the same name, and how that is said."""


class Health(Service):
    """Samples latency, lag, memory, disk and errors."""

    defaults: ClassVar[dict[str, Any]] = {
        "interval": 30.0, "read_ms": 1000.0, "begin_ms": 2000.0, "lag": 5000, "memory_mb": 2000, "log_mb": 512,
        "free_mb": 200,
    }  # fmt: skip

    def __init__(self, ledger: Ledger, settings: dict[str, Any]) -> None:
        super().__init__(ledger, settings)
        self._kernel = cast("Kernel", ledger)

    def run(self, stop: Callable[[], bool]) -> Report:  # noqa: ARG002 - it takes no time
        board = Board(self.ledger.storage)
        notes = board.look()
        samples = self._samples(notes)
        reasons = list(self._reasons(samples))
        level = _level(samples, reasons)
        before = notes.health()
        board.note({KEY: {"level": level, "reasons": reasons, "samples": samples, "at": self.ledger.clock()}})
        if level != before.get("level", OK):
            facts = {"level": level, "was": before.get("level", OK), "reasons": reasons}
            record_system(self.ledger.storage, "health.changed", facts)
        return Report(done=1, text=level + (f": {'; '.join(reasons)}" if reasons else ""))

    def _samples(self, notes: Notes) -> dict[str, float]:
        began = time.perf_counter()
        with self.ledger.storage.read() as reader:
            position = reader.position()
            opened = time.perf_counter()
            reader.tally()
            read = time.perf_counter()
        figures = self.ledger.storage.figures()
        indexes = [one for one in self._kernel.engines.indexes() if one.checkpoints.live().generation]
        lags = [one.behind() for one in indexes] + [self._vectors_lag()]
        samples = {
            "begin_ms": round((opened - began) * 1000, 3),
            "read_ms": round((read - opened) * 1000, 3),
            "position": position,
            "lag": max(lags),
            "parked": sum(len(one.checkpoints.parked()) for one in indexes),
            "failed": sum(state.get("status") == FAILED for state in notes.states()),
            "memory_mb": memory_mb(),
        }
        return samples | {f"{name}_mb": round(size / _MB, 1) for name, size in figures.items()}

    def _vectors_lag(self) -> int:
        try:
            return self._kernel.engines.embeddings().standing().behind
        except (EmbedderFault, PluginFault):
            return 0  # a ledger without a model searches by words, and lacks nothing else

    def _reasons(self, samples: dict[str, float]) -> Iterator[str]:
        yield from filter(None, (lacking(self._kernel, one) for one in handlers(self._kernel)))
        for name, text in LIMITS.items():
            if samples.get(name, 0) > self.settings.get(name, 0):
                yield text.format(value=samples[name])
        if samples.get("free_mb", self.settings["free_mb"]) < self.settings["free_mb"]:
            yield f"only {samples['free_mb']} MB are free on the disk"


def _level(samples: dict[str, float], reasons: list[str]) -> str:
    if samples.get("free_mb", 1e9) < 20:
        return CRITICAL
    return DEGRADED if reasons else OK


def memory_mb() -> float:
    """What this process holds in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path of anybody's
            return round(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MB, 1)
    except (OSError, ValueError, IndexError):
        return 0.0
