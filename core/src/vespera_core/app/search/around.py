"""What stands around the making of a task: a look at those that are like it, where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vespera_core.app.answers import CreateAnswer
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.requests import CreateTask
    from vespera_core.ports.access import Caller


def around_create(
    kernel: Kernel, request: CreateTask, caller: Caller, write: Callable[[], CreateAnswer]
) -> CreateAnswer:
    """Make the task; where `if_similar` is given, look first."""
    if request.if_similar is None:
        return write()
    from vespera_core.app.search.likeness import create_beside

    return create_beside(kernel, request, caller, write)
