"""Metrics: how search has been doing in this process, and in the last one that hosted services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.requests import Nothing
from vespera_core.app.search.answers import MetricsAnswer
from vespera_core.app.search.meter import Reading
from vespera_core.app.search.state import SPACE, state_of
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

MEMO = "metrics"


def metrics(kernel: Kernel, _request: Nothing, _caller: Caller) -> MetricsAnswer:
    """The figures up to now."""
    state = state_of(kernel)
    with kernel.storage.read() as reader:
        kept = reader.memos(SPACE).get(MEMO)
    shown = _shares(state.meter.read())
    return MetricsAnswer(
        searches=state.meter.read().searches,
        cached=round(state.rankings.figures().hit_rate, 4),
        kept=kept if isinstance(kept, dict) else {},
        **shown,
    )


def _shares(reading: Reading) -> dict[str, float]:
    return {
        "p50_ms": round(reading.percentile(0.5), 2),
        "p95_ms": round(reading.percentile(0.95), 2),
        "p99_ms": round(reading.percentile(0.99), 2),
        "without_result": reading.share(reading.without_result),
        "degraded": reading.share(reading.degraded),
    }


def flush(kernel: Kernel) -> None:
    """Keep this process's figures: for those that host services, now and then and at their end."""
    reading = state_of(kernel).meter.read()
    total = float(sum(reading.searches.values()))
    if total:
        memo = {"searches": total, "at": kernel.clock(), **_shares(reading)}
        kernel.storage.write(lambda unit: unit.put_memos(SPACE, {MEMO: memo}))
