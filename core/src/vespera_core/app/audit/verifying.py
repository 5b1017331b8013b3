"""Verifying: the hash chain of the whole log, walked a row at a time.

Each row names the hash of its project's last one, so a row that was altered, taken out or put in breaks the chain at
that place. What the chain cannot show is a log whose end was cut off, or that was written anew as a whole: the first is
held against what the rest of the store knows, the second against a head that was kept elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vespera_core.app.audit.answers import BrokenRow, VerifyAnswer
from vespera_core.app.audit.requests import VerifyLog
from vespera_core.app.projections.embedding import SPACE
from vespera_core.errors import InvalidInput
from vespera_core.model.event import EventRow, chain_faults
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

_HEAD: Final = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")
_NEWEST: Final = 200
"""Tasks that changed last, whose versions the log must reach: who cuts off its end cuts off theirs."""


def verify(kernel: Kernel, request: VerifyLog, _caller: Caller) -> VerifyAnswer:
    """Walk the log in one snapshot, in as much memory as the log has projects."""
    known = _known(request.head)
    with kernel.storage.read() as reader:
        walk = _Walk(reader, known)
        broken = walk.broken() or _cut_off(reader, walk.last_seq)
    head = None if broken is not None or not walk.last_seq else f"{walk.last_seq}:{walk.last_hash}"
    return VerifyAnswer(intact=broken is None, rows=walk.rows, head=head, broken=broken)


def _known(head: str | None) -> tuple[int, str] | None:
    """The number and hash of a head. Raises InvalidInput."""
    if head is None:
        return None
    found = _HEAD.fullmatch(head)
    if found is None:
        raise InvalidInput(
            "The head is not of the form SEQ:HASH.", field="head",
            next="Give it as an earlier 'vespera audit verify' printed it.",
        )  # fmt: skip
    return int(found[1]), found[2]


class _Walk:
    """One walk along the log, and where it is."""

    def __init__(self, reader: Reader, known: tuple[int, str] | None) -> None:
        self._reader = reader
        self._known = known
        self.rows = self.last_seq = self._before = 0
        self.last_hash = ""
        self._event_id: str | None = None
        self._other: BrokenRow | None = None

    def broken(self) -> BrokenRow | None:
        """The first row that is broken; a row that cannot even be read is."""
        try:
            fault = next(chain_faults(self._passing()), None)
        except Exception as error:  # whatever was put in the place of a row, it is no row
            fault = f"event {self.last_seq} cannot be read: {type(error).__name__}"
        if fault is None:
            return self._other or self._too_short()
        if self.last_seq > self._before + 1:
            return BrokenRow(seq=self._before + 1, what=fault)
        return BrokenRow(seq=self.last_seq, event_id=self._event_id, what=fault)

    def _passing(self) -> Iterator[EventRow]:
        for row in self._reader.event_rows(EventQuery()):
            self._before, self.last_seq = self.last_seq, row.seq
            self._event_id, self.last_hash = row.event_id, row.hash
            self.rows += 1
            if self._known is not None and self._is_other(row, *self._known):
                what = f"event {row.seq} has another hash than the head that was kept: the log was written anew"
                self._other = self._other or BrokenRow(seq=row.seq, event_id=row.event_id, what=what)
            yield row

    def _is_other(self, row: EventRow, seq: int, digest: str) -> bool:
        return row.seq == seq and row.hash != digest

    def _too_short(self) -> BrokenRow | None:
        if self._known is None or self.last_seq >= self._known[0]:
            return None
        return _ends_early(self.last_seq, f"the head that was kept is event {self._known[0]}")


def _cut_off(reader: Reader, last: int) -> BrokenRow | None:
    """Whether the store knows of events after the last one."""
    why = next(_after(reader, last), None)
    return None if why is None else _ends_early(last, why)


def _ends_early(last: int, why: str) -> BrokenRow:
    return BrokenRow(seq=last + 1, what=f"event {last + 1} is missing: the log ends too early, since {why}")


def _after(reader: Reader, last: int) -> Iterator[str]:
    for name, kept in reader.memos(SPACE).items():
        if isinstance(kept, dict) and int(kept.get("position") or 0) > last:
            yield f"the index {name} has followed it up to event {kept['position']}"
    for project in reader.projects():
        if project.version > _version(reader, project.project_id, "project"):
            yield f"project {project.project_id} has a version that no event tells of"
    for task in reader.select(TaskQuery(sort="updated", limit=_NEWEST, counted=False)).items:
        if task.version > _version(reader, task.task_id, "task"):
            yield f"task {task.task_id} has a version that no event tells of"


def _version(reader: Reader, entity: str, entity_type: str) -> int:
    """The version of an entity that the log tells of last."""
    rows = reader.event_rows(EventQuery(entity=entity, newest_first=True, limit=20))
    return max((row.entity_version for row in rows if row.entity_type == entity_type), default=0)
