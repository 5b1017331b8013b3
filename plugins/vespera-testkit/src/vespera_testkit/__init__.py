"""The conformance kit: suites that a plugin of Vespera passes, as one class with the name of what it offers.

>>> class TestAcme(VectorConformance):  # doctest: +SKIP
...     provider = "acme"

Names are resolved when they are first used: pytest imports this package in every run, and most runs are not about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from vespera_testkit.conformance import Conformance as Conformance
    from vespera_testkit.conformance import requires as requires
    from vespera_testkit.conformance import without as without
    from vespera_testkit.suites.embedder import EmbedderConformance as EmbedderConformance
    from vespera_testkit.suites.executor import ExecutorConformance as ExecutorConformance
    from vespera_testkit.suites.graph import GraphConformance as GraphConformance
    from vespera_testkit.suites.packaging import PluginConformance as PluginConformance
    from vespera_testkit.suites.roles import RoleTemplateConformance as RoleTemplateConformance
    from vespera_testkit.suites.service import ServiceConformance as ServiceConformance
    from vespera_testkit.suites.storage.suite import StorageConformance as StorageConformance
    from vespera_testkit.suites.transport import TransportConformance as TransportConformance
    from vespera_testkit.suites.vectors import VectorConformance as VectorConformance

pytest.register_assert_rewrite(f"{__name__}.suites", f"{__name__}.model", f"{__name__}.machine", f"{__name__}.world")

_HOMES = {
    "Conformance": "conformance",
    "EmbedderConformance": "suites.embedder",
    "ExecutorConformance": "suites.executor",
    "GraphConformance": "suites.graph",
    "PluginConformance": "suites.packaging",
    "RoleTemplateConformance": "suites.roles",
    "ServiceConformance": "suites.service",
    "StorageConformance": "suites.storage.suite",
    "TransportConformance": "suites.transport",
    "VectorConformance": "suites.vectors",
    "requires": "conformance",
    "without": "conformance",
}

__all__ = [
    "Conformance",
    "EmbedderConformance",
    "ExecutorConformance",
    "GraphConformance",
    "PluginConformance",
    "RoleTemplateConformance",
    "ServiceConformance",
    "StorageConformance",
    "TransportConformance",
    "VectorConformance",
    "requires",
    "without",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
