"""What the doctor looks at beside the store: vectors and indexes, which are copies, and how far plugins are told.

Differences there lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vespera_core.app.care.repair import missing_vectors
from vespera_core.app.engines.opening import BUILT_IN
from vespera_core.app.projections.digest import Comparison
from vespera_core.app.services import asking
from vespera_core.app.services.cursors import behind, handlers, lacking
from vespera_core.errors import EmbedderFault, PluginFault, VesperaError
from vespera_core.ports.storage import Finding

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.projections.index import Index
    from vespera_core.plugins.status import PluginStatus

_PATIENCE: Final = 60.0
_SHOWN: Final = 5


def derived_findings(kernel: Kernel) -> Iterator[Finding]:
    """A finding for the vectors, one for each index, and one for each plugin that handles events."""
    yield _vectors(kernel)
    yield from (Finding(f"index {kind}", "warning", why) for kind in BUILT_IN if (why := kernel.engines.absence(kind)))
    for index in kernel.engines.indexes():
        yield _index(kernel, index)
    for plugin in handlers(kernel):
        yield _handler(kernel, plugin)


def _vectors(kernel: Kernel) -> Finding:
    try:
        model, missing = missing_vectors(kernel)
        behind = kernel.engines.embeddings().standing().behind
    except (EmbedderFault, PluginFault) as error:
        return Finding("vectors", "warning", f"{error.message} Search by words works without.")
    if missing:
        return Finding("vectors", "warning", f"{len(missing)} tasks have no vector of {model}: {_some(missing)}")
    return Finding("vectors", "ok", f"{model}, {behind} events behind" if behind else f"{model}, up to date")


def _index(kernel: Kernel, index: Index) -> Finding:
    check = f"index {index.key}"
    if not index.checkpoints.live().generation:
        return Finding(check, "ok", "not built yet")
    try:
        told = asking.unpacked(asking.with_index(kernel, index, asking.COMPARE, _PATIENCE))
    except VesperaError as error:
        return Finding(check, "warning", f"{error.message} {error.next}".strip())
    return Finding(check, "ok" if told.equal and not told.parked else "warning", _said(told))


def _handler(kernel: Kernel, plugin: PluginStatus) -> Finding:
    check = f"events {plugin.name}"
    if lacks := lacking(kernel, plugin):
        again = "Once it is mended, 'vespera doctor --repair' has it try them again."
        return Finding(check, "warning", f"{lacks.rstrip('.')}. {again}")
    late = behind(kernel, plugin.name)
    return Finding(check, "ok", f"{late} events behind" if late else "up to date")


def _said(told: Comparison) -> str:
    parts = [f"{told.tasks} tasks at event {told.position}, digest {told.digest[:12]}"]
    for word, ids in (("missing", told.missing), ("stale", told.stale), ("extra", told.extra), ("parked", told.parked)):
        if ids:
            parts.append(f"{len(ids)} {word}: {_some(list(ids))}")
    return "; ".join(parts)


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
