"""The operations that ship, contributed through the same hook as anybody else's."""

from __future__ import annotations

from collections.abc import Iterable

from vespera_core.app.operations import builtin_operations
from vespera_core.hookspecs import hookimpl
from vespera_core.ports.operation import Operation

BUILTINS = (("builtin", "vespera_core.builtin.plugin"), ("operations", "vespera_core.app.builtins"))
"""(name, module) of the plugins that ship inside the core."""

POLICIES = ("builtin",)
"""Those of them that are asked whether an operation is allowed."""


@hookimpl
def vespera_operations() -> Iterable[Operation]:
    return builtin_operations()
