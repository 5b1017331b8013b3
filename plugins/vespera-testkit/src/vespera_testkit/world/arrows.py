"""Worlds of tasks and arrows that no rule of the ledger has seen: in circles, to deleted ones, in long chains."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from vespera_core.app.application import Vespera
from vespera_core.model.basics import Micros
from vespera_core.model.event import EventDraft, Stamp
from vespera_core.model.task import Relation, Task
from vespera_core.ports.storage import UnitOfWork
from vespera_testkit.world.clock import START
from vespera_testkit.world.tasks import category_of, new_task, record_of

IDS = ("a-1", "A-1", "a-10", "a-9", "a~1", "a@1", "a+1", "a#1", "1", "a-1.b_c~d@e+f#g")
KINDS = ("depends_on", "depends_on", "depends_on", "relates_to", "discovered_from", "tests_with-care")


def plant(ledger: Vespera, tasks: Iterable[Task]) -> None:
    """Write tasks as they are, circles and all, with an event for each: new ones, and new states of old ones."""
    wanted = {task.task_id: task for task in tasks}

    def work(unit: UnitOfWork) -> None:
        unit.stamp = Stamp("ann", "python", "{}")
        old = unit.tasks(list(wanted))
        unit.insert_tasks([(task, record_of(task)) for one, task in wanted.items() if one not in old])
        for one, before in old.items():
            unit.update_task(before, wanted[one].evolve(version=before.version + 1), category_of(wanted[one]))
            wanted[one] = wanted[one].evolve(version=before.version + 1)
        unit.append([EventDraft("task.updated", task.project_id, "task", one, task.version, {})
                     for one, task in wanted.items()])  # fmt: skip

    ledger.kernel.storage.write(work)


@st.composite
def worlds(draw: st.DrawFn) -> list[Task]:
    """Ten tasks, some of them deleted, with any parents and any arrows: in circles, to deleted ones."""
    pairs = st.tuples(st.sampled_from(KINDS), st.sampled_from(IDS))
    return [
        new_task(
            one, project_id="mem",
            status=draw(st.sampled_from(("pending", "in_progress", "blocked", "completed"))),
            deleted_at=draw(st.sampled_from((None, None, None, Micros(START)))),
            parent_id=draw(st.sampled_from((None, None, *(other for other in IDS if other != one)))),
            estimate_minutes=draw(st.sampled_from((None, 0, 90))),
            relations=tuple(sorted({Relation(*pair) for pair in draw(st.lists(pairs, max_size=4)) if pair[1] != one})),
        )
        for one in IDS
    ]  # fmt: skip


STORIES = st.lists(worlds(), min_size=1, max_size=3)


def chain(ledger: Vespera, count: int) -> list[str]:
    """A chain in which each task depends on the one before it; answers the ids."""
    ids = [f"c-{number:05d}" for number in range(count)]
    before = [(), *[(Relation("depends_on", one),) for one in ids[:-1]]]
    plant(ledger, [new_task(one, project_id="mem", relations=arrows) for one, arrows in zip(ids, before, strict=True)])
    return ids
