"""The graph as text: what hangs on what, ways between tasks, circles, and the shape of it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_core.cli.views.listed import bounded, lines, named, noted, percent, section
from vespera_core.cli.views.text import clean, count, table

if TYPE_CHECKING:
    from vespera_core.analysis.results import DegreeSummary, Neighbour
    from vespera_core.app.graph.answers import (
        CycleAuditAnswer,
        DependenciesAnswer,
        GraphMetricsAnswer,
        PathsAnswer,
        TableAnswer,
    )

_BECAUSE = {"depends_on": "needed", "child": "part of it", "parent": "its parent waits"}
_CIRCLES = 10


@noted
def dependencies(answer: DependenciesAnswer) -> str:
    """A task between what it needs and what needs it, and what is in its way."""
    titles, own = answer.titles, answer.task_id
    blockers = [(one.task_id, _pace(one.ready, one.active), _BECAUSE.get(one.because, one.because),
                 titles.get(one.task_id, "")) for one in answer.open_blockers]  # fmt: skip
    direct = {one.task_id for one in answer.open_blockers}
    roots = tuple(one for one in answer.root_blockers if one != own and one not in direct)
    return lines(
        clean(f"{own}  {titles.get(own, '')}".rstrip()) + f"  ({_standing(answer)})",
        _neighbours("Needs", answer.prerequisites, answer.open_prerequisites, answer),
        _neighbours("Needed by", answer.dependents, answer.open_dependents, answer),
        section("In the way", bounded(blockers)),
        section("Work on first, to free it", named(roots, titles)),
        section("Stuck, so that no work frees it", named(answer.stuck_blockers, titles)),
        section("Its completion makes ready", named(answer.unblocks, titles)),
    )


def _standing(answer: DependenciesAnswer) -> str:
    return "closed" if not answer.open else "ready" if answer.ready else "open, not ready"


def _pace(ready: bool, active: bool) -> str:
    return "in progress" if active else "ready" if ready else "waits"


def _neighbours(heading: str, found: tuple[Neighbour, ...], open_: int, answer: DependenciesAnswer) -> list[str]:
    if not found:
        return [f"{heading}: nothing."]
    rows = [
        (one.task_id, "open" if one.open else "done", _steps(one.distance), answer.titles.get(one.task_id, ""))
        for one in found
    ]
    return [f"{heading}: {count(len(found), 'task')}, {open_:,} open", bounded(rows)]


def _steps(distance: int) -> str:
    return "directly" if distance == 1 else f"{distance} steps"


@noted
def paths(answer: PathsAnswer) -> str:
    """Chains, one a line, the shortest first."""
    if answer.waits is None or answer.waits_for is None:
        return "Neither of the two waits for the other."
    if answer.waits == answer.waits_for:
        return f"{answer.waits} is one and the same task."
    ends = f"{answer.waits} waits for {answer.waits_for}, {count(answer.distance or 0, 'step')} away"
    found = count(len(answer.paths), "chain")
    inner = dict.fromkeys(one for path in answer.paths for one in path)
    return lines(
        f"{ends} ({found}{'' if answer.complete else ' of more: --limit N lists further'}):",
        [f"  {clean(' -> '.join(path))}" for path in answer.paths],
        section("Tasks on them", named(tuple(inner), answer.titles)),
    )


@noted
def circles(answer: CycleAuditAnswer) -> str:
    """Every knot, by one of its shortest circles."""
    if not answer.circles:
        return "No cycles: no task waits for itself."
    found = [" -> ".join((*one.shortest, one.shortest[0])) for one in answer.circles if one.shortest]
    rest = len(answer.circles) - _CIRCLES
    some = tuple(dict.fromkeys(name for one in answer.circles[:_CIRCLES] for name in one.shortest))
    return lines(
        f"{count(len(answer.circles), 'knot')} of tasks that wait for each other, {answer.tasks_in_circles:,} in all:",
        [f"  {clean(one)}" for one in found[:_CIRCLES]],
        [f"  and {rest:,} more: --json lists all"] if rest > 0 else [],
        section("Tasks in them", named(some, answer.titles)),
        "  untie one: vespera dep rm A B",
    )


@noted
def metrics(answer: GraphMetricsAnswer) -> str:
    """The shape of the graph, in figures."""
    if not answer.tasks:
        return "There are no tasks, and so there is no graph yet."
    depth = "endless: there are circles" if answer.depth is None else count(answer.depth, "step")
    central = [(one.task_id, percent(one.betweenness), answer.titles.get(one.task_id, "")) for one in answer.central]
    sampled = "" if answer.betweenness_exact else f", from a sample of {answer.betweenness_sources:,}"
    return lines(
        f"{count(answer.tasks, 'task')}, {answer.open_tasks:,} open; {count(answer.edges, 'edge')}",
        table([(one.kind.replace("_", " "), f"{one.edges:,}") for one in answer.edges_by_kind]),
        "Shape:",
        table([
            ("longest chain", depth),
            ("prerequisites per task", _degrees(answer.prerequisites)),
            ("dependents per task", _degrees(answer.dependents)),
            ("separate parts", f"{answer.components:,}, the largest of {count(answer.largest_component, 'task')}"),
            ("tasks on their own", f"{answer.isolated:,}"),
            ("density", percent(answer.density)),
        ]),
        section(f"On most ways between tasks (share of all pairs{sampled})", bounded(central, 10)),
    )  # fmt: skip


def _degrees(of: DegreeSummary) -> str:
    return f"{of.mean:.1f} on average, at most {of.maximum:,}; {percent(of.zero_share)} of tasks have none"


def answered(answer: TableAnswer) -> str:
    """The rows of a query under their columns."""
    if not answer.rows:
        return "No rows."
    body = table([answer.columns, *answer.rows]) if answer.columns else ""
    note = f"{count(len(answer.rows), 'row')}" + (", and there are more: --limit N" if answer.truncated else "")
    return f"{body}\n{note}"
