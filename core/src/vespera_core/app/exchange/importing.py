"""Importing: a foreign file becomes tasks, in one transaction, and again without doubling anything.

A big file is read twice. The first time only ids and arrows are kept, which is enough to link, to look for circles and
to compute readiness; the second time rows stream through in chunks. A row that is here already is merged: what the file
changed since it was last imported is taken over, what was changed here stays, and nothing is removed for being absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from vespera_core.app.answers import ImportAnswer
from vespera_core.app.exchange.linking import Links, linked
from vespera_core.app.requests import ImportFile
from vespera_core.app.rules.readiness import initial_readiness
from vespera_core.app.unit import Unit, created_event
from vespera_core.errors import InvalidImport, InvalidInput, PermissionDenied, UnknownRole, Unsupported
from vespera_core.model.basics import check_text
from vespera_core.model.event import TASK, EventDraft
from vespera_core.model.query import EventQuery
from vespera_core.model.readiness import Readiness
from vespera_core.model.replay import fold_task
from vespera_core.model.sensitive import SENSITIVE
from vespera_core.model.task import FIELDS, Relation, Task, check_task
from vespera_core.ports.access import Caller
from vespera_core.ports.format import ImportProblem, ImportRow, Source

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

T = TypeVar("T")

_CHUNK: Final = 500
_NOT_MERGED: Final = frozenset({"task_id", "project_id", "version", "fence", "relations", "created_by", "updated_at"})


def import_file(kernel: Kernel, request: ImportFile, caller: Caller) -> ImportAnswer:
    """Take in a file or folder: all of it, or nothing."""
    chosen = kernel.registry.select("format", request.format)
    if chosen.read is None:
        raise Unsupported(f"The format {request.format!r} is only written, not read.", format=request.format)
    source: Source = chosen.read(Path(check_text("path", request.path)), request.skip_invalid)
    importer = replace(caller, origin="import")
    with _unhurried_memory():
        return _landed(kernel, request, source, importer)


@contextmanager
def _unhurried_memory() -> Iterator[None]:
    """No search for garbage in circles while many rows are held: it finds none, and costs a tenth of the time."""
    import gc

    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _landed(kernel: Kernel, request: ImportFile, source: Source, importer: Caller) -> ImportAnswer:
    links = linked(source)
    progress = kernel.progress

    if kernel.roles_in_force() is not None:
        kernel.roles.catalogue()  # or a file with a role in it would land twice

    def work(unit: Unit) -> ImportAnswer:
        answer = _Landing(unit, request, source, links.fresh(), progress).run()
        if request.dry_run:
            raise _NotMeant(answer)
        return answer

    try:
        return kernel.write(importer, "exchange.import", work)
    except _NotMeant as told:
        return told.answer


class _NotMeant(Exception):
    """Ends the transaction of a dry run: nothing of it is kept."""

    def __init__(self, answer: ImportAnswer) -> None:
        super().__init__()
        self.answer = answer


class _Known(NamedTuple):
    """A row whose id is here already."""

    where: str
    task: Task


class _Landing:
    """One import inside its transaction."""

    def __init__(self, unit: Unit, request: ImportFile, source: Source, links: Links, progress: Any) -> None:
        self._unit = unit
        self._request = request
        self._source = source
        self._links = links
        self._progress = progress
        self._imported = 0
        self._unchanged = 0
        self._changed: list[_Known] = []
        self._problems: list[ImportProblem] = []

    def run(self) -> ImportAnswer:
        self._take_projects()
        fallback = self._request.project_id or self._unit.default_project
        if fallback is None:
            raise InvalidInput("This store has no project to import into.", next="Name one with --project ID.")
        self._unit.writable_project(fallback)
        self._stay_within(fallback)
        known = self._known_ids()
        self._problems.extend(self._links.resolve(self._unit.reader, known, self._source))
        records = self._fresh_records(known, fallback)
        rows_again = iter(self._source.rows() if self._links.kept is None else self._links.kept)
        for rows in _chunks(rows_again, _CHUNK):
            self._land(rows, known, records, fallback)
        updated = sum(self._merge(row) for row in self._changed)
        return self._answer(updated)

    def _stay_within(self, fallback: str) -> None:
        """Raise PermissionDenied for a file that is about other projects than the caller is held to."""
        within = self._unit.caller.within
        if within is None:
            return
        ids = list(self._links.rows)
        here = self._unit.reader.tasks(ids).values()
        named = {one.project_id or fallback for one in self._links.rows.values()} | {one.project_id for one in here}
        if {*named, *(one.project_id for one in self._source.projects())} - within:
            raise PermissionDenied(
                f"{self._unit.caller.actor} may not import into other projects, and the file is about some.",
                policy="builtin", action="exchange.write", next="Import a file about your own projects alone.",
            )  # fmt: skip

    def _take_projects(self) -> None:
        for project in self._source.projects():
            mine = self._unit.reader.project(project.project_id)
            if mine is None:
                self._unit.put_project(None, project, "project.created")
            elif mine.version == 1 and not any(
                line.project_id == mine.project_id for line in self._unit.reader.tally()
            ):
                values = {
                    name: getattr(project, name) for name in ("name", "description", "status", "workflow", "metadata")
                }
                self._unit.put_project(mine, replace(mine, **values), "project.updated")

    def _known_ids(self) -> set[str]:
        ids = list(self._links.rows)
        return {
            one for start in range(0, len(ids), 5000) for one in self._unit.reader.readiness(ids[start : start + 5000])
        }

    def _fresh_records(self, known: set[str], fallback: str) -> dict[str, Readiness]:
        flows = {
            project.project_id: self._unit.workflow(project.project_id) for project in self._unit.reader.projects()
        }
        bare = {}
        for task_id, sketch in self._links.rows.items():
            if task_id not in known:
                project_id = sketch.project_id or fallback
                flow = flows.get(project_id) or self._unit.workflow(project_id)
                category = self._category(flow, sketch.status, sketch.where)
                bare[task_id] = Readiness(
                    task_id, project_id, sketch.parent_id, category, sketch.deleted, sketch.defer_until,
                    sketch.hold_kind, None,
                )  # fmt: skip
        depends_on = self._links.depends_on
        return initial_readiness(bare, depends_on, self._unit.reader.readiness)

    def _category(self, flow: Any, status: str, where: str) -> str:
        try:
            return str(flow.category(status))
        except InvalidInput as error:
            raise InvalidImport(f"{where}: {error.message}", where=where) from None

    def _land(self, rows: Sequence[ImportRow], known: set[str], records: dict[str, Readiness], fallback: str) -> None:
        fresh: list[tuple[Task, Readiness]] = []
        events: list[EventDraft] = []
        here = self._unit.reader.tasks([row.fields["task_id"] for row in rows if row.fields["task_id"] in known])
        for row in rows:
            task = self._task(row, fallback)
            if task.task_id in known:
                self._compare(row, task, here[task.task_id])
                continue
            fresh.append((task, records[task.task_id]))
            comments = [{"at": one.at, "actor": one.actor, "text": one.text} for one in row.comments]
            events.append(created_event(task, {"comments": comments} if comments else {}))
        try:
            self._unit.work.insert_tasks(fresh)
        except InvalidInput:
            self._name_invalid(rows, fresh)
            raise
        self._unit.work.append(events)
        for _, record in fresh:
            if record.parent_id is not None and record.parent_id not in records:
                self._unit.ripple.arrived(record)
        self._imported += len(fresh)
        if self._progress is not None:
            self._progress(self._imported + self._unchanged + len(self._changed), len(self._links.rows))

    def _task(self, row: ImportRow, fallback: str) -> Task:
        unit = self._unit
        sketch = self._links.rows[row.fields["task_id"]]
        values = {
            "project_id": fallback, "created_at": unit.now, "created_by": unit.caller.actor, "updated_at": unit.now,
            **row.fields, "parent_id": sketch.parent_id, "relations": sketch.relations, "version": row.version,
        }  # fmt: skip
        self._check_role(row)
        _check_plain(row)
        return Task(**values)

    def _check_role(self, row: ImportRow) -> None:
        """Raise InvalidImport for a role that is not defined."""
        try:
            self._unit.check_role(row.fields.get("role"))
        except UnknownRole as error:
            raise InvalidImport(
                f"{row.where}: {error.message}", where=row.where, field="role", close=error.details["close"],
                next="Correct the file, or define the role in .vespera/roles.",
            ) from None  # fmt: skip

    def _name_invalid(self, rows: Sequence[ImportRow], fresh: Sequence[tuple[Task, Readiness]]) -> None:
        """Raise InvalidImport naming the place of the row that the store refused."""
        places = {row.fields["task_id"]: row.where for row in rows}
        for task, _ in fresh:
            try:
                check_task(task)
            except InvalidInput as error:
                where = places[task.task_id]
                field = error.details.get("field")
                raise InvalidImport(f"{where}: {error.message}", where=where, field=field) from None

    def _compare(self, row: ImportRow, task: Task, mine: Task) -> None:
        given = (set(row.fields) | {"parent_id"}) - _NOT_MERGED
        if all(getattr(task, name) == getattr(mine, name) for name in given) and set(task.relations) <= set(
            mine.relations
        ):
            self._unchanged += 1
        else:
            mine_stays = set(FIELDS) - given - {"relations"}
            self._changed.append(_Known(row.where, task.evolve(**{name: getattr(mine, name) for name in mine_stays})))

    def _merge(self, row: _Known) -> bool:
        """Take over what the file changed since its last import; say what was changed on both sides and stays."""
        mine = self._unit.task(row.task.task_id, deleted=True)
        base = self._last_imported(mine.task_id)
        names = [name for name in FIELDS if name not in _NOT_MERGED]
        theirs = {name for name in names if getattr(row.task, name) != getattr(base, name)} if base else set()
        differing = {name for name in names if getattr(row.task, name) != getattr(mine, name)}
        taken = {name for name in theirs & differing if base is not None and getattr(mine, name) == getattr(base, name)}
        if "role" in taken:
            self._unit.check_role(row.task.role, mine)
        kept = sorted(theirs & differing - taken)
        if kept:
            message = f"{mine.task_id}: {', '.join(kept)} changed here and in the file; what is here stays"
            self._problems.append(ImportProblem(row.where, "conflict", message))
        added, removed = self._relation_steps(row.task, mine, base)
        changes = {name: getattr(row.task, name) for name in taken}
        before = mine.version
        after = self._unit.record(mine, "task.updated", changes, added=added, removed=removed)
        self._unchanged += after.version == before
        return after.version != before

    def _relation_steps(self, theirs: Task, mine: Task, base: Task | None) -> tuple[set[Relation], set[Relation]]:
        known = set(base.relations) if base else set()
        return set(theirs.relations) - known - set(mine.relations), (known - set(theirs.relations)) & set(
            mine.relations
        )

    def _last_imported(self, task_id: str) -> Task | None:
        task, base = None, None
        for event in self._unit.reader.events(EventQuery(entity=task_id)):
            if event.entity_type != TASK:  # a project may have the same id
                continue
            task = fold_task(task, event)
            if event.origin == "import":
                base = task
        return base

    def _answer(self, updated: int) -> ImportAnswer:
        skipped = dict(self._source.skipped)
        return ImportAnswer(
            format=self._request.format,
            imported=self._imported,
            updated=updated,
            unchanged=self._unchanged,
            skipped=sum(skipped.values()),
            relations=self._links.count(),
            skipped_by=skipped,
            problems=(*self._source.problems, *self._problems),
            dry_run=self._request.dry_run,
        )


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _check_plain(row: ImportRow) -> None:
    """Raise InvalidImport for sensitive metadata: a reference means nothing here, and a plain map is in clear there."""
    if SENSITIVE in row.fields.get("metadata", ()):
        raise InvalidImport(
            f"{row.where}: metadata.sensitive is not imported.", where=row.where, field="metadata.sensitive",
            next="Take it out of the file, and give it to the task afterwards with an update, which seals it.",
        )  # fmt: skip
