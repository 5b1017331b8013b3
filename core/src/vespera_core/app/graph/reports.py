"""Reports on a project: its health, and scope and done over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.graph.answers import BurnUpAnswer, ProjectHealthAnswer
from vespera_core.app.graph.checks import check_count
from vespera_core.app.graph.network import answered, in_project, source_of
from vespera_core.app.graph.requests import AskBurnUp, AskHealth
from vespera_core.model.basics import Micros, check_choice
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def health(kernel: Kernel, request: AskHealth, caller: Caller) -> ProjectHealthAnswer:
    """How a project is, and why."""
    from vespera_core.analysis.health import health as examine

    project_id = in_project(kernel, caller, request)
    days = check_count("stale_days", request.stale_days, most=3650)
    source = source_of(kernel)
    found = examine(source.network, Micros(kernel.clock()), project_id, stale_days=days)
    return answered(source, ProjectHealthAnswer, found)


def burnup(kernel: Kernel, request: AskBurnUp, caller: Caller) -> BurnUpAnswer:
    """Scope and done over time."""
    from vespera_core.analysis.burnup import burnup as count

    project_id = in_project(kernel, caller, request)
    check_choice("period", request.period, ("day", "week"))
    source = source_of(kernel)
    found = count(source.network, Micros(kernel.clock()), project_id, period=request.period)
    return answered(source, BurnUpAnswer, found)
