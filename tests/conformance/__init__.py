"""Conformance: what ships keeps the rules of the kit, the kit bites, and the rules of the ledger on each store."""
