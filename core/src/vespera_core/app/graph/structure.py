"""How tasks hang together: dependencies, paths, circles, metrics, and questions in the back end's own language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.app.graph.answers import (
    CycleAuditAnswer,
    DependenciesAnswer,
    GraphMetricsAnswer,
    PathsAnswer,
    TableAnswer,
)
from vespera_core.app.graph.checks import check_count
from vespera_core.app.graph.network import answered, in_project, source_of, task_id_of
from vespera_core.app.graph.requests import AskGraph, FindPaths, InProject
from vespera_core.app.requests import Nothing, TaskRef
from vespera_core.model.basics import Micros, check_text
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def dependencies(kernel: Kernel, request: TaskRef, caller: Caller) -> DependenciesAnswer:
    """What a task depends on, what depends on it, and what is in its way."""
    from vespera_core.analysis.dependencies import dependencies as analyse

    task_id = task_id_of(kernel, caller, request.task_id)
    source = source_of(kernel)
    return answered(source, DependenciesAnswer, analyse(source.network, task_id, Micros(kernel.clock())))


def paths(kernel: Kernel, request: FindPaths, caller: Caller) -> PathsAnswer:
    """Chains of dependencies between two tasks."""
    from vespera_core.analysis.paths import paths_between

    first, second = (task_id_of(kernel, caller, one) for one in (request.first, request.second))
    limit = check_count("limit", request.limit, most=1000)
    source = source_of(kernel)
    return answered(source, PathsAnswer, paths_between(source.network, first, second, limit=limit))


def metrics(kernel: Kernel, request: InProject, caller: Caller) -> GraphMetricsAnswer:
    """The shape of the graph."""
    from vespera_core.analysis.metrics import metrics as measure

    project_id = in_project(kernel, caller, request)
    source = source_of(kernel)
    return answered(source, GraphMetricsAnswer, measure(source.network, project_id))


def cycles(kernel: Kernel, _request: Nothing, _caller: Caller) -> CycleAuditAnswer:
    """Tasks that wait for themselves: none, unless something outside of the ledger brought them in."""
    from vespera_core.analysis.cycles import audit_cycles

    source = source_of(kernel)
    return answered(source, CycleAuditAnswer, audit_cycles(source.network))


def query(kernel: Kernel, request: AskGraph, _caller: Caller) -> TableAnswer:
    """An answer of the graph back end in its own language. Raises Unsupported where it has none."""
    check_text("text", request.text, 100_000, empty=False)
    limit = check_count("limit", request.limit, most=100_000)
    table = kernel.engines.graph().query(request.text, request.parameters, limit)
    return TableAnswer(columns=table.columns, rows=table.rows, truncated=table.truncated)
