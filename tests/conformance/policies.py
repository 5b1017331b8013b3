"""Tiny plugins, loaded by module path as installed ones are, for the rules about policies and vetoes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vespera_core.app.application import Vespera
from vespera_core.app.builtins import BUILTINS
from vespera_core.app.kernel import Kernel
from vespera_core.hookspecs import hookimpl
from vespera_core.plugins.manager import Plugins
from vespera_core.ports.access import AccessRequest, Caller, Verdict
from vespera_core.ports.change import Change
from vespera_core.ports.operation import Operation

PRESENT: Any = None
"""The plugin of the running test, put here by `with_plugin`."""


class Policy:
    """Answers `vespera_authorize` with what a function says."""

    def __init__(self, judge: Callable[[AccessRequest], Verdict | None]) -> None:
        self._judge = judge

    @hookimpl
    def vespera_authorize(self, request: AccessRequest) -> Verdict | None:
        return self._judge(request)


class Veto:
    """Calls a function before every write."""

    def __init__(self, judge: Callable[[Change], None]) -> None:
        self._judge = judge

    @hookimpl
    def vespera_before_write(self, change: Change) -> None:
        self._judge(change)


class Offer:
    """Offers operations."""

    def __init__(self, *operations: Operation) -> None:
        self._offered = operations

    @hookimpl
    def vespera_operations(self) -> Iterable[Operation]:
        return self._offered


def with_plugin(ledger: Vespera, plugin: Any, builtins: Any = BUILTINS) -> Vespera:
    """The same store under a kernel that has one plugin more."""
    globals()["PRESENT"] = plugin
    plugins = Plugins.load(builtins=(*builtins, ("present", f"{__name__}:PRESENT")), discover=False)
    assert [one.name for one in plugins.statuses if one.status != "loaded"] == []
    kernel = Kernel(plugins, ledger.kernel.storage, ledger.kernel.clock, ledger.kernel.default_project)
    return Vespera(kernel, Caller(actor="ann"))
