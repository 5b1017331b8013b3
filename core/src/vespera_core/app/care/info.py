"""What is installed here: versions, and what became of each plugin."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from vespera_core.app.requests import Nothing
from vespera_core.model.record import record
from vespera_core.plugins.registry import KINDS
from vespera_core.plugins.status import CORE_VERSION, PluginStatus
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


@record(frozen=True, slots=True)
class InfoAnswer:
    """The version of Vespera and of Python, the store in use, and what is on offer by kind.

    `default_project` receives tasks that name no project. `position` is the last event of the log.
    """

    version: str
    python: str
    storage: str
    default_project: str | None
    position: int
    offers: dict[str, tuple[str, ...]]


@record(frozen=True, slots=True)
class InstalledAnswer:
    """Every plugin that is installed, and what became of it."""

    plugins: tuple[PluginStatus, ...]


def info(kernel: Kernel, _request: Nothing, _caller: Caller) -> InfoAnswer:
    """What runs here."""
    with kernel.storage.read() as reader:
        position = reader.position()
    return InfoAnswer(
        version=CORE_VERSION,
        python=platform.python_version(),
        storage="memory" if kernel.settings is None else kernel.settings.storage,
        default_project=kernel.default_project,
        position=position,
        offers={kind: tuple(sorted({one[3].name for one in kernel.registry.offers(kind)})) for kind in sorted(KINDS)},
    )


def plugins(kernel: Kernel, _request: Nothing, _caller: Caller) -> InstalledAnswer:
    """What is installed here."""
    return InstalledAnswer(tuple(sorted(kernel.plugins.statuses, key=lambda one: one.name)))
