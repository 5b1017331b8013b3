"""The services that look after the ledger itself: its circles, its size, and leases that nobody will come back for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from vespera_core.app.answers import CyclesAnswer
from vespera_core.app.projections.building import removed_orphans
from vespera_core.app.projections.embedding import SPACE, memo_key
from vespera_core.app.requests import Nothing
from vespera_core.app.services.answers import ReapAnswer
from vespera_core.app.services.requests import ReapLeases
from vespera_core.app.tasks.claims import give_back
from vespera_core.app.unit import Unit
from vespera_core.errors import EmbedderFault, PluginFault, StoreCorrupt
from vespera_core.model.basics import EARLIEST, SECOND, Micros
from vespera_core.model.query import TaskQuery, check_limit
from vespera_core.ports.access import Caller
from vespera_core.ports.service import Ledger, Report, Service

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

CALLER = Caller(actor="vespera", origin="worker")
"""Who acts where a service writes."""


class CycleAudit(Service):
    """Looks for circles of dependencies, which the write path never lets in."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 600.0}

    def run(self, stop: Callable[[], bool]) -> Report:  # noqa: ARG002 - it takes no time
        answer: CyclesAnswer = self.ledger.run("dependency.cycles", Nothing(), CALLER)
        if answer.cycles:
            shown = "; ".join(" -> ".join(cycle) for cycle in answer.cycles[:5])
            raise StoreCorrupt(f"There are circles of dependencies: {shown}.", next="Run 'vespera dep cycles'.")
        return Report(done=1, text="no circles")


class Optimise(Service):
    """Tidies up the store, forgets vectors that no task has, and removes folders of indexes that nothing points to."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 600.0}

    def __init__(self, ledger: Ledger, settings: dict[str, Any]) -> None:
        super().__init__(ledger, settings)
        self._kernel = cast("Kernel", ledger)

    def run(self, stop: Callable[[], bool]) -> Report:
        said = self.ledger.storage.optimise()
        pruned = 0 if stop() else self._prune()
        removed = 0 if stop() else self._remove_orphans()
        texts = [said, f"{pruned} vectors forgotten" if pruned else "", f"{removed} folders removed" if removed else ""]
        return Report(done=pruned + removed, text="; ".join(text for text in texts if text) or "nothing to do")

    def _prune(self) -> int:
        try:
            keeper = self._kernel.engines.embeddings()
        except (EmbedderFault, PluginFault):
            return 0
        standing = keeper.standing()
        if not standing.complete:
            return 0  # until the new model has everything, the old one's vectors are still of use
        model = standing.model

        def work(unit: Any) -> int:
            others = [one for one in unit.memos(SPACE) if one.startswith("embeddings:") and one != memo_key(model)]
            unit.put_memos(SPACE, dict.fromkeys(others))
            return int(unit.prune_vectors(model))

        return self.ledger.storage.write(work)

    def _remove_orphans(self) -> int:
        removed = 0
        for index in self._kernel.engines.indexes():
            if not index.is_open and not index.place.generations():
                continue
            was_ours = index.place.lock.descriptor is not None
            if index.place.lock.take():
                with index.turn:
                    removed += len(removed_orphans(index))
                if not was_ours:
                    index.place.lock.free()
        return removed


class Leases(Service):
    """Gives tasks back whose worker's lease lapsed long ago. They counted as ready all the while."""

    defaults: ClassVar[dict[str, Any]] = {"interval": 60.0, "grace_seconds": 3600, "batch_size": 100}

    def run(self, stop: Callable[[], bool]) -> Report:  # noqa: ARG002 - it takes no time
        request = ReapLeases(grace_seconds=self.settings["grace_seconds"], limit=self.settings["batch_size"])
        answer: ReapAnswer = self.ledger.run("task.reap", request, CALLER)
        text = f"gave back {', '.join(answer.released[:10])}" if answer.released else "no lease has lapsed for long"
        return Report(done=len(answer.released), text=text, again=len(answer.released) == request.limit)


def reap(unit: Unit, request: ReapLeases) -> ReapAnswer:
    """Give back what is held under long-lapsed leases, decided here, where no holder can come in between."""
    lapsed = Micros(max(EARLIEST, unit.now - max(0, request.grace_seconds) * SECOND))
    query = TaskQuery(
        without_projects=unit.archived(), ready_at=lapsed, statuses=_active(unit), limit=check_limit(request.limit),
        counted=False,
    )  # fmt: skip
    released = []
    for task in unit.reader.select(query).items:
        if task.hold_kind == "worker" and task.lease_until is not None and task.lease_until <= lapsed:
            give_back(unit, task, {"reason": "lease lapsed"})
            released.append(task.task_id)
    return ReapAnswer(released=tuple(released))


def _active(unit: Unit) -> tuple[str, ...]:
    """Every status that means that somebody is at work."""
    flows = [unit.workflow(project.project_id) for project in unit.reader.projects()]
    return tuple(sorted({one for flow in flows for one in flow.statuses if flow.category(one) == "active"}))
