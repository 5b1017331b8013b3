"""The vector port: the exact index keeps the contract, against which all others are held."""

from __future__ import annotations

from conformance.contract_vectors import VectorContract
from vespera_core.app.application import Vespera
from vespera_core.builtin.vectors.exact import open_exact
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.vectors import VectorIndex


class TestExact(VectorContract):
    """Every vector is compared."""

    def open_index(self, ledger: Vespera, context: OpenContext) -> VectorIndex:
        return open_exact({}, context)
