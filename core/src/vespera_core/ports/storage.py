"""The storage port: the one truth. A store keeps rows and filters them; every rule of the ledger lives in the core.

A backend implements three small classes: `Storage` (open, transactions, care), `Reader` (one consistent snapshot) and
`UnitOfWork` (a reader that also writes). The conformance suite in ``tests/conformance`` holds any of them against the
memory store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from vespera_core.errors import StoreCorrupt
from vespera_core.model.basics import Micros
from vespera_core.model.event import GENESIS, Event, EventDraft, EventRow, Stamp, seal
from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.jsontext import parse_object
from vespera_core.model.project import Project
from vespera_core.model.query import EventQuery, Page, TaskQuery
from vespera_core.model.readiness import Readiness
from vespera_core.model.record import record
from vespera_core.model.task import Task, check_task
from vespera_core.ports.access import Remembered

if TYPE_CHECKING:
    from vespera_core.model.entity import Entity

T = TypeVar("T")


class Tail(NamedTuple):
    """Where the log ends: the last seq and moment of the whole log, and the last hash of one project."""

    seq: int
    at: int
    hash: str


EMPTY_TAIL = Tail(0, 0, GENESIS)


class Tally(NamedTuple):
    """How many live tasks of a project have a status and a type."""

    project_id: str
    status: str
    type: str
    tasks: int


class TextScore(NamedTuple):
    """A task whose texts contain words that were sought, and how well it fits: larger is better, never 0 or less."""

    task_id: str
    score: float


class Embedding(NamedTuple):
    """The vector of a text, kept by the project and hash of the text: little-endian float32 numbers."""

    project_id: str
    content_hash: str
    vector: bytes


class VectorMark(NamedTuple):
    """Which text a task had at a version: what ties a task to its vector."""

    task_id: str
    version: int
    project_id: str
    content_hash: str


class TaskVector(NamedTuple):
    """The vector of a live task, and the version of the task at which it had this text."""

    task_id: str
    version: int
    vector: bytes


@record(frozen=True, slots=True)
class Finding:
    """What a check of the store found. `severity` is ``ok``, ``warning`` or ``damage``."""

    check: str
    severity: str
    message: str


def event_of_row(row: EventRow) -> Event:
    """The event behind a line of the log. Raises StoreCorrupt for a damaged line."""
    try:
        context, payload = parse_object(row.context), parse_object(row.payload)
    except (ValueError, TypeError) as error:
        raise StoreCorrupt(f"Event {row.seq} is damaged: {error}.", seq=row.seq) from error
    return Event(
        row.seq, row.event_id, Micros(row.at), row.kind, row.project_id, row.entity_type, row.entity,
        row.entity_version, row.actor, row.origin, context, payload, row.prev_hash, row.hash,
    )  # fmt: skip


class Reader(ABC):
    """One consistent snapshot of the store. Ids are exact; deleted tasks are included wherever an id names them."""

    @abstractmethod
    def tasks(self, ids: Sequence[str]) -> dict[str, Task]:
        """The tasks of these ids in their order, with their relations; ids that name nothing are left out."""

    @abstractmethod
    def ids_with_prefix(self, prefix: str, limit: int) -> list[str]:
        """Up to `limit` ids that start with `prefix`, sorted."""

    @abstractmethod
    def readiness(self, ids: Sequence[str]) -> dict[str, Readiness]:
        """The readiness records of these ids."""

    @abstractmethod
    def edges(self, ids: Sequence[str], *, incoming: bool) -> list[Edge]:
        """All arrows that start (or, `incoming`, end) at these ids, ``child_of`` included, in no special order."""

    @abstractmethod
    def select(self, query: TaskQuery) -> Page[Task]:
        """The tasks that `query` asks for, with their relations, deleted ones left out unless asked for."""

    @abstractmethod
    def search(self, terms: Sequence[str], query: TaskQuery, *, every: bool) -> Page[Task]:
        """Tasks whose texts contain every (or any) of the words, best first; filters and limit of `query` apply."""

    @abstractmethod
    def text_scores(self, terms: Sequence[str], query: TaskQuery) -> list[TextScore]:
        """As `search` for any of the words, as scores alone: filters and limit of `query` apply, best first."""

    @abstractmethod
    def ids(self, query: TaskQuery) -> list[str]:
        """Ids of all tasks that fit the filters of `query`, sorted; its order, cursor and limit do not matter."""

    @abstractmethod
    def graph_nodes(self, ids: Sequence[str] | None = None) -> list[GraphNode]:
        """What the graph knows of these live tasks, or of all, sorted by id; deleted ones are left out."""

    @abstractmethod
    def graph_edges(self, ids: Sequence[str] | None = None) -> list[Edge]:
        """Arrows that start at these tasks, or all, between live tasks, ``child_of`` included, sorted."""

    @abstractmethod
    def embeddings(self, model: str, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Kept vectors of a model by (project, content hash); those that are not kept are left out."""

    @abstractmethod
    def task_vectors(
        self, model: str, query: TaskQuery | None = None, ids: Sequence[str] | None = None
    ) -> Iterator[TaskVector]:
        """Vectors of live tasks, sorted by id: of all, of those that fit `query`'s filters, or of these ids."""

    @abstractmethod
    def vector_versions(self, model: str, ids: Sequence[str] | None = None) -> dict[str, int]:
        """Versions at which tasks are tied to a vector of a model, deleted tasks included."""

    @abstractmethod
    def memos(self, space: str) -> dict[str, Any]:
        """What the core's helpers noted in a space, by key: JSON values.

        Memos are derived or passing facts: checkpoints of projections, states of services, thresholds. They stand
        outside log, version, digest and export, and losing them costs time and nothing else.
        """

    @abstractmethod
    def secrets(self, refs: Sequence[str] | None = None) -> dict[str, bytes]:
        """Sealed secrets by their refs, sorted; all where no refs are given. Refs that name nothing are left out.

        Secrets are facts, and sealed before they get here. They stand outside log, version, digest and export, since a
        log can never be sealed anew with another key; they are in every backup.
        """

    @abstractmethod
    def projects(self, ids: Sequence[str] | None = None) -> list[Project]:
        """Projects by id, all where no ids are given."""

    @abstractmethod
    def entities(
        self, kind: str | None, ids: Sequence[str] | None = None, *, project_id: str | None = None,
        owner: str | None = None, state: str | tuple[str, ...] | None = None,
    ) -> list[Entity]:  # fmt: skip
        """The entities of a kind that fit every filter given, sorted by id; a tuple means any of these states.

        Without a kind those of every kind, sorted by kind and id.
        """

    @abstractmethod
    def event_rows(self, query: EventQuery) -> Iterator[EventRow]:
        """Lines of the log, one at a time, while the snapshot is open."""

    @abstractmethod
    def tally(self) -> list[Tally]:
        """Counts of live tasks by project, status and type."""

    def position(self) -> int:
        """The seq of the last line of the log in this snapshot; 0 for an empty log."""
        last = next(iter(self.event_rows(EventQuery(newest_first=True, limit=1))), None)
        return 0 if last is None else last.seq

    def events(self, query: EventQuery) -> Iterator[Event]:
        """Lines of the log with their JSON read."""
        for row in self.event_rows(query):
            yield event_of_row(row)

    def task(self, task_id: str) -> Task | None:
        """The task of this exact id, or None."""
        return self.tasks((task_id,)).get(task_id)

    def project(self, project_id: str) -> Project | None:
        """The project of this exact id, or None."""
        return next(iter(self.projects((project_id,))), None)

    def entity(self, kind: str, entity_id: str) -> Entity | None:
        """The entity of this kind and exact id, or None."""
        return next(iter(self.entities(kind, (entity_id,))), None)


