"""The storage port: every provider keeps the same contract. The checks stand in the ``contract_*`` modules."""

from __future__ import annotations

from conformance.contract_rows import RowContract


class TestRows(RowContract):
    """Rows in, the same values out."""
