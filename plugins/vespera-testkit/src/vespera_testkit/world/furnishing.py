"""A ledger with something of everything in it, and what it holds, to be compared with later."""

from __future__ import annotations

from typing import Any

from vespera_core.app.application import Vespera
from vespera_core.model.basics import Micros
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_testkit.world.clock import DAY, START


def furnish(ledger: Vespera) -> Vespera:
    """Forty tasks of two projects: some that wait, are held, closed, put off, deleted or remarked upon."""
    ledger.projects.create("two")
    plan = {"title": "The plan", "task_id": "t-00", "children": [
        {"title": f"Step {number}", "task_id": f"t-{number:02d}", "description": f"It is about the matter {number}.",
         "type": "bug" if number % 3 else "task", "tags": ("red",) if number % 2 else (),
         "depends_on": (f"t-{number - 1:02d}",) if number % 5 == 4 else ()}
        for number in range(1, 40)
    ]}  # fmt: skip
    tasks = ledger.tasks
    tasks.create_task_tree(plan)
    tasks.create_task("Elsewhere", task_id="e-1", project_id="two", relations=(("relates_to", "t-01"),))
    tasks.complete_task("t-01")
    ledger.acting_as("worker").tasks.claim("t-05")
    tasks.claim("t-06", human=True)
    tasks.defer("t-07", Micros(START + 2 * DAY))
    tasks.cancel("t-08")
    tasks.delete_task("t-10")
    tasks.comment("t-11", "A remark.")
    return ledger


def contents(ledger: Vespera) -> dict[str, Any]:
    """What a ledger holds: its tasks, projects and facts beside them, and where its log ends."""
    with ledger.kernel.storage.read() as reader:
        return {
            "tasks": [reader.select(TaskQuery(limit=0, deleted=deleted)).items for deleted in (False, True)],
            "projects": reader.projects(),
            "entities": reader.entities(None),
            "events": [event.seq for event in reader.events(EventQuery())],
        }
