"""Projections: how derived copies of the ledger are kept in step with it."""
