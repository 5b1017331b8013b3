"""What the core itself offers through its hooks, as any plugin would."""

from __future__ import annotations

import pytest

from vespera_core.app.builtins import BUILTINS
from vespera_core.plugins.manager import Plugins
from vespera_core.plugins.registry import KINDS, Registry

OFFERED = {
    "vespera_storages": ["memory"],
    "vespera_vector_indexes": ["exact"],
    "vespera_graphs": ["memory"],
    "vespera_services": [
        "embedding", "vectors", "graph", "projections", "cycle-audit", "optimise", "leases", "health",
    ],
}  # fmt: skip


@pytest.mark.parametrize("hook", OFFERED)
def test_built_ins_offer_by_hook(hook: str) -> None:
    registry = Registry(Plugins.load(builtins=BUILTINS, discover=False))
    kind = next(kind for kind, name in KINDS.items() if name == hook)
    assert [item.name for *_, item in registry.offers(kind)] == OFFERED[hook]
