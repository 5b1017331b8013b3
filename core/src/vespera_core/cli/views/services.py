"""Services and indexes as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.text import table, when

if TYPE_CHECKING:
    from vespera_core.app.services.answers import ServicesAnswer, ServiceState


def overview(answer: ServicesAnswer) -> str:
    """Services, who answers, the indexes on the disk, and the health."""
    parts = [_services(answer.services)]
    if answer.engines:
        rows = [(one.kind, one.answers or "none", _why(one.wanted, one.answers, one.reason)) for one in answer.engines]
        parts += ["Answering here:", table(rows)]
    if answer.indexes:
        lines = [
            (one.index, f"generation {one.generation}" if one.generation else "not built yet",
             f"{one.behind} behind", f"{one.parked} parked")
            for one in answer.indexes
        ]  # fmt: skip
        parts += ["Indexes:", table(lines)]
    if level := answer.health.get("level"):
        reasons = "; ".join(answer.health.get("reasons") or ())
        parts.append(f"Health: {level}" + (f" ({reasons})" if reasons else ""))
    if answer.engines and not answer.hosts:
        parts.append("No process hosts services now; 'vespera services run' does.")
    return "\n".join(parts)


def _services(states: tuple[ServiceState, ...]) -> str:
    rows = [("SERVICE", "STATUS", "PID", "LAST RUN", "LAG", "WHAT IT SAYS")]
    rows += [
        (one.name, _status(one), str(one.pid or "") if one.status in ("running", "failed") else "", when(one.last_run),
         str(one.lag or ""), one.last_error or one.text)
        for one in states
    ]  # fmt: skip
    return table(rows, "")


def _status(one: ServiceState) -> str:
    return one.status if one.wanted or one.status == "stopped" else f"{one.status}, to stop"


def _why(wanted: str, answers: str, reason: str) -> str:
    if not reason:
        return ""
    return f"instead of {wanted}: {reason}" if answers and answers != wanted else reason


def settings(answer: ServicesAnswer) -> str:
    """The settings of services."""
    return "\n".join(f"{one.name}\n{table(sorted(one.settings.items()))}" for one in answer.services)
