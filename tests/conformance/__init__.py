"""Conformance: one contract for every store, and the rules of the ledger on each of them."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "conformance.contract_derived",
    "conformance.contract_entities",
    "conformance.contract_events",
    "conformance.contract_graph",
    "conformance.contract_queries",
    "conformance.contract_rows",
    "conformance.contract_units",
    "conformance.contract_vectors",
    "conformance.invariants",
    "conformance.machine",
    "conformance.machine_base",
    "conformance.machine_entities",
    "conformance.machine_holds",
    "conformance.machine_tasks",
    "conformance.scenes",
    "conformance.twins",
)
