"""Rebuilding the whole state from the log alone, in a memory store: time travel and the doctor read it."""

from __future__ import annotations

from hashlib import sha256
from typing import Final, NamedTuple

from vespera_core.app.rules.readiness import initial_readiness
from vespera_core.app.session import Session
from vespera_core.builtin.memory.store import MemoryStorage
from vespera_core.model.basics import Micros
from vespera_core.model.entity import ENTITY_FIELDS, NOT_KINDS, Entity, fold_entity
from vespera_core.model.event import PROJECT, TASK, Event
from vespera_core.model.jsontext import canonical
from vespera_core.model.project import Project
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.model.readiness import readiness_of
from vespera_core.model.replay import fold_project, fold_task, plain
from vespera_core.model.task import FIELDS, VOLATILE_FIELDS, Task
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader, UnitOfWork

_PROJECT_FACTS: Final = ("project_id", "name", "description", "status", "workflow", "metadata")

Entities = dict[tuple[str, str], Entity]
"""Entities by kind and id."""


class State(NamedTuple):
    """All that the ledger holds: projects and tasks by id, deleted ones included, and entities."""

    projects: dict[str, Project]
    tasks: dict[str, Task]
    entities: Entities


def replay(reader: Reader, until: Micros | None = None) -> State:
    """The state that the log leads to up to the last event with ``at <= until``."""
    state = State({}, {}, {})
    for event in reader.events(EventQuery(until=until)):
        _fold(state, event)
    return state


def _fold(state: State, event: Event) -> None:
    projects, tasks, entities = state
    if event.entity_type == PROJECT:
        projects[event.entity] = fold_project(projects.get(event.entity), event)
    elif event.entity_type == TASK:
        tasks[event.entity] = fold_task(tasks.get(event.entity), event)
    elif event.entity_type not in NOT_KINDS:
        key = (event.entity_type, event.entity)
        entities[key] = fold_entity(entities.get(key), event)


def replayed_store(reader: Reader, until: Micros) -> MemoryStorage:
    """A memory store that holds the state as it was."""
    projects, tasks, entities = replay(reader, until)
    storage = MemoryStorage(lambda: until)

    def fill(work: UnitOfWork) -> None:
        for project in projects.values():
            work.put_project(project)
        session = Session(work, Caller(actor="replay"), until)
        bare = {one: readiness_of(task, session.category(task)) for one, task in tasks.items()}
        records = initial_readiness(bare, lambda one: tasks[one].depends_on, work.readiness)
        work.insert_tasks([(task, records[one]) for one, task in tasks.items()])
        for entity in entities.values():
            work.put_entity(None, entity)

    storage.write(fill)
    return storage


def stored(reader: Reader) -> State:
    """The state as the store has it."""
    projects = {project.project_id: project for project in reader.projects()}
    tasks = {
        task.task_id: task
        for deleted in (False, True)
        for task in reader.select(TaskQuery(limit=0, deleted=deleted, counted=False)).items
    }
    return State(projects, tasks, {(one.kind, one.entity_id): one for one in reader.entities(None)})


def digest(state: State) -> str:
    """SHA-256 over the canonical JSON of everything that counts as state.

    Leases, which lapse by themselves, do not count, nor do projects without a task.
    """
    projects, tasks, entities = state
    sums = sha256()
    for one in sorted({task.project_id for task in tasks.values()}):
        sums.update(canonical(project_facts(projects[one])).encode())
    for one in sorted(tasks):
        sums.update(canonical(facts(tasks[one])).encode())
    for key in sorted(entities):
        sums.update(canonical([getattr(entities[key], name) for name in ENTITY_FIELDS]).encode())
    return sums.hexdigest()


def project_facts(project: Project) -> list[object]:
    """The values of a project that count as state."""
    return [getattr(project, name) for name in _PROJECT_FACTS]


def facts(task: Task) -> list[object]:
    """The values of a task that count as state."""
    return [plain(name, getattr(task, name)) for name in FIELDS if name not in VOLATILE_FIELDS]
