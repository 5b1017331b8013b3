"""What holds of every ledger at every moment, whatever was done to it. Each check takes an open ledger."""

from __future__ import annotations

from collections import Counter

from vespera_core.app.application import Vespera
from vespera_core.app.care.rebuild import digest, facts, replay, stored
from vespera_core.app.requests import Nothing
from vespera_core.model.basics import Micros
from vespera_core.model.event import chain_faults
from vespera_core.model.query import EventQuery
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import Task
from vespera_testkit.model.paper import Paper


def log_leads_to_state(ledger: Vespera) -> None:
    """Replaying the log gives the rows that are stored."""
    with ledger.kernel.storage.read() as reader:
        there, told = stored(reader), replay(reader)
    assert there.projects == told.projects
    assert there.entities == told.entities
    assert {one: facts(task) for one, task in there.tasks.items()} == {
        one: facts(task) for one, task in told.tasks.items()
    }


def chain_is_whole(ledger: Vespera) -> None:
    """No line of the log was lost, moved or altered, and no version has two lines."""
    with ledger.kernel.storage.read() as reader:
        rows = list(reader.event_rows(EventQuery()))
        _, tasks, entities = stored(reader)
    assert list(chain_faults(rows)) == []
    lines = Counter((row.entity_type, row.entity) for row in rows if row.entity_type not in ("project", "system"))
    versions = {("task", one): task.version for one, task in tasks.items()}
    assert lines == versions | {key: entity.version for key, entity in entities.items()}


def readiness_follows(ledger: Vespera) -> None:
    """Kept counters are what the model computes from the rows."""
    with ledger.kernel.storage.read() as reader:
        projects, tasks, _ = stored(reader)
        kept = reader.readiness(sorted(tasks))
    paper = Paper.of(projects.values(), tasks.values())
    for one, task in tasks.items():
        assert kept[one] == _fresh(paper, task), one


def _fresh(paper: Paper, task: Task) -> Readiness:
    sheet = paper.tasks[task.task_id]
    return Readiness(
        task.task_id, task.project_id, task.parent_id, paper.category(sheet), sheet.deleted, task.defer_until,
        task.hold_kind, task.lease_until, len(paper.blockers(sheet)), len(paper.open_children(sheet)),
        paper.held_above(sheet), moment(paper.deferral_above(sheet)), moment(paper.ready_at(sheet)),
    )  # fmt: skip


def moment(at: int | None) -> Micros | None:
    """A number of the model, as rows have it."""
    return None if at is None else Micros(at)


def arrows_agree(ledger: Vespera) -> None:
    """Arrows seen from their ends are the arrows seen from their starts."""
    with ledger.kernel.storage.read() as reader:
        tasks = stored(reader).tasks
        outgoing = Counter(reader.edges(sorted(tasks), incoming=False))
        assert outgoing == Counter(reader.edges(sorted(tasks), incoming=True))
    wanted = [(one, *relation) for one, task in tasks.items() for relation in task.relations]
    wanted.extend((one, "child_of", task.parent_id) for one, task in tasks.items() if task.parent_id is not None)
    assert outgoing == Counter(wanted)


def nothing_is_circular(ledger: Vespera) -> None:
    """No task waits for itself, by brute force and by the ledger's own search."""
    with ledger.kernel.storage.read() as reader:
        projects, tasks, _ = stored(reader)
    assert not Paper.of(projects.values(), tasks.values()).circular()
    assert ledger.call("dependency.cycles", Nothing()).cycles == ()


def doctor_is_content(ledger: Vespera) -> None:
    """`vespera doctor` finds no damage."""
    answer = ledger.call("system.doctor", Nothing())
    assert answer.healthy, [one for one in answer.findings if one.severity == "damage"]


INVARIANTS = (
    log_leads_to_state, chain_is_whole, readiness_follows, arrows_agree, nothing_is_circular, doctor_is_content,
)  # fmt: skip


def check_invariants(ledger: Vespera) -> None:
    """All of them."""
    for check in INVARIANTS:
        check(ledger)


def named_digest(ledger: Vespera) -> str:
    """The digest of a ledger's state, batches of deletion named by their first task: their own names are random."""
    with ledger.kernel.storage.read() as reader:
        state = stored(reader)
    tasks = state.tasks
    names: dict[str | None, str | None] = {None: None}
    for task_id in sorted(tasks):
        names.setdefault(tasks[task_id].delete_batch, task_id)
    named = {one: task.evolve(delete_batch=names[task.delete_batch]) for one, task in tasks.items()}
    return digest(state._replace(tasks=named))
