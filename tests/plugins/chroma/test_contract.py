"""The vector port: Chroma's index keeps the contract."""

from __future__ import annotations

from typing import ClassVar

from conformance.contract_vectors import VectorContract
from vespera_chroma.plugin import SETTINGS, open_index
from vespera_core.app.application import Vespera
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.vectors import VectorIndex


class TestChroma(VectorContract):
    """An approximate index, which at this size finds what there is."""

    recall: ClassVar[float] = 0.99

    def open_index(self, ledger: Vespera, context: OpenContext) -> VectorIndex:
        return open_index(SETTINGS, context)
