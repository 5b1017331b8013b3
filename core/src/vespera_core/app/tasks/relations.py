"""Relations: what depends on what, what relates to what, and the trees and circles in it."""

from __future__ import annotations

from vespera_core.app.answers import CyclesAnswer, MovedAnswer, TaskAnswer, TreeAnswer, TreeNode
from vespera_core.app.requests import Nothing, Relate, TaskRef
from vespera_core.app.rules.cycles import check_added
from vespera_core.app.rules.knots import all_cycles
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import CycleRefused, NotFound
from vespera_core.model.basics import check_word
from vespera_core.model.graph import Edge
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import DEPENDS_ON, Relation, Task


def relate(unit: Unit, request: Relate) -> TaskAnswer:
    """Add a relation; one that is there already stays as it is. The event belongs to the source task."""
    source = unit.task(request.source)
    target = unit.task(request.target)
    kind = check_word("kind", request.kind)
    unit.guard(source, request.fence)
    relation = Relation(kind, target.task_id)
    if relation in source.relations:
        return TaskAnswer(source)
    if source.task_id == target.task_id:
        raise CycleRefused(
            f"{source.task_id} cannot have the relation {kind} to itself.",
            cycle=[source.task_id, source.task_id], next="Name two different tasks.",
        )  # fmt: skip
    if kind == DEPENDS_ON:
        check_added(unit.reader, [Edge(source.task_id, kind, target.task_id)])
    return TaskAnswer(unit.record(source, f"{_family(kind)}.added", {}, added=(relation,)))


def unrelate(unit: Unit, request: Relate) -> MovedAnswer:
    """Remove a relation; answers what that made ready."""
    source = unit.task(request.source)
    target = unit.task(request.target, deleted=True)
    unit.guard(source, request.fence)
    relation = Relation(request.kind, target.task_id)
    if relation not in source.relations:
        raise NotFound(
            f"{source.task_id} has no relation {request.kind} to {target.task_id}.",
            next=f"Run 'vespera show {source.task_id}' to see its relations.",
        )
    task = unit.record(source, f"{_family(request.kind)}.removed", {}, removed=(relation,))
    unit.finish()
    return MovedAnswer((task,), tuple(unit.ripple.unblocked(unit.now)))


def _family(kind: str) -> str:
    return "dependency" if kind == DEPENDS_ON else "relation"


def dependency_tree(session: Session, request: TaskRef) -> TreeAnswer:
    """What a task depends on, and that in turn; a task met again is shown without its own branch."""
    root = session.task(request.task_id)
    found = _reachable(session, root)
    shown: set[str] = set()
    return TreeAnswer(_node(root, found, shown))


def _reachable(session: Session, root: Task) -> dict[str, Task]:
    found = {root.task_id: root}
    frontier = [root]
    while frontier:
        ids = sorted({one for task in frontier for one in task.depends_on} - found.keys())
        frontier = list(session.reader.tasks(ids).values())
        found.update({task.task_id: task for task in frontier})
    return found


def _node(root: Task, found: dict[str, Task], shown: set[str]) -> TreeNode:
    """The tree below `root`, built from the leaves up so that a chain of any length fits."""
    order: list[tuple[Task, list[str], bool]] = []
    waiting = [root.task_id]
    while waiting:
        task = found[waiting.pop()]
        repeated = task.task_id in shown
        shown.add(task.task_id)
        below = [] if repeated else [one for one in task.depends_on if one in found]
        order.append((task, below, repeated))
        waiting.extend(reversed(below))
    built: list[TreeNode] = []
    for task, below, repeated in reversed(order):
        children = tuple(built.pop() for _ in below)
        built.append(TreeNode(task, children, repeated and bool(task.depends_on)))
    return built[0]


def cycles(session: Session, _request: Nothing) -> CyclesAnswer:
    """Every knot of tasks that wait for each other, by a fresh look at the whole graph."""
    edges: list[Edge] = []
    for deleted in (False, True):
        ids = [task.task_id for task in session.reader.select(TaskQuery(limit=0, deleted=deleted, counted=False)).items]
        edges.extend(session.reader.edges(ids, incoming=False))
    return CyclesAnswer(tuple(tuple(cycle) for cycle, _ in all_cycles(sorted(edges))))