class UnitOfWork(Reader):
    """A reader that writes: all of it becomes durable together, or none of it happens.

    Within a unit, reads see the unit's own writes. `stamp` and `now` are set by the core before the work runs.
    """

    stamp: Stamp
    now: int

    @abstractmethod
    def insert_tasks(self, tasks: Sequence[tuple[Task, Readiness]]) -> None:
        """Write new tasks with their relations. Raises DuplicateId, the unit as it was, where an id is taken."""

    @abstractmethod
    def update_task(self, old: Task, new: Task, category: str) -> None:
        """Write the new state of a task, relations included.

        Raises VersionConflict unless the stored version is that of `old`.

        `category` is what the new status means. Readiness counters keep their values.
        """

    @abstractmethod
    def set_readiness(self, records: Iterable[Readiness]) -> None:
        """Write the derived counters and `ready_at` of tasks, and nothing else of them."""

    @abstractmethod
    def set_lease(self, task_id: str, until: int) -> None:
        """Move the end of a lease (and `ready_at` with it is set by `set_readiness`): no event, no version."""

    @abstractmethod
    def put_project(self, project: Project) -> None:
        """Insert a project, or write its new state over the old one."""

    @abstractmethod
    def put_entity(self, old: Entity | None, new: Entity) -> None:
        """Insert an entity (`old` None), or write its new state over the old one.

        Raises VersionConflict, the unit as it was, unless the stored version is that of `old`: none for a new one.
        Raises InvalidInput for an entity that no store may hold.
        """

    @abstractmethod
    def tail(self, project_id: str) -> Tail:
        """Where the log ends, read from the store and never from a cache."""

    @abstractmethod
    def insert_events(self, rows: Sequence[EventRow]) -> None:
        """Append sealed lines to the log."""

    @abstractmethod
    def recall(self, actor: str, key: str) -> Remembered | None:
        """The answer kept under an idempotency key, unless it has expired."""

    @abstractmethod
    def remember(self, actor: str, key: str, answer: Remembered) -> None:
        """Keep an answer under an idempotency key, and forget the expired ones."""

    @abstractmethod
    def put_memos(self, space: str, memos: Mapping[str, Any]) -> None:
        """Note JSON values under keys of a space, over older ones; None forgets a key."""

    @abstractmethod
    def put_secrets(self, secrets: Mapping[str, bytes | None]) -> None:
        """Keep sealed secrets under their refs, over older ones; None forgets one."""

    @abstractmethod
    def put_embeddings(self, model: str, embeddings: Sequence[Embedding]) -> None:
        """Keep vectors of a model; one that is kept already stays as it is."""

    @abstractmethod
    def put_vector_marks(self, model: str, marks: Sequence[VectorMark]) -> None:
        """Tie tasks to their texts under a model; a mark of a version older than the one kept is passed over."""

    @abstractmethod
    def prune_vectors(self, model: str) -> int:
        """Forget the vectors and marks of every other model, and vectors that no task has; answers how many."""

    def append(self, drafts: Sequence[EventDraft]) -> list[EventRow]:
        """Seal drafts into the log, in order; they may belong to several projects. Returns the sealed lines."""
        heads: dict[str, str] = {}
        rows: list[EventRow] = []
        seq = 0
        for draft in drafts:
            if draft.project_id not in heads:
                tail = self.tail(draft.project_id)
                heads[draft.project_id] = tail.hash
                seq = seq or tail.seq
            seq += 1
            row = seal(draft, seq, self.now, self.stamp, heads[draft.project_id])
            heads[draft.project_id] = row.hash
            rows.append(row)
        self.insert_events(rows)
        return rows

    def check(self, tasks: Iterable[Task]) -> None:
        """Raise InvalidInput for the first task that no store may hold: every write of a task passes here."""
        for task in tasks:
            check_task(task)


class Storage(ABC):
    """An opened store. Every method may be called from any thread."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Reader]:
        """A snapshot for the length of a ``with`` block."""

    @abstractmethod
    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` in a write transaction and return its result once everything it wrote is durable.

        Works of several threads may share one transaction, and one that raises takes none of its neighbours. A work may
        be run again before it takes effect, so it must do nothing but use its unit. Raises what `work` raises, or a
        StoreFault, and then nothing of it was written.
        """

    @abstractmethod
    def backup(self, target: Path) -> None:
        """Write a complete, consistent copy of the store to a new file, and verify it before returning."""

    def optimise(self) -> str:
        """Tidy up, in small steps that hold nobody up: says what was done. Most backends need nothing."""
        return ""

    def figures(self) -> dict[str, int]:
        """Sizes to watch, in bytes by name (``file``, ``log``, ``free`` on the disk); none where there is no file."""
        return {}

    @abstractmethod
    def check(self) -> list[Finding]:
        """Look for damage in what the backend itself is responsible for. Changes nothing."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything; closing twice is fine."""
