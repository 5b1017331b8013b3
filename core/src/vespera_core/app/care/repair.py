"""Repair: what is derived is derived anew, and the primary wins. No fact is ever changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vespera_core.app.care.doctor import readiness_changes
from vespera_core.app.care.recording import record_system, recorded
from vespera_core.app.care.sealed import orphans
from vespera_core.app.projections.digest import Comparison
from vespera_core.app.projections.embedding import SPACE, memo_key
from vespera_core.app.services import asking
from vespera_core.app.services.answers import RepairAnswer
from vespera_core.app.services.board import Board
from vespera_core.app.services.cursors import Cursors, handlers
from vespera_core.app.services.requests import Repair
from vespera_core.builtin.services import EVENTS
from vespera_core.errors import EmbedderFault, EngineFault, PluginFault
from vespera_core.model.query import EventQuery
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.index import Index
    from vespera_core.plugins.status import PluginStatus
    from vespera_core.ports.storage import UnitOfWork

_PATIENCE: Final = 3600.0


def repair(kernel: Kernel, _request: Repair, caller: Caller) -> RepairAnswer:
    """Compute readiness anew where it is wrong, make vectors that are missing, and bring every index in step.

    Plugins are told once more of the events that they could not take.
    """
    said = [*_repair_readiness(kernel, caller), *_repair_secrets(kernel), *_repair_vectors(kernel)]
    comparisons: list[Comparison] = []
    for index in kernel.engines.indexes():
        text, comparison = _repair_index(kernel, index)
        said += text
        comparisons += comparison
    for plugin in handlers(kernel):
        said += _repair_handling(kernel, plugin)
    seq = None
    if said:
        seq = record_system(kernel.storage, "system.repaired", {"repaired": said}, caller.actor, caller.origin)
    return RepairAnswer(repaired=tuple(said), comparisons=tuple(comparisons), seq=seq)


def _repair_readiness(kernel: Kernel, caller: Caller) -> list[str]:
    """In one transaction with its own event, so that nothing changes between looking and writing."""

    def work(unit: UnitOfWork) -> list[str]:
        wrong = readiness_changes(unit, unit.now)
        if not wrong:
            return []
        unit.set_readiness(wrong.values())
        recorded(unit, "system.repaired", {"readiness": sorted(wrong)}, caller.actor, caller.origin)
        return [f"computed the readiness of {len(wrong)} tasks anew"]

    return kernel.storage.write(work)


def _repair_secrets(kernel: Kernel) -> list[str]:
    """Forget sealed maps that nothing leads to. Found in one snapshot and forgotten after it: no task takes one up."""
    with kernel.storage.read() as reader:
        left = orphans(reader)
    if left:
        kernel.storage.write(lambda unit: unit.put_secrets(dict.fromkeys(left)))
    return [f"forgot {len(left)} sealed maps that no task has"] if left else []


def missing_vectors(kernel: Kernel) -> tuple[str, list[str]]:
    """The model, and live tasks that should have a vector by now and have none. Raises EmbedderFault or PluginFault."""
    standing = kernel.engines.embeddings().standing()
    if not standing.position:
        return standing.model, []  # the first walk is still to come, or under way
    with kernel.storage.read() as reader:
        versions = {node.task_id: node.version for node in reader.graph_nodes()}
        held = {one.task_id: one.version for one in reader.task_vectors(standing.model)}
        pending = {row.entity for row in reader.event_rows(EventQuery(after_seq=standing.position))}
    wrong = (one for one, version in versions.items() if held.get(one) != version and one not in pending)
    return standing.model, sorted(wrong)


def _repair_vectors(kernel: Kernel) -> list[str]:
    try:
        model, missing = missing_vectors(kernel)
        if missing:
            kernel.storage.write(lambda unit: unit.put_memos(SPACE, {memo_key(model): None}))
    except (EmbedderFault, PluginFault):
        return []
    kernel.engines.catch_up(_PATIENCE)
    return [f"made the vectors of {len(missing)} tasks anew"] if missing else []


def _repair_index(kernel: Kernel, index: Index) -> tuple[list[str], list[Comparison]]:
    """Apply anew what differs; where the files are damaged, make the index anew. Nothing for one never built."""
    if not index.checkpoints.live().generation:
        return [], []
    try:
        return _mended(kernel, index)
    except EngineFault as error:
        told = asking.with_index(kernel, index, asking.REBUILD, _PATIENCE, kernel.progress)
        return [f"made {index.key} anew: {error.message}"], [asking.unpacked(told)]


def _mended(kernel: Kernel, index: Index) -> tuple[list[str], list[Comparison]]:
    before = asking.unpacked(asking.with_index(kernel, index, asking.COMPARE, _PATIENCE))
    removed = len(index.place.generations())
    told = asking.unpacked(asking.with_index(kernel, index, asking.MEND, _PATIENCE))
    removed -= len(index.place.generations())
    if not told.equal:
        raise EngineFault(f"{len(told.wrong)} tasks differ even after they were applied anew")
    said = [f"applied {len(before.wrong)} tasks to {index.key} anew"] if before.wrong else []
    unparked = sorted(set(before.parked) - set(told.parked))
    said += [f"{index.key} took {', '.join(unparked[:10])}, which it could not take before"] if unparked else []
    return said + ([f"removed {removed} left-over folders of {index.key}"] if removed else []), [told]


def _repair_handling(kernel: Kernel, plugin: PluginStatus) -> list[str]:
    """Parked events are tried by whoever leads the plugin's service, which starts anew for it."""
    count = Cursors(kernel.storage, plugin.name).try_again()
    if not count:
        return []
    Board(kernel.storage).want([EVENTS + plugin.name], restart=True)
    return [f"has {plugin.title} told once more of what it could not take, events parked: {count}"]
